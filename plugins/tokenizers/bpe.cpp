// Byte pair encoding with a vocabulary of our own.
#include <optional>

#include "bpe_format.hpp"
#include "vocabulary_text.hpp"

namespace {
using namespace tandem;
using namespace tandem::tokenizers;

class BytePairTokenizer final : public Tokenizer {
 public:
  void fields(Fields& f) override {
    f("vocabulary", vocabulary_)
        .required()
        .doc(
            "the merges, as the trainer bpe-vocabulary writes them: a line \"tandem-bpe version=1 size=SIZE "
            "pieces=gpt2\", then SIZE - 257 lines \"left right\", the first to be applied first; bytes other than "
            "33 .. 126 and the backslash stand as \\xHH. Ids 0 .. 255 are bytes, 256 is `end`, then come the merges");
    f.source("Sennrich, Haddow, Birch 2016, Algorithm 1; on bytes: Radford et al. 2019");
    f.example(R"({"vocabulary": "model:bpe-2048"})");
  }
  void ready(const Environment&) override {
    const Merges merges = bpe::from_text(read_vocabulary_file("vocabulary", vocabulary_, bpe::largest_file), file_name(vocabulary_));
    std::vector<Token> ids(merges.symbols());
    for (Token symbol = 0; symbol < ids.size(); ++symbol) ids[symbol] = symbol < 256 ? symbol : symbol + 1;
    coder_.emplace(merges, std::move(ids), bpe::end, "bpe");
  }

  Vocabulary vocabulary() const override { return coder_->vocabulary(); }
  Tokens encode(const Bytes& items) const override { return coder_->encode(items); }
  Bytes decode(const Tokens& tokens) const override { return coder_->decode(tokens); }
  std::string spell(Token token) const override { return std::string(coder_->spell(token)); }
  Exactness exactness() const override { return Exactness::portable; }

 private:
  File vocabulary_;
  std::optional<BytePairCoder> coder_;
};

}  // namespace
TANDEM_PLUGIN(BytePairTokenizer, tandem::Tokenizer, "bpe", "1.0.0", "byte pair encoding, trained on a text")
