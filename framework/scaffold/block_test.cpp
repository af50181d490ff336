// The sequence of the standard: from the state of all ones, 127 bits that begin 00001110 11110010.
#include "@file@.cpp"

#include "expect.hpp"

int main() {
  unsigned state = 127;
  std::string sequence;
  int ones = 0;
  for (int i = 0; i < 127; ++i) {
    const auto bit = next(state);
    sequence += static_cast<char>('0' + bit);
    ones += bit;
  }
  expect("the standard's sequence", sequence.starts_with("0000111011110010"));
  expect("its period", state == 127);
  expect("64 of 127 bits are 1", ones == 64);
}
