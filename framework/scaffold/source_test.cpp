// How often bits repeat, against the probability that was asked for.
#include "@file@.cpp"

#include "expect.hpp"

int main() {
  @Class@ plugin;
  Component& component = plugin;
  set_fields(component, R"({"length": 1001, "stay": 0.75})");
  const Source& source = plugin;
  const Bytes frames = source.read(0, 1000, Noise(1, "source", 0));
  double repeats = 0, ones = 0;
  for (std::size_t row = 0; row < frames.rows(); ++row)
    for (std::size_t i = 1; i < 1001; ++i) {
      repeats += frames[row][i] == frames[row][i - 1];
      ones += frames[row][i];
    }
  expect_near("share of repeats", repeats / 1e6, 0.75, 0.003);
  expect_near("share of ones", ones / 1e6, 0.5, 0.01);
}
