#include "calibration.hpp"

#include <cmath>

#include "law.hpp"

namespace tandem::conformance {

// If the LLRs are true, bit - p is a sum of martingale differences for any weight that is a function of the LLR. Two
// weights are enough: the sign of L finds turned and exchanged values, L itself wrong scales.
void require_calibrated(const Ragged<float>& llr, const Bits& bits) {
  require(llr.rows() == bits.rows() && llr.size() == bits.size(), "{} LLRs come for {} bits", llr.size(), bits.size());
  double sum[2] = {}, spread[2] = {};
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    const double l = static_cast<double>(llr.values()[i]);
    require(!std::isnan(l), "an LLR is not a number");
    wrong += bits.values()[i] ? l > 0 : l < 0;
    const double clipped = std::clamp(l, -30.0, 30.0), p = 1 / (1 + std::exp(clipped));
    const double weights[2] = {l > 0 ? 1.0 : -1.0, clipped};
    for (int w = 0; w < 2; ++w) {
      sum[w] += weights[w] * (static_cast<double>(bits.values()[i]) - p);
      spread[w] += weights[w] * weights[w] * p * (1 - p);
    }
  }
  require(2 * wrong < bits.size() || bits.size() < 100, "{} of {} LLRs have the wrong sign: bit 0 is positive", wrong, bits.size());
  for (int w = 0; w < 2; ++w) {
    const double deviations = std::abs(sum[w]) / std::sqrt(spread[w] + 1e-3);
    require(deviations <= sigmas + 1, "LLRs are not the log-ratios of the probabilities: they are {:.1f} standard deviations {}", deviations, sum[w] > 0 ? "too large" : "too small");
  }
}

bool gaussian(std::span<const double> noise, float n0) {
  const double variance = static_cast<double>(n0) / 2;
  double fourth = 0;
  for (const double value : noise) fourth += value * value * value * value;
  fourth /= static_cast<double>(noise.size()) * variance * variance;
  return std::abs(fourth - 3) <= 10 * std::sqrt(96.0 / static_cast<double>(noise.size()));  // var x^4 = 96
}

}  // namespace tandem::conformance
