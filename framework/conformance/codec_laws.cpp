#include <cmath>
#include <tandem/codec.hpp>

#include "exercise.hpp"

namespace tandem::conformance {
namespace {

constexpr std::size_t rows = 32;

Features sent(Bench& bench, const Bytes& items) {
  const Features features = bench.plugin<Codec>().encode(items);
  require(features.rows() == items.rows(), "{} rows of features come for {} items", features.rows(), items.rows());
  return features;
}

void rows_kept(Bench& bench) {
  const Features features = sent(bench, items_of(bench, bench.world(), rows));
  require(bench.plugin<Codec>().decode(features).rows() == rows, "decode gives another number of rows");
}

void finite(Bench& bench) {
  const Features features = sent(bench, items_of(bench, bench.world(), rows));
  for (const float value : features.values()) require(std::isfinite(value), "a feature is {}", value);
}

void something_sent(Bench& bench) {
  const Bytes items = items_of(bench, bench.world(), rows);
  const Features features = sent(bench, items);
  double energy = 0;
  for (const float value : features.values()) energy += static_cast<double>(value) * static_cast<double>(value);
  require(energy > 0, "every feature is 0");
  for (std::size_t row = 0; row < rows; ++row) require(features.row_length(row) > 0 || items.row_length(row) == 0, "nothing is sent for row {}", row);
}

// Whatever the channel makes of them, features decode: noise of any power, nothing, the largest numbers.
void noisy(Bench& bench) {
  const Features clean = sent(bench, items_of(bench, bench.world(), rows));
  for (const float scale : {0.1f, 1.0f, 100.0f, 1e30f}) {
    Features noisy = clean;
    bench.noise("channel").normals(noisy);
    for (std::size_t i = 0; i < noisy.size(); ++i) noisy.values()[i] = clean.values()[i] + scale * noisy.values()[i];
    require(bench.plugin<Codec>().decode(noisy).rows() == rows, "under noise decode gives another number of rows");
  }
  Features nothing = clean;
  std::ranges::fill(nothing.values(), 0.0f);
  require(bench.plugin<Codec>().decode(nothing).rows() == rows, "of zeros decode gives another number of rows");
}

void empty(Bench& bench) {
  Bytes items;
  items.append(0);
  Features features;
  try {
    features = sent(bench, items);
  } catch (const Violation&) {
    throw;
  } catch (const Error&) {
    throw Inapplicable("the codec refuses an empty item");
  }
  require(bench.plugin<Codec>().decode(features).rows() == 1, "an empty item comes back as no row");
}

// On the same places, so that an answer that does not depend on the features is as often right either way.
void carries(Bench& bench) {
  const auto& codec = bench.plugin<Codec>();
  const Bytes items = items_of(bench, bench.world(), rows);
  const Features features = sent(bench, items);
  Features turned;  // each row gets what was sent for the next
  for (std::size_t row = 0; row < rows; ++row) turned.append(std::as_const(features)[(row + 1) % rows]);
  const Bytes own = codec.decode(features), other = codec.decode(turned);
  std::size_t right = 0, wrong = 0;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < std::min({items.row_length(row), own.row_length(row), other.row_length(row)}); ++i) {
      right += own[row][i] == items[row][i];
      wrong += other[row][i] == items[row][i];
    }
  require(right > wrong, "{} bytes come back right, {} when the rows are exchanged: the features do not carry the item", right, wrong);
}

}  // namespace

const std::vector<Law> codec_laws = {
    {"codec.rows", "every item gives a row of features, and every row an item", rows_kept},
    {"codec.finite", "features are finite", finite},
    {"codec.sends", "something is sent for every item", something_sent},
    {"codec.noisy", "features decode to something, whatever the channel did to them", noisy},
    {"codec.empty", "an empty item is sent, or refused with an Error", empty},
    {"codec.carries", "without noise an item comes back better than from the features of another", carries},
};

}  // namespace tandem::conformance
