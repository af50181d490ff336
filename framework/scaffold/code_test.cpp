// Weights of the (7,4) words: 1, 7, 7 and 1 of weight 0, 3, 4 and 7.
#include "@file@.cpp"

#include "expect.hpp"

int main() {
  @Class@ plugin;
  Component& component = plugin;
  set_fields(component, R"({"checks": 3})");
  const Code& code = plugin;
  Bits information(16, 4);
  for (std::size_t word = 0; word < 16; ++word)
    for (std::size_t bit = 0; bit < 4; ++bit) information[word][bit] = static_cast<std::uint8_t>(word >> bit & 1);
  const Bits words = code.encode(information);
  std::vector<int> weights(8);
  for (std::size_t word = 0; word < 16; ++word) {
    std::size_t weight = 0;
    for (const auto bit : words[word]) weight += bit;
    ++weights[weight];
  }
  expect("weights of the words", weights == std::vector<int>{1, 0, 0, 7, 7, 0, 0, 1});
}
