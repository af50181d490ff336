// Additive Laplacian noise: heavier tails than Gaussian at the same power.
#include <cmath>
#include <tandem/channel.hpp>

namespace {
class Laplace final : public tandem::Channel {
  void fields(tandem::Fields& f) override {
    f("scale", scale_, 1.0).range(0, 100).doc("multiplies the noise amplitude; 1 keeps the Es/N0 that was asked for");
  }
  tandem::Observation transmit(const tandem::Symbols& x, float n0, const tandem::Noise& noise) const override {
    tandem::Observation out{.y = {{}, x.dimensions_per_use}, .h = {}, .csi = {}, .n0 = n0};
    const float b = std::sqrt(n0 / 4) * static_cast<float>(scale_);      // variance 2 b^2 = N0/2 a dimension
    for (std::size_t frame = 0; frame < x.values.rows(); ++frame) {
      auto y = out.y.values.append(x.values[frame].size());
      noise.uniforms(frame, y);
      for (std::size_t i = 0; i < y.size(); ++i) {
        const float u = y[i] - 0.5f;
        y[i] = x.values[frame][i] - b * std::copysign(std::log1p(-2 * std::abs(u)), u);
      }
    }
    return out;
  }
  double scale_ = 1;
};
}  // namespace
TANDEM_PLUGIN(Laplace, tandem::Channel, "laplace", "1.0.0", "additive Laplacian noise")
