#include "scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tandem::report {
namespace {

struct Step {
  double size = 1;
  int decimals = 0;
};

// The smallest of 1, 2, 5 x 10^k that needs at most `lines` lines.
Step step_of(double low, double high, int lines) {
  const double least = (high - low) / std::max(1, lines - 1);
  int power = static_cast<int>(std::floor(std::log10(least)));
  double size = std::pow(10.0, power);
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    size = factor * std::pow(10.0, power);
    if (factor == 10.0) ++power;
    if (size >= least * (1 - 1e-9)) break;
  }
  return {size, std::clamp(-power, 0, 15)};
}

// The value of 1, 2, 5 x 10^k next to `value`, at or below (or above) it.
double round_value(double value, bool up) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  if (up) {
    for (const double factor : {1.0, 2.0, 5.0})
      if (factor * power >= value * (1 - 1e-9)) return factor * power;
    return 10 * power;
  }
  for (const double factor : {5.0, 2.0})
    if (factor * power <= value * (1 + 1e-9)) return factor * power;
  return power;
}

void add_lines(Scale& scale, double step) {
  const auto first = static_cast<long long>(std::ceil(scale.low / step - 1e-9));
  const auto last = static_cast<long long>(std::floor(scale.high / step + 1e-9));
  for (long long i = first; i <= last; ++i) scale.major.push_back(static_cast<double>(i) * step);
}

}  // namespace

double Scale::at(double value) const {
  if (!logarithmic) return (value - low) / (high - low);
  return value > 0 ? (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low)) : -10.0;
}

Scale linear_scale(double low, double high, int lines) {
  // A span that vanishes against its values has no lines of its own.
  const double least = std::max({std::abs(low), std::abs(high), 1e-3}) * 1e-3;
  if (high - low < least) low -= least / 2, high += least / 2;
  Scale scale{false, low, high, {}, {}, 0};
  const Step step = step_of(low, high, lines);
  scale.decimals = step.decimals;
  add_lines(scale, step.size);
  return scale;
}

Scale rounded_scale(double low, double high, int lines) {
  if (low > 0 && low < 0.5 * high) low = 0;
  Scale scale = linear_scale(low, high, lines);
  const Step step = step_of(scale.low, scale.high, lines);
  scale.low = std::floor(scale.low / step.size + 1e-9) * step.size;
  scale.high = std::ceil(scale.high / step.size - 1e-9) * step.size;
  scale.major.clear();
  add_lines(scale, step.size);
  return scale;
}

Scale logarithmic_scale(double low, double high) {
  Scale scale{true, round_value(low, false), round_value(high, true), {}, {}, 0};
  int first = static_cast<int>(std::ceil(std::log10(scale.low) - 1e-9)), last = static_cast<int>(std::floor(std::log10(scale.high) + 1e-9));
  if (first >= last) {
    first = static_cast<int>(std::floor(std::log10(scale.low) + 1e-9));
    last = std::max(first + 1, static_cast<int>(std::ceil(std::log10(scale.high) - 1e-9)));
    scale.low = std::pow(10.0, first);
    scale.high = std::pow(10.0, last);
  }
  // Many decades: a number at every second or third, and no lines between.
  const int every = (last - first) / 8 + 1;
  for (int power = first - 1; power <= last; ++power) {
    if (power >= first) (power % every == 0 ? scale.major : scale.minor).push_back(std::pow(10.0, power));
    for (int factor = 2; factor < 10 && every == 1; ++factor) {
      const double value = factor * std::pow(10.0, power);
      if (value > scale.low * (1 + 1e-9) && value < scale.high * (1 - 1e-9)) scale.minor.push_back(value);
    }
  }
  return scale;
}

std::string shown(double value, int decimals) {
  const double size = std::abs(value);
  const std::string text = size < 1e7 ? fmt::format("{:.{}f}", size, decimals) : fmt::format("{:.4g}", size);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return value < 0 && !zero ? "\u2212" + text : text;
}

std::vector<double> moved_apart(const std::vector<double>& wanted, double spacing, double low, double high) {
  // Without their spacing the positions only have to rise: isotonic regression, by pooling neighbours that do not.
  struct Pool {
    double sum;
    std::size_t count;
    double mean() const { return sum / static_cast<double>(count); }
  };
  std::vector<Pool> pools;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    pools.push_back({wanted[i] - static_cast<double>(i) * spacing, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
      const Pool last = pools.back();
      pools.pop_back();
      pools.back().sum += last.sum;
      pools.back().count += last.count;
    }
  }
  const double span = wanted.empty() ? 0 : static_cast<double>(wanted.size() - 1) * spacing;
  std::vector<double> out;
  for (const Pool& pool : pools) {
    const double base = std::max(low, std::min(pool.mean(), high - span));
    for (std::size_t i = 0; i < pool.count; ++i) out.push_back(base + static_cast<double>(out.size()) * spacing);
  }
  return out;
}

}  // namespace tandem::report
