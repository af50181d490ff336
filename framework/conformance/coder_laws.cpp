#include <tandem/coder.hpp>
#include <tandem/tokenizer.hpp>

#include "exercise.hpp"

namespace tandem::conformance {
namespace {

// The text of the example and an empty row.
Tokens rows(Bench& bench) {
  Tokens out = bench.beside<Tokenizer>("tokenizer").encode(items_of(bench, bench.world(), 24));
  out.append(0);
  return out;
}

void require_equal(const Recovered& back, const Tokens& tokens, const char* when) {
  require(back.tokens.rows() == tokens.rows() && back.clean.size() == tokens.rows(), "decode gives {} rows and {} flags for {}", back.tokens.rows(), back.clean.size(), tokens.rows());
  for (std::size_t row = 0; row < tokens.rows(); ++row) {
    require(bytes_of(back.tokens, row) == bytes_of(tokens, row), "row {} comes back otherwise{}", row, when);
    require(back.clean[row] == 1, "row {} comes back right and not clean{}", row, when);
  }
}

void lossless(Bench& bench) {
  const Tokens tokens = rows(bench);
  require_equal(bench.plugin<Coder>().decode(bench.plugin<Coder>().encode(tokens).bits), tokens, "");
}

void padded(Bench& bench) {
  const auto& coder = bench.plugin<Coder>();
  const Tokens tokens = rows(bench);
  const Bits bits = coder.encode(tokens).bits;
  for (const char* behind : {"zeros", "ones", "random"}) {
    Bits more;
    for (std::size_t row = 0; row < bits.rows(); ++row) {
      const auto to = more.append(bits.row_length(row) + 1 + row * 3);
      bench.noise("padding").bits(row, to);
      if (*behind != 'r') std::ranges::fill(to, *behind == 'o');
      std::ranges::copy(bits[row], to.begin());
    }
    require_equal(coder.decode(more), tokens, fmt::format(" with {} behind it", behind).c_str());
  }
}

void bits_legal(Bench& bench) {
  const Coded coded = bench.plugin<Coder>().encode(rows(bench));
  for (const auto bit : coded.bits.values()) require(bit <= 1, "{} is no bit", bit);
  require(coded.side_bits.empty() || coded.side_bits.size() == coded.bits.rows(), "{} numbers of side bits for {} rows", coded.side_bits.size(), coded.bits.rows());
  for (std::size_t row = 0; row < coded.side_bits.size(); ++row)
    require(coded.side_bits[row] <= coded.bits.row_length(row), "{} of {} bits are side information", coded.side_bits[row], coded.bits.row_length(row));
}

void damaged(Bench& bench) {
  const auto& coder = bench.plugin<Coder>();
  Bits bits = coder.encode(rows(bench)).bits;
  for (std::size_t round = 0; round < 8; ++round) {
    Bits hurt;
    for (std::size_t row = 0; row < bits.rows(); ++row) {
      const auto from = std::as_const(bits)[row];
      if (round % 2 == 1) {  // cut short
        hurt.append(from.first(from.size() * round / 8));
        continue;
      }
      const auto to = hurt.append(from.size());
      std::ranges::copy(from, to.begin());
      std::vector<std::uint8_t> flips(to.size()), more(to.size());
      bench.noise("damage").stream(static_cast<std::uint32_t>(round)).bits(row, flips);
      bench.noise("more damage").stream(static_cast<std::uint32_t>(round)).bits(row, more);
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<std::uint8_t>(to[i] ^ (flips[i] & (round < 4 ? more[i] : 1)));
    }
    const Recovered back = coder.decode(hurt);
    require(back.tokens.rows() == hurt.rows() && back.clean.size() == hurt.rows(), "damaged rows come back as {} rows and {} flags for {}", back.tokens.rows(), back.clean.size(), hurt.rows());
  }
}

void damaged_alone(Bench& bench) {
  const auto& coder = bench.plugin<Coder>();
  const Tokens tokens = rows(bench);
  Bits bits = coder.encode(tokens).bits;
  for (std::size_t row = 0; row < bits.rows(); row += 3)
    for (auto& bit : bits[row]) bit ^= 1;
  const Recovered back = coder.decode(bits);
  for (std::size_t row = 0; row < bits.rows(); ++row)
    if (row % 3 != 0) require(bytes_of(back.tokens, row) == bytes_of(tokens, row), "row {} suffers from the damage of another", row);
}

void tokens_legal(Bench& bench) {
  const auto& coder = bench.plugin<Coder>();
  const Vocabulary vocabulary = bench.beside<Tokenizer>("tokenizer").vocabulary();
  const Recovered back = coder.decode(random_bits(bench, "noise", 64, 300));
  for (const Token token : back.tokens.values()) require(token < vocabulary.size && token != vocabulary.end, "random bits decode to the token {}, of {} with `end` {}", token, vocabulary.size, vocabulary.end);
}

}  // namespace

const std::vector<Law> coder_laws = {
    {"coder.lossless", "rows come back, the empty one too, and clean", lossless},
    {"coder.padded", "rows come back whatever bits follow them", padded},
    {"coder.bits", "bits are 0 or 1, and side bits are among them", bits_legal},
    {"coder.damaged", "damaged bits decode to something, without an exception and in time", damaged},
    {"coder.alone", "the damage of one row leaves the others whole", damaged_alone},
    {"coder.legal", "whatever the bits, tokens are legal and `end` is not among them", tokens_legal},
};

}  // namespace tandem::conformance
