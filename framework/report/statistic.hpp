#pragma once

#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/counted.hpp"
#include "host/paired.hpp"

namespace tandem::report {

using host::FrameValues;

/// One row of one metric.
struct Statistic {
  std::size_t metric = 0, index = 0;
  const Row* row = nullptr;
  std::string name;
  std::shared_ptr<Metric> component;  ///< of a function

  /// NaN where it is a share of nothing.
  double value(std::span<const double> sums, double frames) const {
    if (row->kind == Row::Kind::function) return component->evaluate(index, sums, static_cast<std::uint64_t>(frames));
    const double whole = of(sums, frames);
    return whole == 0 ? std::nan("") : sums[static_cast<std::size_t>(row->numerator)] / whole;
  }
  double of(std::span<const double> sums, double frames) const {
    return row->denominator < 0 || row->kind == Row::Kind::mean ? frames
                                                                : sums[static_cast<std::size_t>(row->denominator)];
  }
};

/// Sums of each quantity over the first frames.
std::vector<double> sums_of(const FrameValues& values, std::uint64_t frames);

/// The value of a row on resampled frames, and what it is a share of.
struct Spread {
  std::vector<double> values, of;  ///< a resample each
};

/// Of each lane, on the first frames of all of them: the same weights for all. Fixed: the same at each call.
std::vector<Spread> spreads(const Statistic& statistic, const std::vector<const FrameValues*>& lanes,
                            std::uint64_t frames, std::size_t resamples, int threads);

/// Frames that differ between two arms, and which way.
struct Counted {
  host::Discordant discordant;
  bool single = true;  ///< every frame is one trial, right or wrong
  double largest_of = 0;
};

/// `pooled`: the value of both together, from which a frame's share of a ratio's difference is taken.
Counted count(const Statistic& statistic, const FrameValues& baseline, const FrameValues& other, std::uint64_t frames,
              double pooled);

}  // namespace tandem::report
