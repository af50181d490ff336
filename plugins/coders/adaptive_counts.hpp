#pragma once

#include <cstddef>
#include <cstdint>
#include <tandem/model.hpp>
#include <utility>
#include <vector>

namespace tandem::coders {

/// How often each of a few symbols has come, as a distribution for the range coder.
class AdaptiveCounts final {
 public:
  static constexpr int bits = 20;
  explicit AdaptiveCounts(std::size_t symbols)
      : counts_(symbols, first), probabilities_(symbols), frequencies_(symbols), sum_(first * static_cast<double>(symbols)) {}

  void seen(std::uint32_t symbol) { counts_[symbol] += 1, sum_ += 1; }
  Interval interval(std::uint32_t symbol) {
    round();
    Interval out;
    for (std::uint32_t s = 0; s < symbol; ++s) out.cumulative += frequencies_[s];
    out.frequency = frequencies_[symbol];
    return out;
  }
  std::pair<std::uint32_t, Interval> find(std::uint32_t target) {
    round();
    Interval out;
    std::uint32_t symbol = 0;
    for (; out.cumulative + frequencies_[symbol] <= target; ++symbol) out.cumulative += frequencies_[symbol];
    out.frequency = frequencies_[symbol];
    return {symbol, out};
  }

 private:
  static constexpr double first = 0.05;  // what a symbol counts before it came
  void round() {
    for (std::size_t s = 0; s < counts_.size(); ++s) probabilities_[s] = counts_[s] / sum_;
    round_distribution(probabilities_, bits, frequencies_);
  }
  std::vector<double> counts_, probabilities_;
  std::vector<std::uint32_t> frequencies_;
  double sum_;
};

}  // namespace tandem::coders
