#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <tandem/error.hpp>
#include <vector>

namespace tandem::trainers {

/// Levels that represent given values at least mean square error, by Lloyd's method: bounds half way between levels, then
/// each level to the mean of what lies between its bounds. The error never grows; it may end in a local minimum.
class LevelSearch final {
 public:
  /// Begins at quantiles of the different values. Throws Error when there are fewer than `count` of them.
  LevelSearch(std::vector<float> values, std::size_t count) : values_(std::move(values)) {
    std::ranges::sort(values_);
    std::vector<float> different;
    std::ranges::unique_copy(values_, std::back_inserter(different));
    if (different.size() < count)
      throw Error("there are " + std::to_string(different.size()) + " different values, fewer than " + std::to_string(count) + " levels");
    for (std::size_t i = 0; i < count; ++i) levels_.push_back(different[(2 * i + 1) * different.size() / (2 * count)]);
    sums_.push_back(0);
    squares_.push_back(0);
    for (const double value : values_) {
      sums_.push_back(sums_.back() + value);
      squares_.push_back(squares_.back() + value * value);
    }
  }

  std::span<const float> levels() const { return levels_; }
  /// Goes on from levels that an earlier search came to.
  void go_on_from(std::vector<float> levels) { levels_ = std::move(levels); }
  /// One round; false when no level moved. A level that represents nothing stays where it is.
  bool step() {
    bool moved = false;
    const auto ends = cells();
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const std::size_t first = i == 0 ? 0 : ends[i - 1], last = ends[i];
      if (first == last) continue;
      const auto mean = static_cast<float>((sums_[last] - sums_[first]) / static_cast<double>(last - first));
      moved = moved || mean != levels_[i];
      levels_[i] = mean;
    }
    return moved;
  }
  double mean_square_error() const {
    double sum = 0;
    const auto ends = cells();
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const std::size_t first = i == 0 ? 0 : ends[i - 1], last = ends[i];
      const double level = levels_[i];
      sum += squares_[last] - squares_[first] - 2 * level * (sums_[last] - sums_[first]) + level * level * static_cast<double>(last - first);
    }
    return sum / static_cast<double>(values_.size());
  }

 private:
  // Where each level's values end; a value half way between two belongs to the upper one.
  std::vector<std::size_t> cells() const {
    std::vector<std::size_t> ends;
    for (std::size_t i = 1; i < levels_.size(); ++i) {
      const double bound = (static_cast<double>(levels_[i - 1]) + static_cast<double>(levels_[i])) / 2;
      const auto less = [](float value, double at) { return static_cast<double>(value) < at; };
      ends.push_back(static_cast<std::size_t>(std::lower_bound(values_.begin(), values_.end(), bound, less) - values_.begin()));
    }
    ends.push_back(values_.size());
    return ends;
  }

  std::vector<float> values_, levels_;
  std::vector<double> sums_, squares_;  // of the values before each
};

}  // namespace tandem::trainers
