#pragma once

#include <string>

#include "chart.hpp"
#include "scale.hpp"

namespace tandem::report {

struct Spot {
  double x = 0, y = 0;
};

/// A coordinate for SVG, to a tenth of a pixel.
std::string number(double value);
std::string pair(Spot spot);  ///< `x,y`

/// Values to pixels of the plot, whose upper left corner is 0, 0.
struct Plot {
  static constexpr double width = 520, least_height = 350;
  static constexpr double margin = 10;  ///< between frame and first and last value, so that no marker is cut

  Scale x, y;
  double height = least_height;

  Spot at(double value_x, double value_y) const;
  bool inside(Spot spot) const;
  /// Whether any of the line from a to b is inside; `out` is the last point that is.
  bool last_inside(Spot a, Spot b, Spot& out) const;
  /// Finite (below 1e300), and above 0 where the axis is logarithmic, if only by the upper limit.
  bool drawable(const Mark& mark) const;
  /// Nothing was counted, and the axis has no 0.
  bool is_limit(const Mark& mark) const { return y.logarithmic && mark.value <= 0; }
};

/// The plot that holds all measured curves; as high as all labels, `label_height` each. Throws Error where nothing can be
/// drawn.
Plot plot_of(const Chart& chart, double label_height);

}  // namespace tandem::report
