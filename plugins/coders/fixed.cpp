// The same number of bits for every token.
#include <bit>

#include "bound.hpp"

namespace {
using namespace tandem;

constexpr const char* coder_name = "fixed";

class Fixed final : public Coder {
 public:
  void fields(Fields& f) override {
    f.source("binary numbers, the highest bit first");
    f.example("{}");
  }
  void bind(Component& other) override { bound_.set(other, coder_name, false); }
  Exactness exactness() const override { return Exactness::portable; }

  Coded encode(const Tokens& tokens) const override {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    const std::size_t width = width_of(vocabulary);
    Coded out;
    out.bits.reserve((tokens.size() + tokens.rows()) * width);
    for (std::size_t row = 0; row < tokens.rows(); ++row) {
      coders::check_row(tokens[row], row, vocabulary);
      const auto bits = out.bits.append((tokens[row].size() + 1) * width);
      auto place = bits.begin();
      const auto put = [&](Token token) {
        for (std::size_t bit = width; bit-- > 0;) *place++ = static_cast<std::uint8_t>(token >> bit & 1);
      };
      for (const Token token : tokens[row]) put(token);
      put(vocabulary.end);
    }
    return out;
  }

  Recovered decode(const Bits& bits) const override {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    const std::size_t width = width_of(vocabulary);
    Recovered out;
    out.clean.reserve(bits.rows());
    std::vector<Token> tokens;
    for (std::size_t row = 0; row < bits.rows(); ++row) {
      tokens.clear();
      // A vocabulary of one symbol, `end`, takes no bits and leaves nothing to damage.
      bool clean = width == 0;
      for (auto rest = bits[row]; !clean && rest.size() >= width; rest = rest.subspan(width)) {
        Token token = 0;
        for (const std::uint8_t bit : rest.first(width)) token = token << 1 | (bit & 1);
        if (token >= vocabulary.size) break;
        clean = token == vocabulary.end;
        if (!clean) tokens.push_back(token);
      }
      out.tokens.append(tokens);
      out.clean.push_back(clean);
    }
    return out;
  }

 private:
  static std::size_t width_of(const Vocabulary& vocabulary) {
    return static_cast<std::size_t>(std::bit_width(vocabulary.size - 1));
  }

  coders::Bound bound_;
};
}  // namespace
TANDEM_PLUGIN(Fixed, tandem::Coder, "fixed", "1.0.0", "ceil(log2 V) bits for every token of a vocabulary of V")
