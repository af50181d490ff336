// The erasure channel: what arrives is right.
#include "hard.hpp"

namespace {
class Bec final : public tandem::Channel, public tandem::Law {
  void fields(tandem::Fields& f) override {
    f("erase", erase_, 0.1)
        .range(0, 1)
        .doc("probability that a dimension is lost; it is received as 0 and its LLR is 0");
    f.source("Cover, Thomas: Elements of Information Theory, 2nd edition, section 7.1.5");
    f.example(R"({"erase": 0.2})");
  }
  bool has_snr() const override { return false; }
  bool linear() const override { return false; }

  tandem::Observation transmit(const tandem::Symbols& x, float n0, const tandem::Noise& noise) const override {
    tandem::Observation out{
        .y = {tandem::channels::events(x.values, erase_, noise), x.dimensions_per_use}, .h = {}, .csi = {}, .n0 = n0};
    const auto sent = x.values.values();
    const auto y = out.y.values.values();
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = y[i] > 0 ? 0.0f : sent[i];
    return out;
  }

  void log_likelihood(const tandem::Observation& observation, std::span<const float> point,
                      tandem::Ragged<float>& out) const override {
    tandem::sum_over_dimensions(observation.y, point, out, [](float y, float p) {
      return y == 0 || tandem::channels::same(y, p) ? 0.0f : -tandem::channels::certain;
    });
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  double erase_ = 0.1;
};
}  // namespace
TANDEM_PLUGIN(Bec, tandem::Channel, "bec", "1.0.0", "binary erasure channel: loses bits")
