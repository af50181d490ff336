#pragma once

#include <span>
#include <vector>

namespace tandem::report {

/// The SNR from which on a curve stays on the better side of a level. Where the curve does not tell, the bounds differ:
/// beyond the last point (`high` infinite), or before the first one (`low` infinite).
struct Reach {
  double low = 0, high = 0;
  bool exact() const { return low == high; }
  bool not_reached() const;
};

/// How a curve is read between its points.
struct CurveReading {
  double level = 0;
  bool logarithmic = false;  ///< the metric's logarithm is interpolated, else the metric
  bool falling = true;       ///< below the level is better
};

/// `x` rises. Values that are NaN are passed over; a logarithm needs values above 0.
Reach reach(std::span<const double> x, std::span<const double> values, const CurveReading& reading);

/// A rate as its logarithm can be taken: 0 of `of` as half an event.
inline double above_zero(double rate, double of) { return rate == 0 && of > 0 ? 0.5 / of : rate; }

/// How much less SNR `other` needs than `baseline`, in dB: bounds that differ where one of them is not reached.
Reach gain(const Reach& baseline, const Reach& other);

/// Limits that hold the gain in the middle `level` of all resamples; each counts with its worse bound.
Reach middle(const std::vector<Reach>& gains, double level = 0.95);

}  // namespace tandem::report
