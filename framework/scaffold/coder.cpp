// @name@: Elias gamma codes of token ids: small ids are short.
#include <bit>
#include <tandem/coder.hpp>

namespace {
using namespace tandem;

void put(std::vector<std::uint8_t>& row, std::uint64_t number) {
  const auto length = static_cast<int>(std::bit_width(number));
  row.insert(row.end(), static_cast<std::size_t>(length - 1), 0);
  for (int bit = length; bit-- > 0;) row.push_back(static_cast<std::uint8_t>((number >> bit) & 1));
}
// The number that begins at `at`, which moves behind it; 0 when the row ends before it does, or it is absurd.
std::uint64_t get(std::span<const std::uint8_t> row, std::size_t& at) {
  std::size_t zeros = 0;
  while (at < row.size() && row[at] == 0) ++at, ++zeros;
  if (zeros > 32 || row.size() - at < zeros + 1) return 0;
  std::uint64_t number = 0;
  for (std::size_t bit = 0; bit <= zeros; ++bit) number = 2 * number + row[at++];
  return number;
}

// A coder turns tokens into bits and back. The number of a token is its id + 2; 1, the shortest word, is `end`.
class @Class@ final : public Coder {
  void fields(Fields& f) override {
    f.source("Elias: Universal codeword sets and representations of the integers, IEEE Trans. Inf. Theory 21(2), 1975");
  }
  // Once, before the first call: a model where the link has one, else the tokenizer. Ids are all this coder needs.
  void bind(Component& other) override {
    if (const auto* model = dynamic_cast<const Model*>(&other)) vocabulary_ = model->vocabulary();
    else if (const auto* tokenizer = dynamic_cast<const Tokenizer*>(&other)) vocabulary_ = tokenizer->vocabulary();
    else throw Error("a coder is bound to a model or a tokenizer");
  }

  Coded encode(const Tokens& tokens) const override {
    Coded out;
    std::vector<std::uint8_t> row;
    for (std::size_t i = 0; i < tokens.rows(); ++i) {
      row.clear();
      for (const Token token : tokens[i]) put(row, token + 2);
      put(row, 1);
      out.bits.append(row);
    }
    return out;
  }

  // Damaged bits are data: what has been decoded so far is returned and not clean. Never throws, always ends.
  Recovered decode(const Bits& bits) const override {
    Recovered out;
    std::vector<Token> row;
    for (std::size_t i = 0; i < bits.rows(); ++i) {
      row.clear();
      std::size_t at = 0;
      std::uint64_t number = 0;
      while ((number = get(bits[i], at)) >= 2 && number - 2 < vocabulary_.size && number - 2 != vocabulary_.end)
        row.push_back(static_cast<Token>(number - 2));
      out.tokens.append(row);
      out.clean.push_back(number == 1);
    }
    return out;
  }

  Exactness exactness() const override { return Exactness::portable; }

  Vocabulary vocabulary_;
};

}  // namespace
TANDEM_PLUGIN(@Class@, Coder, "@name@", "0.1.0", "Elias gamma codes of token ids")
