#include <tandem/tokenizer.hpp>

#include "exercise.hpp"

namespace tandem::conformance {
namespace {

// The text of the example, and rows that nobody would send: all bytes, long runs, line ends, broken UTF-8.
Bytes items(Bench& bench) {
  Bytes out = items_of(bench, bench.world(), 48);
  out.append(0);
  Bytes random(15, 200);
  bench.noise("bytes").bits(random);
  for (std::size_t row = 0; row < 15; ++row) {
    const auto to = random[row];
    for (std::size_t i = 0; i < to.size(); ++i) {
      std::uint8_t byte = 0;
      for (std::size_t bit = 0; bit < 8; ++bit) byte = static_cast<std::uint8_t>(2 * byte + to[(i + bit * 25) % to.size()]);
      to[i] = row % 5 == 0 ? static_cast<std::uint8_t>(i) : row % 5 == 1 ? static_cast<std::uint8_t>("a \n\xc3"[row % 4]) : byte;
    }
    out.append(to);
  }
  return out;
}

// The tokens of each row that the tokenizer accepts; it may refuse what it cannot express by an Error that names the row.
template <class Look>
std::size_t each_accepted(Bench& bench, Look look) {
  const auto& tokenizer = bench.plugin<Tokenizer>();
  const Bytes all = items(bench);
  std::size_t accepted = 0;
  for (std::size_t row = 0; row < all.rows(); ++row) {
    Bytes one;
    one.append(std::as_const(all)[row]);
    Tokens tokens;
    try {
      tokens = tokenizer.encode(one);
    } catch (const Error&) {
      continue;
    }
    require(tokens.rows() == 1, "encode gives {} rows for 1", tokens.rows());
    ++accepted;
    look(row, one, tokens);
  }
  require(accepted > 0, "not one row is accepted");
  return accepted;
}

void lossless(Bench& bench) {
  each_accepted(bench, [&](std::size_t row, const Bytes& one, const Tokens& tokens) {
    require(bench.plugin<Tokenizer>().decode(tokens) == one, "row {} comes back otherwise", row);
  });
}

void tokens_legal(Bench& bench) {
  const Vocabulary vocabulary = bench.plugin<Tokenizer>().vocabulary();
  each_accepted(bench, [&](std::size_t row, const Bytes&, const Tokens& tokens) {
    for (const Token token : tokens.values()) {
      require(token < vocabulary.size, "row {} holds the token {} of {}", row, token, vocabulary.size);
      require(token != vocabulary.end, "row {} holds the token `end`", row);
    }
  });
}

void vocabulary(Bench& bench) {
  const auto& tokenizer = bench.plugin<Tokenizer>();
  const Vocabulary vocabulary = tokenizer.vocabulary();
  require(vocabulary.size >= 2, "a vocabulary of {} symbols says nothing", vocabulary.size);
  require(vocabulary.end < vocabulary.size, "`end` is {}, of {} symbols", vocabulary.end, vocabulary.size);
  require(!vocabulary.fingerprint.empty(), "the fingerprint is empty: two ends could not see that they differ");
  auto other = bench.make_world();
  require(dynamic_cast<const Tokenizer&>(*other.subject).vocabulary().fingerprint == vocabulary.fingerprint, "the fingerprint of the same fields differs from component to component");
}

void damaged(Bench& bench) {
  const auto& tokenizer = bench.plugin<Tokenizer>();
  const Vocabulary vocabulary = tokenizer.vocabulary();
  Tokens rows;
  std::vector<float> uniform(64);
  for (std::size_t row = 0; row < 200; ++row) {
    bench.noise("damage").uniforms(row, uniform);
    const auto to = rows.append(row % 65);
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = std::min(static_cast<Token>(uniform[i] * static_cast<float>(vocabulary.size)), vocabulary.size - 1);
  }
  require(tokenizer.decode(rows).rows() == rows.rows(), "decode gives another number of rows");
}

void end(Bench& bench) {
  const auto& tokenizer = bench.plugin<Tokenizer>();
  const Vocabulary vocabulary = tokenizer.vocabulary();
  require(tokenizer.spell(vocabulary.end).empty(), "`end` is spelled \"{}\"", tokenizer.spell(vocabulary.end));
  each_accepted(bench, [&](std::size_t row, const Bytes& one, const Tokens& tokens) {
    Tokens ended;
    const auto to = ended.append(tokens.size() + 1);
    std::ranges::copy(tokens.values(), to.begin());
    to.back() = vocabulary.end;
    require(tokenizer.decode(ended) == one, "with `end` behind it, row {} decodes to something else", row);
  });
}

void spelled(Bench& bench) {
  const auto& tokenizer = bench.plugin<Tokenizer>();
  const Vocabulary vocabulary = tokenizer.vocabulary();
  std::size_t spoken = 0;
  for (Token token = 0; token < vocabulary.size; token += vocabulary.size > 4096 ? 97 : 1) spoken += !tokenizer.spell(token).empty();
  require(spoken > 0, "no token has a spelling");
}

}  // namespace

const std::vector<Law> tokenizer_laws = {
    {"tokenizer.lossless", "what is accepted comes back byte for byte: text, empty rows, any bytes", lossless},
    {"tokenizer.legal", "tokens are below the vocabulary's size, and `end` is never among them", tokens_legal},
    {"tokenizer.vocabulary", "the vocabulary is well-formed, and its fingerprint that of the fields", vocabulary},
    {"tokenizer.damaged", "any row of legal ids decodes to something", damaged},
    {"tokenizer.end", "`end` decodes to nothing", end},
    {"tokenizer.spelled", "tokens have spellings", spelled},
};

}  // namespace tandem::conformance
