// Quadrature phase-shift keying: two bits, two dimensions a use.
#include <array>
#include <cmath>
#include <tandem/math.hpp>
#include <vector>

#include "antipodal.hpp"

namespace {
constexpr float amplitude = 0.70710678118654752f;

// ln(exp(a) + exp(b)) for each value, into a.
void log_sum(std::vector<float>& a, const std::vector<float>& b, std::vector<float>& scratch) {
  const std::size_t size = a.size();
  for (std::size_t i = 0; i < size; ++i) scratch[i] = a[i] == b[i] ? 0.0f : -std::abs(a[i] - b[i]);
  tandem::math::exp(scratch, scratch);
  for (float& value : scratch) value += 1;
  tandem::math::log(scratch, scratch);
  for (std::size_t i = 0; i < size; ++i) a[i] = (a[i] > b[i] ? a[i] : b[i]) + scratch[i];
}

class Qpsk final : public tandem::DigitalModem {
  void fields(tandem::Fields& f) override {
    f.source(
        "3GPP TS 38.211, clause 5.1.3: in-phase from the first bit, quadrature from the second, bit 0 is positive");
  }
  int dimensions_per_use() const override { return 2; }
  std::size_t bits_per_use() const override { return 2; }

  tandem::Symbols modulate(const tandem::Bits& bits) const override {
    return tandem::modems::antipodal_symbols(bits, 2, amplitude);
  }

  tandem::Reception demodulate(const tandem::Observation& observation, const tandem::Law* law) const override {
    if (!law) return tandem::modems::gaussian_reception<2>(observation, amplitude);
    tandem::Reception out{tandem::modems::shaped_like<float>(observation.y.values),
                          tandem::modems::matched_filter<2>(observation, amplitude)};
    std::array<std::vector<float>, 4> likelihoods;  // of the points of bits 00, 01, 10, 11
    tandem::Ragged<float> likelihood;
    for (std::size_t point = 0; point < 4; ++point) {
      law->log_likelihood(
          observation, std::array{point & 2 ? -amplitude : amplitude, point & 1 ? -amplitude : amplitude}, likelihood);
      likelihoods[point].assign(likelihood.values().begin(), likelihood.values().end());
    }
    first_minus_second(likelihoods[0], likelihoods[1], likelihoods[2], likelihoods[3], out.llr.values().data());
    first_minus_second(likelihoods[0], likelihoods[2], likelihoods[1], likelihoods[3], out.llr.values().data() + 1);
    return out;
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  // The LLR of a bit that is 0 in the points a, b and 1 in the points c, d; every other value of `llr`.
  static void first_minus_second(std::vector<float> a, const std::vector<float>& b, std::vector<float> c,
                                 const std::vector<float>& d, float* llr) {
    std::vector<float> scratch(a.size());
    log_sum(a, b, scratch);
    log_sum(c, d, scratch);
    for (std::size_t use = 0; use < a.size(); ++use) llr[2 * use] = a[use] - c[use];
  }
};
}  // namespace
TANDEM_PLUGIN(Qpsk, tandem::Modem, "qpsk", "1.0.0", "quadrature phase-shift keying, Gray mapped")
