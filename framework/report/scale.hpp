#pragma once

#include <string>
#include <vector>

namespace tandem::report {

/// One axis: which values it shows and where its lines stand.
struct Scale {
  bool logarithmic = false;
  double low = 0, high = 1;
  std::vector<double> major, minor;  ///< lines with and without a number; logarithmic: the decades
  int decimals = 0;                  ///< of the numbers at a linear axis

  /// Where a value stands: 0 at `low`, 1 at `high`; far below 0 for what has no logarithm.
  double at(double value) const;
};

/// From `low` to `high` exactly, with lines at multiples of 1, 2 or 5 times a power of ten: at most `lines` with a number.
Scale linear_scale(double low, double high, int lines);
/// As above, from and to a line, so that all values are inside. Begins at 0 where that leaves little empty.
Scale rounded_scale(double low, double high, int lines);
/// From and to 1, 2 or 5 times a power of ten, at least two decades' lines among them. Both limits are above 0.
Scale logarithmic_scale(double low, double high);

/// A number of a linear axis, with a true minus sign.
std::string shown(double value, int decimals);

/// Positions as near to the wanted ones as can be (least squares), in the same order, `spacing` apart, inside
/// [low, high] if there is room. `wanted` is in rising order.
std::vector<double> moved_apart(const std::vector<double>& wanted, double spacing, double low, double high);

}  // namespace tandem::report
