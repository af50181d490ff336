// The entropy of texts whose counts are known.
#include "@file@.cpp"

#include "expect.hpp"

int main() {
  State state;
  state.read = 8;
  state.counts['a'] = 4;
  state.counts['b'] = state.counts['c'] = 2;
  expect_near("entropy of aaaabbcc", bits_per_byte(state), 1.5, 1e-12);
}
