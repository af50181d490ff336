// A code of its own for every token: as many bits as its probability asks for, rounded up. LLMZip calls it token by token.
#include <bit>

#include "lockstep.hpp"

namespace {
using namespace tandem;

constexpr const char* coder_name = "shannon";

// ceil(-log2(frequency / 2^bits))
int length_of(std::uint32_t frequency, int bits) { return bits - (std::bit_width(frequency) - 1); }

class Shannon final : public Coder {
 public:
  void fields(Fields& f) override {
    f("max_tokens", max_tokens_, std::size_t{65'536}).range(1, 1 << 30).doc("longest row: longer ones are refused, and the decoding of damaged bits stops there");
    f("streams", streams_, std::size_t{64}).range(1, 4'096).doc("rows that the model predicts side by side; changes the speed, never the bits");
    f.source("Shannon, A mathematical theory of communication, Bell System Technical Journal 27, 1948, section 9; Valmeekam et al., LLMZip, arXiv 2306.04050, section 2.2");
    f.example(R"({"max_tokens": 4096})");
  }
  void bind(Component& other) override { bound_.set(other, coder_name, true); }
  Exactness exactness() const override { return Exactness::portable; }

  Coded encode(const Tokens& tokens) const override {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    for (std::size_t row = 0; row < tokens.rows(); ++row) coders::check_row(tokens[row], row, vocabulary, max_tokens_);
    std::vector<std::vector<std::uint8_t>> rows(tokens.rows());
    coders::encode_rows(*bound_.model(), tokens, streams_, [&](std::size_t row, std::size_t stream, const Distribution& distribution, Token symbol) {
      const int bits = distribution.bits(), length = length_of(distribution.interval(stream, symbol).frequency, bits);
      const std::uint32_t above = sum_above(distribution, stream, symbol, vocabulary.size);
      for (int bit = 0; bit < length; ++bit) rows[row].push_back(above >> (bits - 1 - bit) & 1);
    });
    Coded out;
    for (const auto& row : rows) out.bits.append(row);
    return out;
  }

  Recovered decode(const Bits& bits) const override {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    std::vector<std::span<const std::uint8_t>> left;
    for (std::size_t row = 0; row < bits.rows(); ++row) left.push_back(bits[row]);
    return coders::decode_rows(*bound_.model(), bits.rows(), streams_, max_tokens_,
                               [&](std::size_t row, std::size_t stream, const Distribution& distribution) -> std::optional<Token> {
                                 const auto symbol = read(distribution, stream, vocabulary.size, left[row]);
                                 const int length = length_of(distribution.interval(stream, symbol).frequency, distribution.bits());
                                 if (left[row].size() < static_cast<std::size_t>(length)) return std::nullopt;
                                 left[row] = left[row].subspan(static_cast<std::size_t>(length));
                                 return symbol;
                               });
  }

 private:
  // The frequencies of all tokens that come before in the order of falling frequency, and of rising ids where it is the same:
  // codewords are the first bits of these sums, and none begins with another.
  static std::uint32_t sum_above(const Distribution& distribution, std::size_t stream, Token symbol, std::uint32_t size) {
    const std::uint32_t own = distribution.interval(stream, symbol).frequency;
    std::uint32_t sum = 0;
    for (Token other = 0; other < size; ++other) {
      const std::uint32_t its = distribution.interval(stream, other).frequency;
      if (its > own || (its == own && other < symbol)) sum += its;
    }
    return sum;
  }

  // The last token whose sum, cut to its length, is not above the bits, with zeros behind them: what they begin with where they
  // are whole.
  static Token read(const Distribution& distribution, std::size_t stream, std::uint32_t size, std::span<const std::uint8_t> row) {
    const int bits = distribution.bits();
    std::uint32_t value = 0;
    for (int bit = 0; bit < bits; ++bit) value = value << 1 | (static_cast<std::size_t>(bit) < row.size() ? row[static_cast<std::size_t>(bit)] & 1u : 0u);
    std::vector<std::uint64_t> order(size);
    for (Token symbol = 0; symbol < size; ++symbol)
      order[symbol] = (std::uint64_t{(1u << 30) - distribution.interval(stream, symbol).frequency} << 32) + symbol;
    std::ranges::sort(order);
    std::uint32_t sum = 0;
    auto found = static_cast<Token>(order[0]);
    for (const std::uint64_t key : order) {
      const auto symbol = static_cast<Token>(key);
      const std::uint32_t frequency = distribution.interval(stream, symbol).frequency;
      const int cut = bits - length_of(frequency, bits);
      if (sum >> cut << cut > value) break;
      found = symbol;
      sum += frequency;
    }
    return found;
  }

  std::size_t max_tokens_ = 0, streams_ = 0;
  coders::Bound bound_;
};
}  // namespace
TANDEM_PLUGIN(Shannon, tandem::Coder, "shannon", "1.0.0", "each token by a codeword of its own, its information rounded up to whole bits")
