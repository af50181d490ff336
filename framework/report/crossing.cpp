#include "crossing.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace tandem::report {
namespace {

struct Knot {
  double x, y;  // y is above 0 where it is good
};

// Where the line through the knots comes to 0; infinite towards the side on which it would be.
Crossing::Kind cross(const std::vector<Knot>& knots, double& x) {
  const bool first = knots.front().y >= 0, last = knots.back().y >= 0;
  if (first && last) return Crossing::Kind::always;
  if (!first && !last) return Crossing::Kind::never;
  // The side where it is bad, from where the last bad knot is looked for.
  const auto bad = [](const Knot& knot) { return knot.y < 0; };
  const auto at = last ? std::find_if(knots.rbegin(), knots.rend(), bad).base() - 1 : std::ranges::find_if(knots, bad);
  const Knot& a = *at;
  const Knot& b = last ? *(at + 1) : *(at - 1);
  x = a.x + (b.x - a.x) * (a.y / (a.y - b.y));
  return Crossing::Kind::reached;
}

}  // namespace

Crossing crossing_of(const Curve& curve, const std::string& metric, double level) {
  const bool logarithmic = is_error_rate(metric);
  const double sign = better(metric) == Better::higher ? 1 : -1;
  const auto height = [&](double value) {
    return sign * (logarithmic ? std::log(std::max(value, level / 100)) - std::log(level) : value - level);
  };
  std::vector<Knot> value, low, high;
  for (const Mark& mark : curve.marks) {
    if (!std::isfinite(mark.value) || !std::isfinite(mark.low) || !std::isfinite(mark.high)) continue;
    const bool none = logarithmic && mark.value <= 0;
    value.push_back({mark.x, height(none ? std::min(mark.high, level) : mark.value)});
    low.push_back({mark.x, height(mark.low)});
    high.push_back({mark.x, height(mark.high)});
  }
  Crossing out;
  if (value.empty()) return out;
  out.kind = cross(value, out.x);
  if (out.kind != Crossing::Kind::reached) return out;
  // On an axis along which things get worse the limits change sides by themselves.
  const bool rises = value.back().y >= 0;
  double ends[2];
  const std::vector<Knot>* limits[] = {&low, &high};
  for (int i = 0; i < 2; ++i) {
    const auto kind = cross(*limits[i], ends[i]);
    if (kind == Crossing::Kind::always) ends[i] = rises ? -INFINITY : INFINITY;
    if (kind == Crossing::Kind::never) ends[i] = rises ? INFINITY : -INFINITY;
  }
  out.low = std::min({ends[0], ends[1], out.x});
  out.high = std::max({ends[0], ends[1], out.x});
  return out;
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
