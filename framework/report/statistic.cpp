#include "statistic.hpp"

#include <algorithm>
#include <cmath>

namespace tandem::report {

std::vector<double> sums_of(const FrameValues& values, std::uint64_t frames) {
  std::vector<double> out;
  for (const auto& column : values) {
    double sum = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(frames, column.size()); ++i) sum += column[i];
    out.push_back(sum);
  }
  return out;
}

std::vector<Spread> spreads(const Statistic& statistic, const std::vector<const FrameValues*>& lanes,
                            std::uint64_t frames, std::size_t resamples, int threads) {
  constexpr std::uint64_t seed = 1;
  std::vector<std::span<const double>> columns;
  for (const auto* lane : lanes)
    for (const auto& column : *lane)
      if (!column.empty()) columns.emplace_back(column);
  const auto resampled = host::resample(columns, frames, resamples, seed, threads);
  std::vector<Spread> out;
  std::size_t next = 0;
  for (const auto* lane : lanes) {
    std::vector<std::size_t> places;
    for (const auto& column : *lane) places.push_back(column.empty() ? columns.size() : next++);
    Spread& spread = out.emplace_back();
    std::vector<double> sums(lane->size());
    for (std::size_t r = 0; r < resamples; ++r) {
      for (std::size_t q = 0; q < places.size(); ++q)
        sums[q] = places[q] < columns.size() ? resampled.sums[places[q]][r] : 0;
      const double weight = resampled.frames[r];
      spread.values.push_back(weight > 0 ? statistic.value(sums, weight) : std::nan(""));
      spread.of.push_back(statistic.row->kind == Row::Kind::function ? weight : statistic.of(sums, weight));
    }
  }
  return out;
}

Counted count(const Statistic& statistic, const FrameValues& baseline, const FrameValues& other, std::uint64_t frames,
              double pooled) {
  const Row& row = *statistic.row;
  const auto n = static_cast<std::size_t>(row.numerator);
  const bool over = row.denominator >= 0 && row.kind != Row::Kind::mean;
  const auto d = over ? static_cast<std::size_t>(row.denominator) : 0;
  Counted out;
  out.discordant.frames = frames;
  double more = 0, less = 0;
  for (std::size_t i = 0; i < frames; ++i) {
    const double a = baseline[n][i], b = other[n][i];
    const double of_a = over ? baseline[d][i] : 1, of_b = over ? other[d][i] : 1;
    out.single = out.single && of_a == 1 && of_b == 1 && (a == 0 || a == 1) && (b == 0 || b == 1);
    out.largest_of = std::max({out.largest_of, of_a, of_b});
    const double change = b - a - pooled * (of_b - of_a);
    if (change > 0) ++out.discordant.more, more += change;
    if (change < 0) ++out.discordant.less, less -= change;
  }
  auto& counts = out.discordant;
  if (counts.more > 0) counts.more_size = more / static_cast<double>(counts.more);
  if (counts.less > 0) counts.less_size = less / static_cast<double>(counts.less);
  if (counts.more == 0) counts.more_size = counts.less > 0 ? counts.less_size : out.largest_of;
  if (counts.less == 0) counts.less_size = counts.more > 0 ? counts.more_size : out.largest_of;
  return out;
}

}  // namespace tandem::report
