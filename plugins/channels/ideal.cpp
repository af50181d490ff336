// A channel without noise.
#include "hard.hpp"

namespace {
class Ideal final : public tandem::Channel, public tandem::Law {
  bool has_snr() const override { return false; }

  tandem::Observation transmit(const tandem::Symbols& x, float n0, const tandem::Noise&) const override {
    return {.y = x, .h = {}, .csi = {}, .n0 = n0};
  }

  void log_likelihood(const tandem::Observation& observation, std::span<const float> point,
                      tandem::Ragged<float>& out) const override {
    tandem::sum_over_dimensions(observation.y, point, out, [](float y, float p) {
      return tandem::channels::same(y, p) ? 0.0f : -tandem::channels::certain;
    });
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(Ideal, tandem::Channel, "ideal", "1.0.0", "no noise at all")
