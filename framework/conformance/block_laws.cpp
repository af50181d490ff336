#include <cmath>
#include <tandem/block.hpp>

#include "exercise.hpp"

namespace tandem::conformance {
namespace {

constexpr std::size_t rows = 40;

Batch input(Bench& bench) { return batch_of(bench, bench.world(), bench.plugin<Block>().takes(), rows); }

// What arrives above when `in` was sent, every row trusted so far.
Batch sent(Bench& bench, Batch in) {
  Batch out = bench.plugin<Block>().forward(std::move(in));
  require(out.port == bench.plugin<Block>().gives(), "forward gives {}, the block says {}", name(out.port), name(bench.plugin<Block>().gives()));
  require(rows_in(out) == rows, "forward gives {} rows for {}", rows_in(out), rows);
  out.trusted.assign(rows, 1);
  return out;
}

Batch back(Bench& bench, Batch in) {
  Batch out = bench.plugin<Block>().backward(std::move(in));
  require(out.port == bench.plugin<Block>().takes(), "backward gives {}, the block takes {}", name(out.port), name(bench.plugin<Block>().takes()));
  require(rows_in(out) == rows && out.trusted.size() == rows, "backward gives {} rows and {} flags for {}", rows_in(out), out.trusted.size(), rows);
  return out;
}

void ports(Bench& bench) {
  const auto fresh = bench.library().create();
  const auto& before = dynamic_cast<const Block&>(*fresh);
  const auto& block = bench.plugin<Block>();
  require(before.takes() == block.takes() && before.gives() == block.gives(), "its ports are known only with its fields");
  sent(bench, input(bench));
}

void inverts(Bench& bench) {
  const Batch in = input(bench);
  const Batch out = back(bench, sent(bench, in));
  if (in.port == Port::features) {
    for (std::size_t row = 0; row < rows; ++row) require(out.reals.row_length(row) == in.reals.row_length(row), "row {} comes back with {} values for {}", row, out.reals.row_length(row), in.reals.row_length(row));
    double energy = 0, error = 0;  // a quantizer is allowed to lose a little
    for (std::size_t i = 0; i < in.reals.size(); ++i) {
      const double sent_value = static_cast<double>(in.reals.values()[i]), difference = static_cast<double>(out.reals.values()[i]) - sent_value;
      energy += sent_value * sent_value;
      error += difference * difference;
    }
    require(error <= energy / 2, "what was sent comes back with an error of {:.3g} of its power", error / energy);
    return;
  }
  require(out.bytes == in.bytes && out.tokens == in.tokens, "what was sent does not come back");
}

void trusts(Bench& bench) {
  Batch up = sent(bench, input(bench));
  const Batch good = back(bench, up);
  for (const auto flag : good.trusted) require(flag == 1, "a row without damage is not trusted any more");
  up.trusted.assign(rows, 0);
  const Batch doubtful = back(bench, std::move(up));
  for (const auto flag : doubtful.trusted) require(flag == 0, "a row in doubt is trusted behind the block");
}

void damaged(Bench& bench) {
  Batch up = sent(bench, input(bench));
  if (up.port == Port::features) {
    Ragged<float> noise = up.reals;
    bench.noise("damage").normals(noise);
    for (std::size_t i = 0; i < noise.size(); ++i) up.reals.values()[i] += noise.values()[i];
  } else if (up.port == Port::tokens) {
    for (std::size_t i = 0; i < up.tokens.size(); i += 5) up.tokens.values()[i] = 0;
  } else {
    Bits flips = up.bytes;
    bench.noise("damage").bits(flips);
    for (std::size_t i = 0; i < flips.size(); i += 2) up.bytes.values()[i] ^= flips.values()[i];
  }
  back(bench, std::move(up));
}

void empty(Bench& bench) {
  Batch in;
  in.port = bench.plugin<Block>().takes();
  in.bytes.append(in.port == Port::items || in.port == Port::bits ? 1 : 0, 0);
  in.tokens.append(in.port == Port::tokens ? 1 : 0, 0);
  in.reals.append(in.port == Port::features ? 1 : 0, 0);
  in.trusted = {1};
  Batch up = bench.plugin<Block>().forward(std::move(in));
  require(rows_in(up) == 1, "an empty row becomes {} rows", rows_in(up));
  up.trusted = {1};
  const Batch out = bench.plugin<Block>().backward(std::move(up));
  require(rows_in(out) == 1 && out.bytes.size() + out.tokens.size() + out.reals.size() == 0, "an empty row does not come back empty");
}

void soft(Bench& bench) {
  const auto* soft = dynamic_cast<const Soft*>(&bench.plugin<Block>());
  if (!soft) throw Inapplicable("the block does not undo a soft reception");
  const Batch in = input(bench);
  const Batch up = sent(bench, in);
  Reception reception;
  for (std::size_t row = 0; row < rows; ++row)
    for (auto* values : {&reception.llr, &reception.y}) {
      const auto to = values->append(up.bytes.row_length(row));
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = up.bytes[row][i] ? -2.0f : 2.0f;
    }
  const Reception out = soft->backward(std::move(reception));
  require(out.llr.rows() == rows, "a reception comes back with {} rows for {}", out.llr.rows(), rows);
  for (std::size_t row = 0; row < rows; ++row) {
    require(out.llr.row_length(row) == in.bytes.row_length(row), "row {} comes back with {} LLRs for {} bits", row, out.llr.row_length(row), in.bytes.row_length(row));
    for (std::size_t i = 0; i < in.bytes.row_length(row); ++i)
      require((out.llr[row][i] < 0) == (in.bytes[row][i] == 1), "the LLR of bit {} of row {} has the wrong sign", i, row);
  }
}

}  // namespace

const std::vector<Law> block_laws = {
    {"block.ports", "its ports are known before its fields, and what it gives is what it says", ports},
    {"block.inverts", "backward takes back what forward did", inverts},
    {"block.trusts", "rows without damage stay trusted, rows in doubt in doubt", trusts},
    {"block.damaged", "damaged rows come back as something", damaged},
    {"block.empty", "an empty row comes back empty", empty},
    {"block.soft", "a soft reception has the signs of the bits behind it too", soft},
};

}  // namespace tandem::conformance
