#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <tandem/metric.hpp>
#include <vector>

namespace tandem::host {

struct Interval {
  double low = 0, high = 0;
};

/// Sums over frames of a metric's quantities and of their products. Doubles are added in the order of the calls: in
/// frame order in a unit, then over units in order, so that the same units always give the same bits. Not thread-safe.
struct Moments {
  std::uint64_t frames = 0;
  std::vector<double> sums;            ///< one a quantity; empty before the first frame
  std::vector<double> products;        ///< upper triangle by rows: (0,0) (0,1) ... (1,1) (1,2) ...
  std::vector<double> least, largest;  ///< of the values of single frames
  std::vector<std::uint64_t> nonzero;  ///< frames whose value is not 0

  /// Throws Error when the number of quantities changes.
  void add_frame(std::span<const double> values);
  /// Adds later frames; moments without any frame change nothing.
  void merge(const Moments& later);
  /// Sum of quantity i times quantity j.
  double product(std::size_t i, std::size_t j) const;

  bool operator==(const Moments&) const = default;
};

/// A reported figure with its confidence interval. `count` of `of` trials for proportions and shares.
struct Figure {
  double value = 0, low = 0, high = 0;
  std::optional<double> count, of;
};

/// Clopper and Pearson (Biometrika 26, 1934): low = BetaInv(a/2; x, n-x+1), high = BetaInv(1-a/2; x+1, n-x), a = 1 -
/// level; two-sided for every count, so that 0 of n gives [0, 1 - (a/2)^(1/n)]. No trials: [0, 1]. Throws Error unless
/// 0 <= count <= trials.
Interval clopper_pearson(double count, double trials, double level = 0.95);
/// The one-sided upper limit where nothing was counted in `trials` trials: 1 - a^(1/n), 2.996/n at 95 % (rule of
/// three). This, not clopper_pearson, is what figures show for a count of 0, and its mirror image where every trial
/// counts.
double upper_limit_of_none(double trials, double level = 0.95);

/// Interval of sum(numerator) / sum(denominator) clustered by frame, the frame being the sampling unit
/// (Cochran: Sampling Techniques, 3rd edition, chapter 6); `denominator` -1: the number of frames, that is a mean.
/// - In general value -+ t sqrt(F/(F-1) sum (numerator - value denominator)^2) / sum(denominator), t of F - 1 degrees
/// of
///   freedom; never below 0 when no frame's numerator is.
/// - Fewer than 30 frames with a numerator, less than half of all, none negative: the normal law does not hold yet. The
/// ratio is the share of such
///   frames times their mean numerator; the limits of Clopper and Pearson for the share and those of the mean on a
///   logarithmic scale are joined by the method of variance estimates recovery (Zou, Donner: Statistics in Medicine 27,
///   2008). The spread of a single such frame is not known and left out.
/// - No numerator at all: an upper limit, taking frames as trials: upper_limit_of_none for F frames times
///   F largest denominator / sum(denominator), at most 1. It holds for shares: numerators up to the denominator.
///   Numerator and denominator equal in every frame: the mirror image, a lower limit.
/// - One frame otherwise: its spread is not known, and both limits are the value.
Interval ratio_interval(const Moments& moments, std::size_t numerator, int denominator, double level = 0.95);

/// A row's figure at 95 %. Proportions by clopper_pearson or upper_limit_of_none, shares, ratios and means by ratio_interval, a share at most 1;
/// functions by the delta method: the gradient of Metric::evaluate over the sums by differences of an eighth of each
/// sum's standard error (whole numbers where the sums are), the covariance of all quantities over frames, and t of F -
/// 1 degrees of freedom. `metric` is needed for rows of kind `function` alone. A denominator of 0, or no frames, gives
/// NaN for all three. Limits are rounded to 10 significant digits: they are then the same whichever mathematical
/// library computes them. Throws Error for a row that does not fit the moments.
Figure figure(const Row& row, std::size_t row_index, const Metric* metric, const Moments& moments);

}  // namespace tandem::host
