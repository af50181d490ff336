#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "statistics.hpp"

/// Statistics of two arms on the same frames.
namespace tandem::host {

/// McNemar's exact test, that is the sign test: the two-sided probability that of `first` + `second` frames that
/// differ, each falling either way with probability 1/2, so few or fewer fall the rarer way. 1 where none differs.
double mcnemar(std::uint64_t first, std::uint64_t second);

/// Frames that fell one way or the other, and by how much on average.
struct Discordant {
  std::uint64_t more = 0, less = 0;     ///< frames in which the second arm has more, and less
  double more_size = 1, less_size = 1;  ///< mean size of such a difference
  std::uint64_t frames = 0;             ///< all of them
};
/// Interval of (more x more_size - less x less_size) / frames: limits of Clopper and Pearson for either share, which
/// are anticorrelated as shares of one whole, joined by the method of variance estimates recovery (Newcombe: Statistics
/// in Medicine 17, 1998, 2635, with exact limits; Zou, Donner: the same 27, 2008). The sizes are taken as known.
Interval difference_interval(const Discordant& counts, double level = 0.95);

/// Holm's step-down adjustment (Scandinavian Journal of Statistics 6, 1979): an adjusted value below a rejects at the
/// family-wise level a. In the order given.
std::vector<double> holm(std::span<const double> p);

/// Weighted sums over frames: the bootstrap with Poisson(1) weights (Hanley, MacGibbon: Computer Methods and Programs
/// in Biomedicine 83, 2006). The weight of a frame depends on its index and the resample alone, so that all arms,
/// points and metrics are resampled together, whatever their numbers of frames. From frame 16,384 on, neighbours share
/// a weight: 2 of them, 4 from 32,768 on, and so on. Sums of whole numbers are whole.
struct Resampled {
  std::vector<double> frames;             ///< sum of the weights, a resample each
  std::vector<std::vector<double>> sums;  ///< by column, then by resample
};
/// `columns`: values of at least `frames` frames each. The result does not depend on `threads`.
Resampled resample(std::span<const std::span<const double>> columns, std::uint64_t frames, std::size_t resamples,
                   std::uint64_t seed, int threads);

/// The q-quantile of sorted values, interpolated (Hyndman and Fan 1996, definition 7).
double quantile(std::span<const double> sorted, double q);

/// Two-sided test that a difference is 0, from its resamples: twice the smaller share on either side of 0. Where fewer
/// than 10 lie there, too few tell: then the normal law with their standard deviation about the difference, where that is
/// less.
double bootstrap_test(double difference, std::span<const double> sorted);

}  // namespace tandem::host
