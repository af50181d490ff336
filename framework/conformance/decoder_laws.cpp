#include <cmath>
#include <limits>
#include <tandem/code.hpp>

#include "exercise.hpp"

namespace tandem::conformance {
namespace {

constexpr std::size_t rows = 200;

struct Sent {
  Bits information, words;
};

Sent send(Bench& bench, std::size_t count = rows) {
  const auto& code = bench.beside<Code>("code");
  Sent sent{random_bits(bench, "information", count, code.k()), {}};
  sent.words = code.encode(sent.information);
  return sent;
}

// Noise-free values of `words`, as far as the decoder needs them.
Reception clean(const Bits& words, Needs needs, float llr = 20) {
  Reception out;
  for (std::size_t row = 0; row < words.rows(); ++row)
    for (auto* values : {&out.llr, &out.y}) {
      const auto to = values->append(words.row_length(row));
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = (words[row][i] ? -1.0f : 1.0f) * (values == &out.llr ? llr : 1);
    }
  if (needs == Needs::llr) out.y = {};
  if (needs == Needs::y) out.llr = {};
  return out;
}

Decoded decode(Bench& bench, const Reception& reception) {
  const auto& code = bench.beside<Code>("code");
  const std::size_t count = std::max(reception.llr.rows(), reception.y.rows());
  Decoded out = bench.plugin<Decoder>().decode(reception);
  require(out.codeword.rows() == count && out.codeword.size() == count * code.n(), "{} rows of {} values come back as {} bits in {} rows", count, code.n(), out.codeword.size(), out.codeword.rows());
  require(out.info.rows() == count && out.info.size() == count * code.k(), "{} rows come back as {} information bits in {} rows", count, out.info.size(), out.info.rows());
  require(out.converged.size() == count && out.iterations.size() == count, "{} rows come back with {} and {} numbers", count, out.converged.size(), out.iterations.size());
  for (const auto* bits : {&out.codeword, &out.info})
    for (const auto bit : bits->values()) require(bit <= 1, "{} is no bit", bit);
  for (const auto flag : out.converged) require(flag <= 1, "converged is {}", flag);
  return out;
}

void noiseless(Bench& bench) {
  const Sent sent = send(bench);
  for (const float llr : {20.0f, 2.0f, std::numeric_limits<float>::infinity()}) {
    const Decoded out = decode(bench, clean(sent.words, bench.plugin<Decoder>().needs(), llr));
    require(out.codeword == sent.words && out.info == sent.information, "words without an error come back otherwise, with LLRs of {}", llr);
    for (const auto flag : out.converged) require(flag == 1, "a word without an error is not recognised as one");
  }
}

void converged(Bench& bench) {
  const auto* checks = bench.beside<Code>("code").checks();
  if (!checks || checks->columns() != bench.beside<Code>("code").n()) throw Inapplicable("the code gives no checks over the bits that are sent");
  const Sent sent = send(bench);
  const Decoded out = decode(bench, received(bench, "channel", sent.words, bench.plugin<Decoder>().needs()));
  for (std::size_t row = 0; row < rows; ++row)
    require((out.converged[row] == 1) == checks->satisfied(std::as_const(out.codeword)[row]), "row {} says converged = {}, but its checks are {}satisfied", row, out.converged[row], out.converged[row] ? "not " : "");
}

// A linear code over a symmetric channel: the error pattern does not depend on the word that was sent.
void invariant(Bench& bench) {
  const auto& code = bench.beside<Code>("code");
  const Needs needs = bench.plugin<Decoder>().needs();
  const Sent sent = send(bench);
  Bits zeros = sent.words;
  std::ranges::fill(zeros.values(), std::uint8_t{0});
  const Reception of_zero = received(bench, "channel", zeros, needs);
  Reception of_word = of_zero;
  for (auto* values : {&of_word.llr, &of_word.y})
    for (std::size_t i = 0; i < values->size(); ++i)
      if (sent.words.values()[i]) values->values()[i] = -values->values()[i];
  const Decoded a = decode(bench, of_zero), b = decode(bench, of_word);
  for (std::size_t i = 0; i < sent.words.size(); ++i)
    require((a.codeword.values()[i] ^ sent.words.values()[i]) == b.codeword.values()[i], "under the same noise another word comes out otherwise, in row {}", i / code.n());
}

// Where a value is 0, of either sign, the hard decision is bit 0: here it is a word, and nothing speaks against it.
void ties(Bench& bench) {
  Bits zeros(20, bench.beside<Code>("code").n());
  std::ranges::fill(zeros.values(), std::uint8_t{0});
  for (const float tie : {0.0f, -0.0f}) {
    Reception reception = clean(zeros, bench.plugin<Decoder>().needs());
    for (auto* values : {&reception.llr, &reception.y})
      for (std::size_t i = 0; i < values->size(); i += 5) values->values()[i] = tie;
    require(decode(bench, reception).codeword == zeros, "a value of {} is not decided as bit 0", tie);
  }
}

void informed(Bench& bench) {
  const auto& code = bench.beside<Code>("code");
  const auto positions = code.information_positions();
  if (positions.empty()) throw Inapplicable("the code is not systematic");
  const Sent sent = send(bench);
  const Decoded out = decode(bench, received(bench, "channel", sent.words, bench.plugin<Decoder>().needs()));
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < code.k(); ++i) require(out.info[row][i] == out.codeword[row][positions[i]], "information bit {} of row {} is not the one in the word", i, row);
}

// The host leaves out what a decoder does not ask for.
void modest(Bench& bench) {
  const Needs needs = bench.plugin<Decoder>().needs();
  if (needs == Needs::both) throw Inapplicable("the decoder asks for LLRs and matched-filter outputs");
  const Sent sent = send(bench);
  const Decoded with = decode(bench, received(bench, "channel", sent.words, Needs::both)), without = decode(bench, received(bench, "channel", sent.words, needs));
  require(with.codeword == without.codeword && with.converged == without.converged, "it decodes otherwise when it is also given {}, which it does not ask for",
          needs == Needs::llr ? "matched-filter outputs" : "LLRs");
}

void helpful(Bench& bench) {
  constexpr std::size_t enough = 20'000;  // bits, for a hundred errors
  const Sent sent = send(bench, std::max(rows, enough / bench.beside<Code>("code").n()));
  const double good = 5;  // dB: few errors a word, which any decoder should find
  const Reception all = received(bench, "channel", sent.words, Needs::both, good);
  const Decoded out = decode(bench, received(bench, "channel", sent.words, bench.plugin<Decoder>().needs(), good));
  std::size_t before = 0, after = 0;
  for (std::size_t i = 0; i < sent.words.size(); ++i) {
    before += (all.y.values()[i] < 0) != (sent.words.values()[i] == 1);
    after += out.codeword.values()[i] != sent.words.values()[i];
  }
  require(after < before, "{} of {} bits were wrong before decoding, {} are behind it", before, sent.words.size(), after);
}

}  // namespace

const std::vector<Law> decoder_laws = {
    {"decoder.noiseless", "words without an error come back, with infinite LLRs too, and are recognised", noiseless},
    {"decoder.converged", "a row says converged if and only if its checks are satisfied", converged},
    {"decoder.invariant", "errors depend on the noise, not on the word that was sent", invariant},
    {"decoder.ties", "a value of 0, of either sign, counts as bit 0", ties},
    {"decoder.informed", "the information is that of the word", informed},
    {"decoder.modest", "what it does not say it needs changes nothing", modest},
    {"decoder.helpful", "fewer bits are wrong behind it than before", helpful},
};

}  // namespace tandem::conformance
