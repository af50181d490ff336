#pragma once

#include <cstdint>

#include "chart.hpp"
#include "names.hpp"

namespace tandem::report {

/// Where a curve comes to a level.
struct Crossing {
  enum class Kind : std::uint8_t {
    reached,
    never,   ///< not at any mark
    always,  ///< at every mark already
    unclear  ///< there is no mark
  };
  Kind kind = Kind::unclear;
  double x = 0;
  double low = 0, high = 0;  ///< where the limits of the values' intervals come to it; infinite where they do not
};

/// As `reach` reads it, logarithmically where the metric is an error rate; on an axis along which things get worse, up to
/// where the curve has been good from its beginning. `level` is above 0 for an error rate.
Crossing crossing_of(const Curve& curve, const std::string& metric, double level);

/// b.x - a.x, with limits by the method of variance estimates recovery (Zou, Donner: Statistics in Medicine 27, 2008) as if
/// the two were independent. Both are reached.
Crossing difference(const Crossing& a, const Crossing& b);

/// The first level that two arms come to, of those that people ask for: 0.9, 0.5, 0.99 of a score, 1e-2, 1e-1, 1e-3 of an
/// error rate; else one that a single arm comes to, else the first. 0 where the metric has none.
double level_of(const Chart& chart);

}  // namespace tandem::report
