// Binary phase-shift keying: one bit, one dimension a use.
#include <array>

#include "antipodal.hpp"

namespace {
class Bpsk final : public tandem::DigitalModem {
  void fields(tandem::Fields& f) override {
    f.source("Proakis, Salehi: Digital Communications, 5th edition, section 4.3; bit 0 is sent as +1");
  }
  int dimensions_per_use() const override { return 1; }
  std::size_t bits_per_use() const override { return 1; }

  tandem::Symbols modulate(const tandem::Bits& bits) const override {
    return tandem::modems::antipodal_symbols(bits, 1, 1.0f);
  }

  tandem::Reception demodulate(const tandem::Observation& observation, const tandem::Law* law) const override {
    if (!law) return tandem::modems::gaussian_reception<1>(observation, 1.0f);
    tandem::Reception out{{}, tandem::modems::matched_filter<1>(observation, 1.0f)};
    tandem::Ragged<float> minus;
    law->log_likelihood(observation, std::array{1.0f}, out.llr);
    law->log_likelihood(observation, std::array{-1.0f}, minus);
    auto* llr = out.llr.values().data();
    const auto* one = minus.values().data();
    for (std::size_t i = 0; i < minus.size(); ++i) llr[i] -= one[i];
    return out;
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(Bpsk, tandem::Modem, "bpsk", "1.0.0", "binary phase-shift keying, bit 0 sent as +1")
