// Additive Laplacian noise: heavier tails than Gaussian at the same power.
#include <cmath>
#include <tandem/channel.hpp>
#include <tandem/math.hpp>

namespace {
class Laplace final : public tandem::Channel {
  void fields(tandem::Fields& f) override {
    f("scale", scale_, 1.0).range(0, 100).doc("multiplies the noise amplitude; 1 keeps the Es/N0 that was asked for");
  }
  tandem::Observation transmit(const tandem::Symbols& x, float n0, const tandem::Noise& noise) const override {
    tandem::Observation out{.y = x, .h = {}, .csi = {}, .n0 = n0};
    const float b = std::sqrt(n0 / 4) * static_cast<float>(scale_);  // variance 2 b^2 = N0/2 a dimension
    auto u = x.values, tail = x.values;                              // for their rows; the values are overwritten
    noise.uniforms(u);
    for (std::size_t i = 0; i < u.size(); ++i) tail.values()[i] = 2 * std::min(u.values()[i], 1 - u.values()[i]);
    tandem::math::log(tail.values(), tail.values());
    for (std::size_t i = 0; i < u.size(); ++i)
      out.y.values.values()[i] += std::copysign(b * tail.values()[i], u.values()[i] - 0.5f);
    return out;
  }
  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
  double scale_ = 1;
};
}  // namespace
TANDEM_PLUGIN(Laplace, tandem::Channel, "laplace", "1.0.0", "additive Laplacian noise")
