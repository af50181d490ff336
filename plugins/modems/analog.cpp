// Real values as amplitudes, one or two a use. Each frame is scaled to the average energy 1 a use, by a gain that the
// receiver is not told.
#include <cmath>
#include <tandem/modem.hpp>

namespace {
using namespace tandem;

class Analog final : public AnalogModem {
  void fields(Fields& f) override {
    f("complex", complex_, false).doc("two values a use instead of one; a frame of odd length ends in a zero");
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
      double energy = 0;
      for (const float value : from) energy += static_cast<double>(value) * static_cast<double>(value);
      const auto gain = static_cast<float>(energy > 0 ? std::sqrt(static_cast<double>(uses) / energy) : 1.0);
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = i < from.size() ? gain * from[i] : 0;
    }
    return out;
  }

  // Where the receiver knows a use's gain it divides by it, as far as that does not raise the noise beyond all bounds:
  // the linear estimate of least mean square error for values of power 1 (a use of 2 dimensions: 1/2 each).
  Features demodulate(const Observation& seen) const override {
    Features out = seen.y.values;
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

  Exactness exactness() const override { return Exactness::portable; }

  bool complex_ = false;
};

}  // namespace
TANDEM_PLUGIN(Analog, Modem, "analog", "1.0.0", "real values as amplitudes, each frame at unit power")
