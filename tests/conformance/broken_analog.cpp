// Real values as they are, two a use, at power one.
#include <cmath>
#include <tandem/modem.hpp>

#include "fault.hpp"

namespace {
using namespace tandem;

class BrokenAnalog final : public AnalogModem {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "ends-within-a-use", "too-loud", "turned", "lost-value", "divides-by-zero-gain"});
    f.example("{}");
    f.beside(R"({"codec": "broken-codec"})");
  }
  Exactness exactness() const override { return Exactness::portable; }
  int dimensions_per_use() const override { return 2; }

  Symbols modulate(const Features& features) const override {
    Symbols out{{}, 2};
    for (std::size_t row = 0; row < features.rows(); ++row) {
      const auto from = features[row];
      const auto to = out.values.append(from.size() + (fault_.is("ends-within-a-use") ? 1 : from.size() % 2));
      double power = 0;
      for (const float value : from) power += static_cast<double>(value) * static_cast<double>(value);
      const double wanted = static_cast<double>(to.size()) / 2, gain = power > 0 ? std::sqrt(wanted / power) : 0;
      if (!to.empty()) to.back() = 0;
      for (std::size_t i = 0; i < from.size(); ++i) to[i] = static_cast<float>((fault_.is("too-loud") ? 1.1 : 1.0) * gain) * from[i];
    }
    return out;
  }
  Features demodulate(const Observation& observation) const override {
    Features out;
    for (std::size_t row = 0; row < observation.y.values.rows(); ++row) {
      const auto from = observation.y.values[row];
      const auto to = out.append(from.size() - (fault_.is("lost-value") ? 1 : 0));
      for (std::size_t i = 0; i < to.size(); ++i) {
        to[i] = (fault_.is("turned") ? -1.0f : 1.0f) * from[i];
        if (fault_.is("divides-by-zero-gain") && !observation.csi.empty()) to[i] /= 0.0f;
      }
    }
    return out;
  }

 private:
  broken::Fault fault_;
};

}  // namespace
TANDEM_PLUGIN(BrokenAnalog, tandem::Modem, "broken-analog", "1.0.0", "a modem of real values that breaks a promise")
