// Additive white Gaussian noise.
#include <cmath>
#include <tandem/channel.hpp>

namespace {
class Awgn final : public tandem::Channel {
  void fields(tandem::Fields& f) override {
    f.source("Proakis, Salehi: Digital Communications, 5th edition, section 4.1; variance N0/2 a dimension");
  }

  tandem::Observation transmit(const tandem::Symbols& x, float n0, const tandem::Noise& noise) const override {
    tandem::Observation out{.y = x, .h = {}, .csi = {}, .n0 = n0};
    noise.normals(out.y.values);
    const float sigma = std::sqrt(n0 / 2);
    const auto* sent = x.values.values().data();
    auto* y = out.y.values.values().data();
    const std::size_t size = x.values.size();
    for (std::size_t i = 0; i < size; ++i) y[i] = sent[i] + sigma * y[i];
    return out;
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(Awgn, tandem::Channel, "awgn", "1.0.0", "additive white Gaussian noise")
