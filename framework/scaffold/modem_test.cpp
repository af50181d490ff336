// Energy, labels of neighbours, and an LLR worked out by hand.
#include "@file@.cpp"

#include <cmath>

#include "expect.hpp"

int main() {
  @Class@ plugin;
  const DigitalModem& modem = plugin;
  Bits bits;
  const std::vector<std::uint8_t> row = {0, 0, 0, 1, 1, 1, 1, 0};
  bits.append(row);
  const Symbols x = modem.modulate(bits);
  double energy = 0;
  for (const float value : x.values.values()) energy += static_cast<double>(value) * static_cast<double>(value) / 4;
  expect_near("average energy", energy, 1, 1e-6);
  for (std::size_t i = 0; i + 1 < 4; ++i) expect("Gray labels go down", x.values.values()[i] > x.values.values()[i + 1]);
  Observation seen{.y = x, .h = {}, .csi = {}, .n0 = 0.4f};
  seen.y.values.values()[0] = 0;
  // At y = 0 the first bit is open; the second: exp(-9/2) to exp(-1/2), the outer to the inner points.
  const Reception reception = modem.demodulate(seen, nullptr);
  expect_near("first bit", static_cast<double>(reception.llr.values()[0]), 0, 1e-6);
  expect_near("second bit", static_cast<double>(reception.llr.values()[1]), -4, 1e-5);
}
