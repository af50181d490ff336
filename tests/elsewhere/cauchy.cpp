// Additive Cauchy noise: so impulsive that it has no variance. Its strength is its geometric power exp(E ln |noise|):
// at scale 1 that of Gaussian noise at the Es/N0 asked for, which makes the width sqrt(N0 / (4 exp(0.5772))).
#include <cmath>
#include <tandem/channel.hpp>
#include <tandem/math.hpp>
#include <tandem/uses.hpp>

using namespace tandem;

class Cauchy final : public Channel, public Law {
  void fields(Fields& f) override {
    f("scale", scale_, 1.0).range(1e-3, 1e3).doc("multiplies the noise; 1 keeps the geometric power of Gaussian noise");
    f.source("Gonzalez, Paredes, Arce: Zero-Order Statistics, IEEE TSP 54(10), 2006").example(R"({"scale": 1})");
  }
  Exactness exactness() const override { return Exactness::portable; }

  float width(float n0) const { return static_cast<float>(scale_) * std::sqrt(n0 / 7.1242898f); }

  Observation transmit(const Symbols& x, float n0, const Noise& noise) const override {
    Observation out{.y = x, .h = {}, .csi = {}, .n0 = n0};
    auto angle = x.values, sine = angle, cosine = angle;  // for their rows; the values are overwritten
    noise.uniforms(angle);
    for (float& value : angle.values()) value = (value - 0.5f) * 3.14159265f;
    math::sincos(angle.values(), sine.values(), cosine.values());
    for (std::size_t i = 0; i < angle.size(); ++i)
      out.y.values.values()[i] += width(n0) * sine.values()[i] / cosine.values()[i];
    return out;
  }

  void log_likelihood(const Observation& seen, std::span<const float> point, Ragged<float>& out) const override {
    sum_over_dimensions(seen.y, point, out, [width = width(seen.n0)](double y, double sent) {
      return static_cast<float>(-math::log(1 + (y - sent) * (y - sent) / (width * width)));
    });
  }

  double scale_ = 1;
};
TANDEM_PLUGIN(Cauchy, Channel, "cauchy", "1.0.0", "additive Cauchy noise, impulsive")
