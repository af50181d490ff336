#include "statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <tandem/error.hpp>
#include <utility>

namespace tandem::host {
namespace {

constexpr double level_of_figures = 0.95;
// Below this many frames that contribute, a sum over frames is not near a normal law yet.
constexpr std::uint64_t few = 30;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double student(std::uint64_t degrees, double level) {
  return boost::math::quantile(
      boost::math::complement(boost::math::students_t(static_cast<double>(degrees)), (1 - level) / 2));
}
double normal(double level) {
  return boost::math::quantile(boost::math::complement(boost::math::normal(), (1 - level) / 2));
}

// Ten digits, by correctly rounded conversions.
double rounded(double value) {
  if (!std::isfinite(value)) return value;
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 9).ptr;
  std::from_chars(text, end, value);
  return value;
}

// Numerator and denominator of a ratio with all that their interval needs; a denominator of -1 is 1 in every frame.
struct Pair {
  Pair(const Moments& moments, std::size_t n, int d) {
    frames = static_cast<double>(moments.frames);
    sum = moments.sums[n];
    square = moments.product(n, n);
    nonzero = moments.nonzero[n];
    least = moments.least[n];
    if (d < 0) {
      of = of_square = frames;
      cross = sum;
      largest_of = 1;
    } else {
      const auto i = static_cast<std::size_t>(d);
      of = moments.sums[i];
      of_square = moments.product(i, i);
      cross = moments.product(n, i);
      largest_of = moments.largest[i];
    }
  }
  // The limit for no success in as many trials as there are frames, as a share of the denominator.
  double limit(double level) const {
    return std::min(1.0, upper_limit_of_none(frames, level) * frames * largest_of / of);
  }
  // Variance of sum(numerator) - value sum(denominator). More digits than a double: the terms nearly cancel.
  double variance() const {
    const long double s = sum, f = frames, value = s / of;
    const long double rest = square - 2 * value * cross + value * value * of_square;
    if (rest <= 1e-17L * square) return 0;
    return static_cast<double>(rest * f / (f - 1));
  }

  double frames, sum, of, square, cross, of_square, least, largest_of;
  std::uint64_t nonzero;
};

Interval of_few(const Pair& pair, double level) {
  const double value = pair.sum / pair.of, count = static_cast<double>(pair.nonzero);
  const double share = count / pair.frames, mean = pair.sum / count;
  const Interval limits = clopper_pearson(count, pair.frames, level);
  double spread = 0;
  if (pair.nonzero > 1) {
    const double variance = std::max(0.0, (pair.square - pair.sum * mean) / (count - 1));
    spread = normal(level) * std::sqrt(variance / count) / mean;
  }
  return {value * std::exp(-std::hypot(std::log(share / limits.low), spread)),
          value * std::exp(std::hypot(std::log(limits.high / share), spread))};
}

Figure proportion(const Row& row, const Moments& moments) {
  const double count = moments.sums[static_cast<std::size_t>(row.numerator)];
  const double trials = row.denominator < 0 ? static_cast<double>(moments.frames)
                                            : moments.sums[static_cast<std::size_t>(row.denominator)];
  if (!(count >= 0 && count <= trials))
    throw Error(fmt::format("the row \"{}\" is a proportion, but counts {} of {}", row.name, count, trials));
  if (trials == 0) return {nan, nan, nan, count, trials};
  Interval interval = clopper_pearson(count, trials, level_of_figures);
  if (count == 0) interval.high = upper_limit_of_none(trials, level_of_figures);
  if (count == trials) interval.low = 1 - upper_limit_of_none(trials, level_of_figures);
  return {count / trials, interval.low, interval.high, count, trials};
}

Figure ratio(const Row& row, const Moments& moments) {
  const auto numerator = static_cast<std::size_t>(row.numerator);
  const int denominator = row.kind == Row::Kind::mean ? -1 : row.denominator;
  const double of =
      denominator < 0 ? static_cast<double>(moments.frames) : moments.sums[static_cast<std::size_t>(denominator)];
  Figure out;
  const bool share = row.kind == Row::Kind::share;
  if (share) out.count = moments.sums[numerator], out.of = of;
  if (of == 0) {
    out.value = out.low = out.high = nan;
    return out;
  }
  const Interval interval = ratio_interval(moments, numerator, denominator, level_of_figures);
  out.value = moments.sums[numerator] / of;
  out.low = interval.low;
  out.high = share ? std::min(1.0, interval.high) : interval.high;
  return out;
}

// Slope of the row's value along the sum of one quantity, whose standard error is given.
double slope(const Metric& metric, std::size_t row, const Moments& moments, std::size_t quantity, double error) {
  std::vector<double> sums = moments.sums;
  const double sum = sums[quantity];
  double step = error / 8;
  // A metric may well count in whole numbers.
  if (sum == std::trunc(sum)) step = std::max(1.0, std::round(step));
  const double above = sum + step, below = moments.least[quantity] >= 0 ? std::max(0.0, sum - step) : sum - step;
  sums[quantity] = above;
  const double higher = metric.evaluate(row, sums, moments.frames);
  sums[quantity] = below;
  return (higher - metric.evaluate(row, sums, moments.frames)) / (above - below);
}

Figure function(std::size_t row, const Metric& metric, const Moments& moments) {
  const double value = metric.evaluate(row, moments.sums, moments.frames);
  Figure out{value, value, value, {}, {}};
  if (moments.frames < 2) return out;
  const long double frames = static_cast<long double>(moments.frames);
  const auto covariance = [&](std::size_t i, std::size_t j) {
    const long double product = static_cast<long double>(moments.sums[i]) * moments.sums[j] / frames;
    return (moments.product(i, j) - product) * frames / (frames - 1);
  };
  const std::size_t quantities = moments.sums.size();
  std::vector<double> gradient(quantities, 0.0);
  for (std::size_t i = 0; i < quantities; ++i) {
    const auto error = static_cast<double>(std::sqrt(std::max(0.0L, covariance(i, i))));
    if (moments.least[i] != moments.largest[i] && error > 0) gradient[i] = slope(metric, row, moments, i, error);
  }
  long double variance = 0;
  for (std::size_t i = 0; i < quantities; ++i)
    for (std::size_t j = 0; j < quantities; ++j)
      if (gradient[i] != 0 && gradient[j] != 0) variance += gradient[i] * covariance(i, j) * gradient[j];
  const double reach =
      student(moments.frames - 1, level_of_figures) * static_cast<double>(std::sqrt(std::max(0.0L, variance)));
  out.low = value - reach;
  out.high = value + reach;
  return out;
}

}  // namespace

void Moments::add_frame(std::span<const double> values) {
  const std::size_t n = values.size();
  if (frames == 0) {
    sums.assign(n, 0.0);
    products.assign(n * (n + 1) / 2, 0.0);
    nonzero.assign(n, 0);
    least.assign(values.begin(), values.end());
    largest = least;
  }
  if (sums.size() != n) throw Error(fmt::format("a frame has {} quantities, the frames before it {}", n, sums.size()));
  ++frames;
  double* product = products.data();
  for (std::size_t i = 0; i < n; ++i) {
    const double value = values[i];
    sums[i] += value;
    least[i] = std::min(least[i], value);
    largest[i] = std::max(largest[i], value);
    nonzero[i] += value != 0;
    for (std::size_t j = i; j < n; ++j) *product++ += value * values[j];
  }
}

void Moments::merge(const Moments& later) {
  if (later.frames == 0) return;
  if (frames == 0) {
    *this = later;
    return;
  }
  if (sums.size() != later.sums.size())
    throw Error(fmt::format("units of {} and of {} quantities cannot be added", sums.size(), later.sums.size()));
  frames += later.frames;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sums[i] += later.sums[i];
    least[i] = std::min(least[i], later.least[i]);
    largest[i] = std::max(largest[i], later.largest[i]);
    nonzero[i] += later.nonzero[i];
  }
  for (std::size_t i = 0; i < products.size(); ++i) products[i] += later.products[i];
}

double Moments::product(std::size_t i, std::size_t j) const {
  if (i > j) std::swap(i, j);
  return products[i * sums.size() - i * (i + 1) / 2 + j];
}

Interval clopper_pearson(double count, double trials, double level) {
  if (!(count >= 0 && count <= trials)) throw Error(fmt::format("{} of {} is no proportion", count, trials));
  if (trials == 0) return {0, 1};
  const double outside = 1 - level;
  return {count == 0 ? 0 : boost::math::ibeta_inv(count, trials - count + 1, outside / 2),
          count == trials ? 1 : boost::math::ibetac_inv(count + 1, trials - count, outside / 2)};
}

double upper_limit_of_none(double trials, double level) {
  return trials > 0 ? -std::expm1(std::log1p(-level) / trials) : 1;
}

Interval ratio_interval(const Moments& moments, std::size_t numerator, int denominator, double level) {
  if (moments.frames == 0) return {nan, nan};
  const Pair pair(moments, numerator, denominator);
  if (pair.of == 0) return {nan, nan};
  if (pair.nonzero == 0) return {0, pair.limit(level)};
  if (pair.sum == pair.of && pair.square == pair.cross && pair.square == pair.of_square)
    return {1 - pair.limit(level), 1};
  const double value = pair.sum / pair.of;
  if (moments.frames == 1) return {value, value};
  if (pair.least >= 0 && pair.nonzero < few && 2 * pair.nonzero < moments.frames) return of_few(pair, level);
  const double reach = student(moments.frames - 1, level) * std::sqrt(pair.variance()) / std::abs(pair.of);
  return {pair.least >= 0 ? std::max(0.0, value - reach) : value - reach, value + reach};
}

Figure figure(const Row& row, std::size_t row_index, const Metric* metric, const Moments& moments) {
  if (moments.frames == 0) return {nan, nan, nan, {}, {}};
  const auto quantities = static_cast<int>(moments.sums.size());
  Figure out;
  if (row.kind == Row::Kind::function) {
    if (!metric) throw Error("the row \"" + row.name + "\" needs its metric");
    out = function(row_index, *metric, moments);
  } else {
    if (row.numerator < 0 || row.numerator >= quantities || row.denominator < -1 || row.denominator >= quantities)
      throw Error(fmt::format("the row \"{}\" names a quantity that is not among its {}", row.name, quantities));
    out = row.kind == Row::Kind::proportion ? proportion(row, moments) : ratio(row, moments);
  }
  if (out.low != out.value) out.low = std::min(out.value, rounded(out.low));
  if (out.high != out.value) out.high = std::max(out.value, rounded(out.high));
  return out;
}

}  // namespace tandem::host
