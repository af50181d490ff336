// Real values as amplitudes, one or two a use. Each frame is scaled to the average energy 1 a use, by a gain that the
// receiver is not told; or every frame by one gain that both ends know.
#include <cmath>
#include <tandem/modem.hpp>

namespace {
using namespace tandem;

class Analog final : public AnalogModem {
  void fields(Fields& f) override {
    f("complex", complex_, false).doc("two values a use instead of one; a frame of odd length ends in a zero");
    f("power", power_, "frame")
        .choices({"frame", "fixed"})
        .doc("frame: each frame has the average energy 1 a use; fixed: all frames are sent at the same gain");
    f("gain", gain_, 1.0)
        .range(1e-6, 1e6)
        .doc("where power is fixed: what values are multiplied by; the receiver divides by it. Energy 1 a use, on which an SNR "
             "relies, is sqrt(uses / energy) of the ledger of a run at gain 1");
    f.source("Bourtsoulatze, Burth Kurka, Gunduz, IEEE Trans. Cogn. Commun. Netw. 5(3), 2019, equation (1)");
    f.example(R"({"complex": true})");
  }
  int dimensions_per_use() const override { return complex_ ? 2 : 1; }

  Symbols modulate(const Features& features) const override {
    Symbols out{{}, dimensions_per_use()};
    const auto dimensions = static_cast<std::size_t>(dimensions_per_use());
    out.values.reserve(features.size() + features.rows());
    for (std::size_t row = 0; row < features.rows(); ++row) {
      const auto from = features[row];
      const std::size_t uses = (from.size() + dimensions - 1) / dimensions;
      const auto to = out.values.append(uses * dimensions);
      const auto gain = static_cast<float>(power_ == "fixed" ? gain_ : gain_of(from, uses));
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = i < from.size() ? gain * from[i] : 0;
    }
    return out;
  }

  // Where the receiver knows a use's gain it divides by it, as far as that does not raise the noise beyond all bounds:
  // the linear estimate of least mean square error for values of power 1 (a use of 2 dimensions: 1/2 each).
  Features demodulate(const Observation& seen) const override {
    Features out = seen.y.values;
    const auto scale = static_cast<float>(power_ == "fixed" ? 1 / gain_ : 1.0);
    if (scale != 1)
      for (float& value : out.values()) value *= scale;
    if (seen.csi.empty()) return out;
    const auto dimensions = static_cast<std::size_t>(seen.y.dimensions_per_use);
    const float noise = seen.n0 / 2 * static_cast<float>(dimensions);
    const auto csi = seen.csi.values();
    auto values = out.values();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float h = csi[i / dimensions];
      values[i] *= h / (h * h + noise);
    }
    return out;
  }

  // For energy 1 a use; a row of zeros stays one.
  static double gain_of(std::span<const float> values, std::size_t uses) {
    double energy = 0;
    for (const float value : values) energy += static_cast<double>(value) * static_cast<double>(value);
    return energy > 0 ? std::sqrt(static_cast<double>(uses) / energy) : 1.0;
  }

  Exactness exactness() const override { return Exactness::portable; }

  bool complex_ = false;
  std::string power_ = "frame";
  double gain_ = 1;
};

}  // namespace
TANDEM_PLUGIN(Analog, Modem, "analog", "1.0.0", "real values as amplitudes, each frame at unit power or all at one gain")
