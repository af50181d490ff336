#pragma once

#include <string>

namespace tandem::report {

/// CSS for the pictures of curves: light and dark ground, a class a colour (`c0`, `c1`, ...). It holds inside elements of
/// class `curves` alone, also where one stands in a page.
std::string curves_style();

inline constexpr std::size_t curve_colours = 8;

}  // namespace tandem::report
