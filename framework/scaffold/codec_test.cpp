// Amplitudes worked out by hand, and the way back, at another power too.
#include "@file@.cpp"

#include "expect.hpp"

int main() {
  @Class@ plugin;
  Component& component = plugin;
  set_fields(component, R"({"levels": 16})");
  const Codec& codec = plugin;
  Bytes items;
  const std::vector<std::uint8_t> text = {0x0f, 'A', 0xff};
  items.append(text);
  Features features = codec.encode(items);
  expect("a pilot and two values a byte", features.row_length(0) == 7);
  expect_near("the low half of 0x0f", static_cast<double>(features[0][1]), 1, 1e-6);
  expect_near("the high half of 0x0f", static_cast<double>(features[0][2]), -1, 1e-6);
  for (float& value : features.values()) value *= 0.3f;
  expect("the way back", codec.decode(features) == items);
}
