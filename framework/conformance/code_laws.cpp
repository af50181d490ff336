#include <tandem/code.hpp>

#include "exercise.hpp"

namespace tandem::conformance {
namespace {

constexpr std::size_t rows = 64;

Bits words_of(Bench& bench) {
  const auto& code = bench.plugin<Code>();
  const Bits words = code.encode(random_bits(bench, "information", rows, code.k()));
  require(words.rows() == rows && words.row_length() == code.n(), "{} rows of {} bits come for {} of {}", words.rows(), words.row_length(), rows, code.n());
  return words;
}

const SparseMatrix& checks_of(Bench& bench) {
  const SparseMatrix* checks = bench.plugin<Code>().checks();
  if (!checks) throw Inapplicable("the code gives no parity checks");
  return *checks;
}

void sizes(Bench& bench) {
  const auto& code = bench.plugin<Code>();
  require(code.k() >= 1 && code.k() <= code.n(), "{} information bits become {} code bits", code.k(), code.n());
  const Bits words = words_of(bench);
  for (const auto bit : words.values()) require(bit <= 1, "{} is no bit", bit);
}

void checked(Bench& bench) {
  const auto& code = bench.plugin<Code>();
  const SparseMatrix& checks = checks_of(bench);
  require(checks.columns() >= code.n(), "the checks are over {} bits, the words have {}", checks.columns(), code.n());
  if (checks.columns() > code.n()) throw Inapplicable("the checks are over bits that are not sent");
  const Bits words = words_of(bench);
  for (std::size_t row = 0; row < rows; ++row) require(checks.satisfied(words[row]), "word {} does not satisfy the checks", row);
}

void linear(Bench& bench) {
  const auto& code = bench.plugin<Code>();
  const Bits a = random_bits(bench, "information", rows, code.k()), b = random_bits(bench, "other information", rows, code.k());
  Bits sum = a;
  for (std::size_t i = 0; i < sum.size(); ++i) sum.values()[i] ^= b.values()[i];
  const Bits words = code.encode(sum), first = code.encode(a), second = code.encode(b);
  for (std::size_t i = 0; i < words.size(); ++i)
    require(words.values()[i] == (first.values()[i] ^ second.values()[i]), "the word of a sum is not the sum of the words, at bit {} of row {}", i % code.n(), i / code.n());
  Bits zero(1, code.k());
  std::ranges::fill(zero.values(), std::uint8_t{0});
  zero = code.encode(zero);
  for (const auto bit : zero.values()) require(bit == 0, "zeros do not become zeros");
}

void systematic(Bench& bench) {
  const auto& code = bench.plugin<Code>();
  const auto positions = code.information_positions();
  if (positions.empty()) throw Inapplicable("the code is not systematic");
  require(positions.size() == code.k(), "{} positions for {} information bits", positions.size(), code.k());
  const Bits information = random_bits(bench, "information", rows, code.k()), words = code.encode(information);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < code.k(); ++i) {
      require(positions[i] < code.n(), "an information bit stands at {} of {}", positions[i], code.n());
      require(words[row][positions[i]] == information[row][i], "information bit {} does not stand at {}", i, positions[i]);
    }
}

// The words of the unit vectors are independent: Gaussian elimination over GF(2).
void injective(Bench& bench) {
  const auto& code = bench.plugin<Code>();
  const std::size_t k = code.k(), n = code.n();
  if (k * k * n > 4'000'000'000) throw Inapplicable("the code is too large for elimination");
  Bits units(k, k);
  std::ranges::fill(units.values(), std::uint8_t{0});
  for (std::size_t i = 0; i < k; ++i) units[i][i] = 1;
  Bits words = code.encode(units);
  std::size_t rank = 0;
  for (std::size_t column = 0; column < n && rank < k; ++column) {
    std::size_t pivot = rank;
    while (pivot < k && !words[pivot][column]) ++pivot;
    if (pivot == k) continue;
    if (pivot != rank) std::ranges::swap_ranges(words[pivot], words[rank]);
    const auto from = words[rank];
    for (std::size_t row = rank + 1; row < k; ++row)
      if (words[row][column])
        for (std::size_t i = column; i < n; ++i) words[row][i] ^= from[i];
    ++rank;
  }
  require(rank == k, "only {} of {} information bits can be told from the words", rank, k);
}

void decodable(Bench& bench) {
  const auto& code = bench.plugin<Code>();
  const Bits information = random_bits(bench, "information", rows, code.k()), words = code.encode(information);
  std::shared_ptr<Component> other;
  const auto* decoding = dynamic_cast<const Decoding*>(&code);
  if (!decoding) {
    if (!code.default_decoder()) throw Inapplicable("the code neither decodes itself nor names a decoder");
    other = Bench::component(bench.world(), "decoder");
    decoding = dynamic_cast<const Decoding*>(other.get());
  }
  require(decoding, "what should decode the code does not decode");
  Reception clean = received(bench, "channel", words, Needs::both);
  for (std::size_t i = 0; i < words.size(); ++i) {
    clean.y.values()[i] = words.values()[i] ? -1.0f : 1.0f;
    clean.llr.values()[i] = 20 * clean.y.values()[i];
  }
  const Decoded decoded = decoding->decode(clean);
  require(decoded.info == information, "words without an error do not decode to the information that was sent");
  require(decoded.codeword == words, "words without an error do not decode to themselves");
}

}  // namespace

const std::vector<Law> code_laws = {
    {"code.sizes", "k bits become n, all of them 0 or 1", sizes},
    {"code.checks", "every word satisfies the parity checks", checked},
    {"code.linear", "the word of a sum is the sum of the words", linear},
    {"code.systematic", "information bits stand where the code says", systematic},
    {"code.injective", "different information gives different words", injective},
    {"code.decodable", "its own or its default decoder takes words back to their information", decodable},
};

}  // namespace tandem::conformance
