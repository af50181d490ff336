// Predictions worked out by hand.
#include "@file@.cpp"

#include "expect.hpp"

int main() {
  CountingSession session(2, {.size = 4, .end = 3, .fingerprint = ""}, 0.5);
  const Token last[] = {1, 1};
  const std::uint8_t first_only[] = {1, 0};
  session.step(last, first_only);
  expect_near("seen once, prior 1/2", session.probabilities(0)[1], 1.5 / 3, 1e-15);
  expect_near("never seen", session.probabilities(0)[0], 0.5 / 3, 1e-15);
  expect_near("a stream that stood still", session.probabilities(1)[1], 0.25, 1e-15);
}
