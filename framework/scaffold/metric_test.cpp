// Bursts counted by hand.
#include "@file@.cpp"

#include "expect.hpp"

int main() {
  @Class@ plugin;
  Component& component = plugin;
  set_fields(component, R"({"gap": 3})");
  const Metric& metric = plugin;
  Bits sent(1, 12), received(1, 12);
  std::ranges::fill(sent.values(), std::uint8_t{0});
  std::ranges::fill(received.values(), std::uint8_t{0});
  for (const std::size_t wrong : {0, 2, 6, 7}) received[0][wrong] = 1;  // 0 and 2 are one burst, 6 and 7 another
  Exchange exchange;
  exchange.frames = 1;
  exchange.bits_sent = &sent;
  exchange.bits_received = &received;
  std::vector<double> out(2);
  metric.measure(exchange, out);
  expect("four errors", out[0] == 4);
  expect("two bursts", out[1] == 2);
}
