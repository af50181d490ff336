#include "crossing.hpp"

#include <algorithm>
#include <cmath>

#include "reach.hpp"

namespace tandem::report {
namespace {

// Where the curve comes to the level; on an axis along which things get worse it is read from the other end.
Reach read(std::vector<double> x, std::vector<double> values, const CurveReading& reading, bool worsens) {
  if (!worsens) return reach(x, values, reading);
  std::ranges::reverse(x);
  std::ranges::reverse(values);
  for (double& at : x) at = -at;
  const Reach mirrored = reach(x, values, reading);
  return {-mirrored.high, -mirrored.low};
}

// Infinite towards the side on which it would be.
double end_of(const Reach& found) {
  if (found.exact()) return found.low;
  return std::isinf(found.low) ? found.low : found.high;
}

}  // namespace

Crossing crossing_of(const Curve& curve, const std::string& metric, double level) {
  const CurveReading reading{level, is_error_rate(metric), better(metric) == Better::lower};
  std::vector<double> x, value, low, high;
  for (const Mark& mark : curve.marks) {
    if (!std::isfinite(mark.value) || !std::isfinite(mark.low) || !std::isfinite(mark.high)) continue;
    const auto drawn = [&](double y) { return reading.logarithmic ? above_zero(y, mark.of.value_or(mark.frames)) : y; };
    x.push_back(mark.x);
    value.push_back(drawn(mark.value));
    low.push_back(drawn(mark.low));
    high.push_back(drawn(mark.high));
  }
  Crossing out;
  if (x.empty()) return out;
  const auto good = [&](double y) { return reading.falling ? y <= level : y >= level; };
  const bool worsens = good(value.front()) && !good(value.back());
  const Reach found = read(x, value, reading, worsens);
  if (!found.exact()) {
    out.kind = good(value.back()) ? Crossing::Kind::always : Crossing::Kind::never;
    return out;
  }
  const double ends[] = {end_of(read(x, low, reading, worsens)), end_of(read(x, high, reading, worsens))};
  return {Crossing::Kind::reached, found.low, std::min({ends[0], ends[1], found.low}), std::max({ends[0], ends[1], found.low})};
}

Crossing difference(const Crossing& a, const Crossing& b) {
  const double d = b.x - a.x;
  return {Crossing::Kind::reached, d, d - std::hypot(b.x - b.low, a.high - a.x), d + std::hypot(b.high - b.x, a.x - a.low)};
}

double level_of(const Chart& chart) {
  std::vector<double> levels;
  if (is_error_rate(chart.metric)) levels = {1e-2, 1e-1, 1e-3};
  if (is_share(chart.metric)) levels = {0.9, 0.5, 0.99};
  double best = levels.empty() ? 0 : levels.front();
  std::ptrdiff_t most = 0;
  for (const double level : levels) {
    const auto count = std::ranges::count_if(chart.curves, [&](const Curve& curve) {
      return curve.kind == Curve::Kind::measured && crossing_of(curve, chart.metric, level).kind == Crossing::Kind::reached;
    });
    if (count > most) most = count, best = level;
    if (most > 1) break;  // two are enough to compare
  }
  return best;
}

}  // namespace tandem::report
