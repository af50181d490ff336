// first-channel: Gaussian noise with impulses.
#include <cmath>
#include <tandem/channel.hpp>

namespace {
using namespace tandem;

// A channel turns symbols into what is observed. One instance serves all threads: calls are const, scratch is local.
class FirstChannel final : public Channel {
  // Every parameter once: parsing, defaults, range checks and `tandem describe` come from here.
  void fields(Fields& f) override {
    f("share", share_, 0.1).range(0, 1).doc("of the values that an impulse hits");
    f("power", power_, 10.0).range(1, 1e6).doc("of an impulse, in units of the background's power");
    f.source("the two-term mixture of Middleton's class A noise, IEEE Trans. Electromagn. Compat. 19(3), 1977");
    f.example(R"({"share": 0.1, "power": 10})");
  }

  Observation transmit(const Symbols& x, float n0, const Noise& noise) const override {
    Observation out{.y = x, .h = {}, .csi = {}, .n0 = n0};  // rows keep their lengths; no gains here
    auto normal = x.values, uniform = x.values;             // for their rows; the values are overwritten
    // The noise of these very frames: the same in every arm, at every SNR, in any batch, on any thread.
    noise.normals(normal);
    noise.stream(1).uniforms(uniform);  // another purpose draws from a stream of its own
    // Background and impulses together have the variance N0 / 2 that the SNR promises.
    const double background = static_cast<double>(n0) / 2 / (1 + share_ * (power_ - 1));
    const auto calm = static_cast<float>(std::sqrt(background));
    const auto burst = static_cast<float>(std::sqrt(background * power_));
    for (std::size_t i = 0; i < normal.size(); ++i)
      out.y.values.values()[i] += (static_cast<double>(uniform.values()[i]) < share_ ? burst : calm) * normal.values()[i];
    return out;
  }

  // Only + - * / and square roots decide what comes out: the same bits on every machine.
  Exactness exactness() const override { return Exactness::portable; }

  double share_ = 0, power_ = 1;
};

}  // namespace
TANDEM_PLUGIN(FirstChannel, Channel, "first-channel", "0.1.0", "Gaussian noise with impulses")
