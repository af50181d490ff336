// first-modem: four amplitudes with Gray labels, two bits a use.
#include <array>
#include <cmath>
#include <tandem/modem.hpp>
#include <tandem/uses.hpp>

namespace {
using namespace tandem;

// A modem that carries bits turns them into symbols, and observations into LLRs. One instance serves all threads.
class FirstModem final : public DigitalModem {
  void fields(Fields& f) override {
    f.source("Proakis, Salehi: Digital Communications, 5th edition, section 3.2-1 (PAM)");
  }
  int dimensions_per_use() const override { return 1; }
  std::size_t bits_per_use() const override { return 2; }

  // Labels 00, 01, 11, 10 from the top down: neighbours differ in one bit. The average energy of a symbol is 1.
  static constexpr float unit = 0.4472136f;  // 1 / sqrt(5)
  static constexpr std::array<float, 4> points = {3 * unit, unit, -3 * unit, -unit};  // by 2 first bit + second bit

  Symbols modulate(const Bits& bits) const override {
    Symbols out;
    for (std::size_t row = 0; row < bits.rows(); ++row) {
      const auto from = bits[row];
      const auto to = out.values.append(from.size() / 2);  // the host has filled rows to whole uses
      for (std::size_t use = 0; use < to.size(); ++use) to[use] = points[2 * from[2 * use] + from[2 * use + 1]];
    }
    return out;
  }

  // ln p(y | point), up to a term that all points share: by the channel's law where it has one, else Gaussian noise of
  // variance N0 / 2 and the gains that the receiver knows.
  Reception demodulate(const Observation& seen, const Law* law) const override {
    std::array<Ragged<float>, 4> likelihood;
    for (std::size_t p = 0; p < 4; ++p) {
      if (law) {
        law->log_likelihood(seen, {&points[p], 1}, likelihood[p]);
        continue;
      }
      likelihood[p] = seen.y.values;
      for (std::size_t use = 0; use < likelihood[p].size(); ++use) {
        float& value = likelihood[p].values()[use];
        const float gain = seen.csi.empty() ? 1 : seen.csi.values()[use], distance = value - gain * points[p];
        value = -distance * distance / seen.n0;
      }
    }
    Reception out;
    for (std::size_t row = 0; row < seen.y.values.rows(); ++row) {
      const auto llr = out.llr.append(2 * seen.y.values.row_length(row)), y = out.y.append(llr.size());
      for (std::size_t use = 0; use < llr.size() / 2; ++use) {
        const auto l = [&](std::size_t p) { return static_cast<double>(likelihood[p][row][use]); };
        llr[2 * use] = static_cast<float>(log_sum(l(0), l(1)) - log_sum(l(2), l(3)));
        llr[2 * use + 1] = static_cast<float>(log_sum(l(0), l(2)) - log_sum(l(1), l(3)));
      }
      for (std::size_t i = 0; i < llr.size(); ++i) y[i] = llr[i] * seen.n0 / 4;  // what BPSK would have received
    }
    return out;
  }

  static double log_sum(double a, double b) { return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b))); }

  // The C library's exp decides last bits: results are repeated on this kind of machine only. <tandem/math.hpp> has
  // functions for what is to be `portable`.
  Exactness exactness() const override { return Exactness::build; }
};

}  // namespace
TANDEM_PLUGIN(FirstModem, Modem, "first-modem", "0.1.0", "four amplitudes with Gray labels")
