// Learns the levels of the quantizer lloyd-max from what a joint codec sends.
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <optional>
#include <tandem/codec.hpp>
#include <tandem/neural/training.hpp>
#include <tandem/trainable.hpp>

#include "level_search.hpp"

namespace {
using namespace tandem;

constexpr std::size_t batch = 256;

class LloydMaxLevels final : public Trainer {
  void fields(Fields& f) override {
    f("codec", codec_).role("codec").required().doc("whose real values are to be quantized");
    f("text", text_).required().doc("what it sends: each line, without its end");
    f("lines", lines_, std::size_t{10'000}).range(1, 1e9).doc("to learn from, at most: the first of the text");
    f("bits", bits_, std::size_t{4}).range(1, 16).unit("bits").doc("of a value");
    f("iterations", iterations_, std::size_t{1000}).range(1, 1e6).doc("at most; it ends where no level moves");
    f.source("Lloyd, Least squares quantization in PCM, IEEE Trans. Inf. Theory 28 (1982), method I");
    f.example(R"({"codec": "amplitudes", "text": "corpus:prime", "bits": 4})");
  }

  void ready(const Environment&) override { bound_codec_ = std::dynamic_pointer_cast<Codec>(codec_.component); }

  void train(const Task& task, Progress& progress) override {
    neural::TrainingFolder folder(task.folder, task.settings);
    const std::size_t count = std::size_t{1} << bits_;
    auto values = features();
    const std::size_t learned_from = values.size();
    std::optional<trainers::LevelSearch> search;
    try {
      search.emplace(std::move(values), count);
    } catch (const Error& error) {
      throw FieldError("bits", error.message());
    }
    std::size_t done = 0;
    bool moves = true;
    const auto finished = [&] { return done == iterations_ || !moves; };
    if (folder.resume()) {
      const Safetensors file(folder.checkpoint().string());
      search->go_on_from(file.floats("levels", {count}));
      done = neural::count_of(file, "iterations", iterations_);
      moves = neural::count_of(file, "moves", 1) == 1;
    } else {
      folder.point("iterations,loss");
    }
    const auto report = [&] {
      progress.at(finished() ? 1.0 : static_cast<double>(done) / static_cast<double>(iterations_), search->mean_square_error());
    };
    report();
    if (finished() && folder.has_weights()) return;
    while (!finished() && !progress.stop_asked()) {
      moves = search->step();
      ++done;
      report();
      if (std::has_single_bit(done) || finished()) folder.point(fmt::format("{},{:.9g}", done, search->mean_square_error()));
    }
    SafetensorsWriter file;
    file.add("levels", {count}, search->levels());
    file.metadata("iterations", std::to_string(done));
    file.metadata("moves", moves ? "1" : "0");
    folder.save(file);
    ship(folder, *search, done, finished(), learned_from, task);
  }

  std::vector<float> features() const {
    std::ifstream in(text_.path, std::ios::binary);
    if (!in) throw FieldError("text", "cannot be read: " + text_.reference);
    std::vector<float> values;
    Bytes items;
    const auto send = [&] {
      const Features sent = bound_codec_->encode(items);
      values.insert(values.end(), sent.values().begin(), sent.values().end());
      items.clear();
    };
    std::string line;
    for (std::size_t read = 0; read < lines_ && std::getline(in, line); ++read) {
      std::ranges::copy(line, items.append(line.size()).begin());
      if (items.rows() == batch) send();
    }
    if (items.rows() > 0) send();
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
      throw Error("the codec gives values that are not finite", "codec");
    return values;
  }

  void ship(const neural::TrainingFolder& folder, const trainers::LevelSearch& search, std::size_t done, bool finished,
            std::size_t learned_from, const Task& task) const {
    SafetensorsWriter file;
    file.metadata("licence", "Apache-2.0");
    file.metadata("iterations", std::to_string(done));
    file.add("levels", {search.levels().size()}, search.levels());
    file.write(folder.weights().string());
    folder.write_card(fmt::format(
        "{}| | |\n|---|---|\n| levels | {} |\n| learned from | {} values |\n| method | Lloyd's, {} iterations |\n| mean square "
        "error | {:.9g} |\n| licence | Apache-2.0 |\n\nSettings:\n\n```json\n{}\n```\n",
        finished ? "" : "unfinished\n\n", search.levels().size(), learned_from, done, search.mean_square_error(), task.settings));
  }

  Exactness exactness() const override { return bound_codec_ ? bound_codec_->exactness() : Exactness::portable; }

  Part codec_;
  File text_;
  std::size_t lines_ = 10'000, bits_ = 4, iterations_ = 1000;
  std::shared_ptr<Codec> bound_codec_;
};

}  // namespace
TANDEM_PLUGIN(LloydMaxLevels, Trainer, "lloyd-max-levels", "1.0.0", "learns the levels of the quantizer lloyd-max")
