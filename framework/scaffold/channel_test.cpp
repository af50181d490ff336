// Moments of the noise against those of the mixture.
#include "@file@.cpp"

#include "expect.hpp"

int main() {
  @Class@ plugin;
  Component& component = plugin;
  set_fields(component, R"({"share": 0.1, "power": 10})");
  const Channel& channel = plugin;
  Symbols x{Ragged<float>(100, 10'000), 1};
  for (float& value : x.values.values()) value = 1;
  const Observation seen = channel.transmit(x, 2, Noise(1, "channel", 0));
  double square = 0, fourth = 0;
  for (const float y : seen.y.values.values()) {
    const double noise = static_cast<double>(y) - 1;
    square += noise * noise / 1e6;
    fourth += noise * noise * noise * noise / 1e6;
  }
  expect_near("variance", square, 1, 0.02);
  expect_near("fourth moment", fourth, 3 * (0.9 + 0.1 * 100) / (1.9 * 1.9), 0.6);
}
