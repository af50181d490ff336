// Flat Rayleigh fading, phase compensated, with Gaussian noise.
#include <cmath>
#include <tandem/channel.hpp>
#include <tandem/math.hpp>
#include <tandem/uses.hpp>

#include "noncoherent.hpp"

namespace {
using tandem::Observation, tandem::Ragged, tandem::Symbols;

template <std::size_t Dimensions>
void fade(const Symbols& x, const Ragged<float>& h, float sigma, Ragged<float>& noise_to_y) {
  const auto* sent = x.values.values().data();
  const auto* gain = h.values().data();
  auto* y = noise_to_y.values().data();
  const std::size_t uses = h.size();
  for (std::size_t use = 0; use < uses; ++use)
#pragma GCC unroll 2
    for (std::size_t d = 0; d < Dimensions; ++d) {
      const std::size_t i = use * Dimensions + d;
      y[i] = gain[use] * sent[i] + sigma * y[i];
    }
}

class Rayleigh final : public tandem::Channel, public tandem::Law {
  void fields(tandem::Fields& f) override {
    f("fading", fading_, "use")
        .choices({"use", "frame", "group"})
        .doc("what shares one gain: nothing, the uses of a frame, or the frames of an aligned group");
    f("group_size", group_size_, 16).range(1, 1e9).unit("frames").doc("frames that share a gain where fading is group");
    f("csi", csi_, "perfect").choices({"perfect", "none"}).doc("what the receiver knows of each gain");
    f("mean_square", mean_square_, 1.0).range(1e-6, 100).doc("E h^2; 2 is the convention of ECCT and LM-SSCC");
    f("llr", llr_, "exact")
        .choices({"exact", "linear"})
        .doc("without csi: the likelihood averaged over the gain of each use, or that of the mean gain");
    f.source(
        "Proakis, Salehi: Digital Communications, 5th edition, sections 13.3 and 14.3; mean square 2 and linear LLRs: "
        "Choukroun, Wolf: Error Correction Code Transformer, NeurIPS 2022");
    f.example(R"({"fading": "use", "csi": "none", "mean_square": 2})");
  }

  Observation transmit(const Symbols& x, float n0, const tandem::Noise& noise) const override {
    Observation out{.y = x, .h = gains(x, noise.stream(1)), .csi = {}, .n0 = n0};
    if (csi_ == "perfect") out.csi = out.h;
    noise.normals(out.y.values);
    const float sigma = std::sqrt(n0 / 2);
    if (x.dimensions_per_use == 1)
      fade<1>(x, out.h, sigma, out.y.values);
    else if (x.dimensions_per_use == 2)
      fade<2>(x, out.h, sigma, out.y.values);
    else
      throw tandem::Error("a use must have 1 or 2 dimensions");
    return out;
  }

  bool applies() const override { return csi_ == "none"; }

  // With E = |point|^2, q = <y, point> and mean square W: p(y | point) is exp(-|y|^2 / N0) times the integral of
  // (2 h / W) exp(-a h^2 + 2 b h) over h > 0, where a = 1 / W + E / N0 and b = q / N0.
  void log_likelihood(const Observation& observation, std::span<const float> point, Ragged<float>& out) const override {
    tandem::sum_over_dimensions(observation.y, point, out, [](float y, float p) { return y * p; });
    double energy = 0;
    for (const double p : point) energy += p * p;
    const double n0 = observation.n0, a = 1 / mean_square_ + energy / n0;
    if (llr_ == "linear") {
      const double mean = std::sqrt(0.78539816339744831 * mean_square_);  // sqrt(pi W / 4)
      const auto slope = static_cast<float>(2 * mean / n0), constant = static_cast<float>(mean * mean * energy / n0);
      for (float& value : out.values()) value = slope * value - constant;
      return;
    }
    const auto scale = static_cast<float>(1 / (n0 * std::sqrt(a)));
    const auto constant = static_cast<float>(tandem::math::log(a * mean_square_));
    for (float& value : out.values()) value *= scale;
    tandem::channels::log_rayleigh_integral(out.values());
    for (float& value : out.values()) value -= constant;
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  // h^2 is exponential.
  void to_gains(Ragged<float>& uniforms) const {
    const auto values = uniforms.values();
    tandem::math::log(values, values);
    const auto power = static_cast<float>(-mean_square_);
    for (float& value : values) value = std::sqrt(power * value);
  }

  Ragged<float> gains(const Symbols& x, const tandem::Noise& noise) const {
    auto out = tandem::one_a_use(x);
    if (fading_ == "use") {
      noise.uniforms(out);
      to_gains(out);
      return out;
    }
    Ragged<float> one(x.values.rows(), 1);
    (fading_ == "group" ? noise.group(group_size_) : noise).uniforms(one);
    to_gains(one);
    for (std::size_t row = 0; row < out.rows(); ++row) std::ranges::fill(out[row], one.values()[row]);
    return out;
  }

  std::string fading_ = "use", csi_ = "perfect", llr_ = "exact";
  std::size_t group_size_ = 16;
  double mean_square_ = 1;
};
}  // namespace
TANDEM_PLUGIN(Rayleigh, tandem::Channel, "rayleigh", "1.0.0", "flat Rayleigh fading with Gaussian noise")
