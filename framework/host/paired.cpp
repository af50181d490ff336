#include "paired.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <numeric>
#include <tandem/noise.hpp>
#include <thread>

namespace tandem::host {
namespace {

/// First frames of what shares a weight, and the end.
std::vector<std::uint64_t> bins_of(std::uint64_t frames) {
  constexpr std::uint64_t single = 16384;
  std::vector<std::uint64_t> out;
  std::uint64_t size = 1, next = 2 * single;
  for (std::uint64_t at = 0; at < frames; at += size) {
    if (at >= single && (at == single || at >= next)) {
      size *= 2;
      if (at > single) next *= 2;
    }
    out.push_back(at);
  }
  out.push_back(frames);
  return out;
}

// P(X <= i) of Poisson(1); a uniform of 23 bits reaches no further.
constexpr float poisson[] = {0.36787944f, 0.73575888f, 0.91969860f, 0.98101184f, 0.99634015f,
                             0.99940582f, 0.99991676f, 0.99998975f, 0.99999887f, 0.99999989f};

void to_weights(std::span<float> uniforms) {
  for (float& u : uniforms) {
    float weight = 0;
    for (const float limit : poisson) weight += u > limit ? 1.0f : 0.0f;
    u = weight;
  }
}

// Eight sums side by side, so that the order of additions is fixed and yet vectors do them.
double weighted_sum(std::span<const double> values, std::span<const float> weights) {
  double sums[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8)
    for (std::size_t k = 0; k < 8; ++k) sums[k] += values[i + k] * static_cast<double>(weights[i + k]);
  for (; i < values.size(); ++i) sums[0] += values[i] * static_cast<double>(weights[i]);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

}  // namespace

double mcnemar(std::uint64_t first, std::uint64_t second) {
  const auto [few, many] = std::minmax(first, second);
  if (few == many) return 1;
  // P(X <= few) of a binomial law.
  return std::min(1.0, 2 * boost::math::ibeta(static_cast<double>(many), static_cast<double>(few + 1), 0.5));
}

Interval difference_interval(const Discordant& counts, double level) {
  const auto frames = static_cast<double>(counts.frames);
  const double more = static_cast<double>(counts.more), less = static_cast<double>(counts.less);
  const Interval of_more = clopper_pearson(more, frames, level), of_less = clopper_pearson(less, frames, level);
  const double a = more / frames, b = less / frames;
  const double correlation = a > 0 && b > 0 && a < 1 && b < 1 ? -std::sqrt(a * b / ((1 - a) * (1 - b))) : 0;
  const double up = counts.more_size, down = counts.less_size, value = a * up - b * down;
  const auto reach = [&](double of_a, double of_b) {
    return std::sqrt(std::max(0.0, of_a * of_a + of_b * of_b - 2 * correlation * of_a * of_b));
  };
  return {value - reach((a - of_more.low) * up, (of_less.high - b) * down),
          value + reach((of_more.high - a) * up, (b - of_less.low) * down)};
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::vector<double> out(p.size());
  double least = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    least = std::max(least, std::min(1.0, p[order[i]] * static_cast<double>(p.size() - i)));
    out[order[i]] = least;
  }
  return out;
}

Resampled resample(std::span<const std::span<const double>> columns, std::uint64_t frames, std::size_t resamples,
                   std::uint64_t seed, int threads) {
  const auto bins = bins_of(frames);
  const std::size_t count = bins.size() - 1;
  std::vector<std::vector<double>> binned(columns.size() + 1, std::vector<double>(count, 0.0));
  for (std::size_t bin = 0; bin < count; ++bin) {
    for (std::size_t c = 0; c < columns.size(); ++c)
      for (std::uint64_t i = bins[bin]; i < bins[bin + 1]; ++i) binned[c][bin] += columns[c][i];
    binned.back()[bin] = static_cast<double>(bins[bin + 1] - bins[bin]);
  }
  Resampled out;
  out.frames.resize(resamples);
  out.sums.assign(columns.size(), std::vector<double>(resamples));
  const Noise noise(seed, "bootstrap", 0);
  const auto work = [&](std::size_t first) {
    std::vector<float> weights(count);
    for (std::size_t r = first; r < resamples; r += static_cast<std::size_t>(threads)) {
      noise.uniforms(r, weights);
      to_weights(weights);
      for (std::size_t c = 0; c < columns.size(); ++c) out.sums[c][r] = weighted_sum(binned[c], weights);
      out.frames[r] = weighted_sum(binned.back(), weights);
    }
  };
  std::vector<std::thread> workers;
  for (int t = 1; t < threads; ++t) workers.emplace_back(work, static_cast<std::size_t>(t));
  work(0);
  for (auto& worker : workers) worker.join();
  return out;
}

double quantile(std::span<const double> sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at), above = std::min(below + 1, sorted.size() - 1);
  if (sorted[below] == sorted[above]) return sorted[below];
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double bootstrap_test(double difference, std::span<const double> sorted) {
  const auto low = static_cast<std::size_t>(std::ranges::upper_bound(sorted, 0.0) - sorted.begin());
  const auto high = static_cast<std::size_t>(sorted.end() - std::ranges::lower_bound(sorted, 0.0));
  const std::size_t beyond = std::min(low, high);
  const auto count = static_cast<double>(sorted.size());
  const double share = std::min(1.0, 2 * (static_cast<double>(beyond) + 1) / (count + 1));
  if (beyond >= 10) return share;
  double squares = 0;
  for (const double value : sorted) squares += (value - difference) * (value - difference);
  return squares > 0 ? std::min(share, std::erfc(std::abs(difference) / std::sqrt(2 * squares / count))) : share;
}

}  // namespace tandem::host
