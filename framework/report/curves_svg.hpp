#pragma once

#include <string>

#include "chart.hpp"

namespace tandem::report {

/// The chart as a picture of its own or for an HTML page (no ids, no scripts, no fonts): readable on light and dark
/// ground, colours of Okabe and Ito, and a marker of its own for each arm. A curve's label stands at the right, at the
/// height of the curve's end. The axes span the measured curves; the others are cut off there. On a logarithmic axis a
/// value of 0 is drawn as an arrow down from its upper limit, joined to nothing. The same chart gives the same bytes.
/// Throws Error where no measured mark can be drawn.
std::string curves_svg(const Chart& chart);

/// The same inside a page, which has curves_style() once and the title elsewhere: each curve's marks can be reached by
/// keyboard, and where the labels at the right are cut off, beyond `plot_width` of `width`, the legend stands in for them.
struct Picture {
  std::string svg, legend;  ///< the legend as list items
  double width = 0, plot_width = 0;
};
Picture curves_for_page(const Chart& chart);

}  // namespace tandem::report
