// Bit 0 becomes +1, bit 1 becomes -1.
#include <algorithm>
#include <tandem/modem.hpp>
#include <vector>

#include "fault.hpp"

namespace {
using namespace tandem;

class BrokenModem final : public DigitalModem {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "says-two-dimensions", "lost-value", "too-loud", "llr-of-the-wrong-sign", "too-few-llrs", "llr-twice-too-large", "llr-of-the-neighbour", "ignores-csi", "divides-by-the-gain",
                       "ignores-the-law", "law-of-the-wrong-sign", "matched-at-half", "matched-turned"});
    f.example("{}");
  }
  Exactness exactness() const override { return Exactness::portable; }
  int dimensions_per_use() const override { return fault_.is("says-two-dimensions") ? 2 : 1; }
  std::size_t bits_per_use() const override { return 1; }

  Symbols modulate(const Bits& bits) const override {
    Symbols out;
    for (std::size_t row = 0; row < bits.rows(); ++row) {
      const auto from = bits[row];
      const auto to = out.values.append(from.size() - (fault_.is("lost-value") && !from.empty() ? 1 : 0));
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = (fault_.is("too-loud") ? 1.1f : 1.0f) * (from[i] ? -1.0f : 1.0f);
    }
    return out;
  }

  Reception demodulate(const Observation& observation, const Law* law) const override {
    const auto& y = observation.y.values;
    Reception out{y, y};
    const bool known = !observation.csi.empty() && !fault_.is("ignores-csi");
    for (std::size_t i = 0; i < y.size(); ++i) {
      const float gain = known ? observation.csi.values()[i] : 1;
      out.llr.values()[i] = 4 * (fault_.is("divides-by-the-gain") ? y.values()[i] / gain : gain * y.values()[i]) / observation.n0;
      out.y.values()[i] *= gain * (fault_.is("matched-at-half") ? 0.5f : fault_.is("matched-turned") ? -1.0f : 1.0f);
    }
    if (law && !fault_.is("ignores-the-law")) by_law(observation, *law, out.llr);
    return damaged(std::move(out));
  }

 private:
  void by_law(const Observation& observation, const Law& law, Ragged<float>& llr) const {
    const float plus = 1, minus = -1;
    Ragged<float> of_one;
    law.log_likelihood(observation, {&plus, 1}, llr);
    law.log_likelihood(observation, {&minus, 1}, of_one);
    for (std::size_t i = 0; i < llr.size(); ++i) llr.values()[i] = (fault_.is("law-of-the-wrong-sign") ? -1.0f : 1.0f) * (llr.values()[i] - of_one.values()[i]);
  }
  Reception damaged(Reception out) const {
    const auto llr = out.llr.values();
    if (fault_.is("llr-of-the-wrong-sign"))
      for (float& value : llr) value = -value;
    if (fault_.is("llr-twice-too-large"))
      for (float& value : llr) value *= 2;
    if (fault_.is("llr-of-the-neighbour") && !llr.empty()) std::ranges::rotate(llr, llr.begin() + 1);
    if (fault_.is("too-few-llrs") && !llr.empty()) {
      const std::vector<float> fewer(llr.begin(), llr.end() - 1);
      out.llr.clear();
      out.llr.append(std::span<const float>(fewer));
    }
    return out;
  }

  broken::Fault fault_;
};

}  // namespace
TANDEM_PLUGIN(BrokenModem, tandem::Modem, "broken-modem", "1.0.0", "a modem that breaks a promise")
