// first-tokenizer: bytes, but capital letters are sent as a shift and the small letter, so that a model learns one of the two.
#include <tandem/tokenizer.hpp>

namespace {
using namespace tandem;

constexpr Token shift = 256, end_token = 257;

bool is_capital(unsigned byte) { return byte >= 'A' && byte <= 'Z'; }

// A tokenizer turns bytes into tokens and back without loss. One instance serves all threads: calls are const.
class FirstTokenizer final : public Tokenizer {
  void fields(Fields& f) override {
    f.source("the capital conversion of text compressors, for example Skibinski et al., Softw. Pract. Exp. 35(15), 2005");
  }

  // `end` is coded behind each frame, so that no length is sent; it never stands among a row's tokens. The fingerprint
  // tells weights that were trained with these very ids from others.
  Vocabulary vocabulary() const override { return {.size = 258, .end = end_token, .fingerprint = "first-tokenizer 0.1.0"}; }

  Tokens encode(const Bytes& items) const override {
    Tokens out;
    std::vector<Token> row;
    for (std::size_t i = 0; i < items.rows(); ++i) {
      row.clear();
      for (const auto byte : items[i]) {
        if (is_capital(byte)) row.push_back(shift);
        row.push_back(is_capital(byte) ? byte + 32u : byte);
      }
      out.append(row);
    }
    return out;
  }

  // Damaged rows are data, not errors: a shift before something else than a small letter does nothing.
  Bytes decode(const Tokens& tokens) const override {
    Bytes out;
    std::vector<std::uint8_t> row;
    for (std::size_t i = 0; i < tokens.rows(); ++i) {
      row.clear();
      bool shifted = false;
      for (const Token token : tokens[i]) {
        if (token < 256) row.push_back(static_cast<std::uint8_t>(shifted && token >= 'a' && token <= 'z' ? token - 32 : token));
        shifted = token == shift;
      }
      out.append(row);
    }
    return out;
  }

  std::string spell(Token token) const override { return token < 256 ? std::string(1, static_cast<char>(token)) : ""; }

  Exactness exactness() const override { return Exactness::portable; }
};

}  // namespace
TANDEM_PLUGIN(FirstTokenizer, Tokenizer, "first-tokenizer", "0.1.0", "bytes, capital letters as a shift and the small letter")
