#include "plot.hpp"

#include "names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tandem/error.hpp>

namespace tandem::report {

std::string number(double value) {
  const double rounded = std::round(value * 10) / 10;
  return fmt::format("{:g}", rounded == 0 ? 0.0 : rounded);  // -0 is 0
}

std::string pair(Spot spot) { return number(spot.x) + "," + number(spot.y); }

Spot Plot::at(double value_x, double value_y) const {
  // Far outside is as good as infinitely far, and has short numbers.
  const double down = std::clamp(y.at(value_y), -10.0, 10.0);
  return {margin + std::clamp(x.at(value_x), -10.0, 10.0) * (width - 2 * margin), (1 - down) * height};
}

bool Plot::inside(Spot spot) const { return spot.x >= 0 && spot.x <= width && spot.y >= -0.05 && spot.y <= height + 0.05; }

// Liang and Barsky 1984: each side cuts off a part of the line's parameter.
bool Plot::last_inside(Spot a, Spot b, Spot& out) const {
  double from = 0, to = 1;
  const auto cut = [&](double start, double step, double limit) {  // keeps where start + t step <= limit
    if (step == 0) return start <= limit;
    const double t = (limit - start) / step;
    if (step > 0)
      to = std::min(to, t);
    else
      from = std::max(from, t);
    return from <= to;
  };
  const double dx = b.x - a.x, dy = b.y - a.y;
  if (!cut(a.x, dx, width) || !cut(-a.x, -dx, 0) || !cut(a.y, dy, height) || !cut(-a.y, -dy, 0)) return false;
  // What leaves at the bottom ends just above the frame, so that a leader from there is seen.
  if (b.y > height && dy > 0) to = std::max(from, std::min(to, (height - 8 - a.y) / dy));
  out = {a.x + to * dx, a.y + to * dy};
  return true;
}

bool Plot::drawable(const Mark& mark) const {
  for (const double value : {mark.x, mark.value, mark.low, mark.high})
    if (!(std::abs(value) < 1e300)) return false;  // spans of more are infinite
  return !y.logarithmic || mark.value > 0 || mark.high > 0;
}

Plot plot_of(const Chart& chart, double label_height) {
  Plot plot;
  plot.y.logarithmic = is_error_rate(chart.metric);
  double low_x = INFINITY, high_x = -INFINITY, low = INFINITY, high = -INFINITY, low_band = INFINITY, high_band = -INFINITY;
  for (const Curve& curve : chart.curves) {
    if (curve.kind != Curve::Kind::measured) continue;
    for (const Mark& mark : curve.marks) {
      if (!plot.drawable(mark)) continue;
      const double shown = plot.is_limit(mark) ? mark.high : mark.value;
      low_x = std::min(low_x, mark.x), high_x = std::max(high_x, mark.x);
      low = std::min(low, shown), high = std::max(high, shown);
      low_band = std::min(low_band, mark.low), high_band = std::max(high_band, mark.high);
    }
  }
  if (low_x > high_x) throw Error("there is no value of " + chart.metric + " to draw");
  // Bands may be cut off a little, so that a share does not get an axis up to 1.2; below on a logarithmic axis without
  // limit, as a lower limit near 0 would take decades.
  // A score's mean cannot leave 1, whatever its interval.
  if (high <= 1 && is_share(chart.metric)) high_band = std::min(high_band, 1.0);
  const double little = 0.01 * (high_band - low_band);
  high = std::max(high, high_band - little);
  if (!plot.y.logarithmic) low = std::min(low, low_band + little);
  if (plot.y.logarithmic) high = std::max(high, 1e-200);  // decades further down cannot be told in a double
  plot.x = linear_scale(low_x, high_x, 10);
  // A little room below for the arrows of limits; of an absurd range the upper part is enough.
  plot.y = plot.y.logarithmic ? logarithmic_scale(std::max(low / 1.4, high * 1e-18), high) : rounded_scale(low, high, 8);
  plot.height = std::max(Plot::least_height, static_cast<double>(chart.curves.size()) * label_height);
  return plot;
}

}  // namespace tandem::report
