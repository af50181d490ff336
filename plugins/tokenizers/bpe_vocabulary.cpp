// Learns the vocabulary of a byte pair encoding.
#include <filesystem>
#include <fstream>
#include <tandem/trainable.hpp>

#include "bpe_format.hpp"
#include "byte_pair_training.hpp"
#include "byte_pieces.hpp"
#include "vocabulary_text.hpp"

namespace {
using namespace tandem;
using namespace tandem::tokenizers;

void write_file(const std::filesystem::path& path, const std::string& content) {
  const auto unfinished = path.string() + ".unfinished";
  std::ofstream out(unfinished, std::ios::binary);
  if (!(out << content) || !out.flush()) throw Error("cannot be written", unfinished);
  out.close();
  std::filesystem::rename(unfinished, path);
}

class BytePairTrainer final : public Trainer {
 public:
  void fields(Fields& f) override {
    f("text", text_).required().doc("to learn from");
    f("cut", cut_, "lines").choices({"lines", "whole"}).doc("what is encoded alone: each line, without its end, or all of it");
    f("size", size_, std::size_t{2048}).range(bpe::least_size, bpe::largest_size).doc("of the vocabulary: 256 bytes, the end, the merges");
    f.source("Sennrich, Haddow, Birch 2016, Algorithm 1; on bytes: Radford et al. 2019");
    f.example(R"({"text": "corpus:prime", "size": 700})");
  }

  /// Writes `vocabulary.bpe`; it takes a second, so nothing is kept of a training that was stopped.
  void train(const Task& task, Progress& progress) override {
    std::filesystem::create_directories(task.folder);  // better now than when all is done
    const std::string text = read_text(text_);
    PieceCounts pieces;
    each_item(text, cut_, [&](std::string_view item) {
      std::string piece;
      for (Pieces cut(item); !cut.done();) ++pieces[piece = cut.next()];
    });
    const std::size_t wanted = size_ - bpe::least_size;
    bool stopped = false;
    const Merges merges = learn_merges(pieces, wanted, [&](std::size_t learned) {
      progress.at(static_cast<double>(learned) / static_cast<double>(wanted), 0);
      return !(stopped = progress.stop_asked());
    });
    if (stopped) return;
    if (merges.ranks() < wanted)
      throw FieldError("size", "is too large for this text, from which a vocabulary of " +
                                   std::to_string(merges.ranks() + bpe::least_size) + " at most can be learned");
    write_file(std::filesystem::path(task.folder) / "vocabulary.bpe", bpe::to_text(merges));
    progress.at(1, 0);
  }

 private:
  File text_;
  std::string cut_;
  std::size_t size_ = 0;
};

}  // namespace
TANDEM_PLUGIN(BytePairTrainer, tandem::Trainer, "bpe-vocabulary", "1.0.0", "learns the vocabulary of the tokenizer bpe")
