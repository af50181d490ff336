#include "reach.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tandem::report {
namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
}

bool Reach::not_reached() const { return high == infinity; }

Reach reach(std::span<const double> x, std::span<const double> values, const CurveReading& reading) {
  const auto scale = [&](double value) { return reading.logarithmic ? std::log(value) : value; };
  const auto better = [&](double value) { return reading.falling ? value <= reading.level : value >= reading.level; };
  Reach out{-infinity, infinity};
  bool any = false, good = true;
  double last_x = 0, last = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(values[i])) continue;
    if (!better(values[i])) {
      out = {x[i], infinity};
      good = false;
    } else if (!any) {
      out = {-infinity, x[i]};
    } else if (!good) {
      const double share = (scale(reading.level) - scale(last)) / (scale(values[i]) - scale(last));
      out.low = out.high = last_x + share * (x[i] - last_x);
      good = true;
    }
    any = true;
    last_x = x[i];
    last = values[i];
  }
  return out;
}

Reach gain(const Reach& baseline, const Reach& other) {
  return {baseline.low - other.high, baseline.high - other.low};
}

Reach middle(const std::vector<Reach>& gains, double level) {
  if (gains.empty()) return {-infinity, infinity};
  std::vector<double> lows, highs;
  for (const auto& gain : gains) lows.push_back(gain.low), highs.push_back(gain.high);
  std::ranges::sort(lows);
  std::ranges::sort(highs);
  const double outside = (1 - level) / 2 * static_cast<double>(gains.size() - 1);
  const auto below = static_cast<std::size_t>(outside);
  return {lows[below], highs[gains.size() - 1 - below]};
}

}  // namespace tandem::report
