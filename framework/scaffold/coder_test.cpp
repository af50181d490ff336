// Words of the gamma code, from Elias's paper: 1, 010, 011, 00100.
#include "@file@.cpp"

#include "expect.hpp"

int main() {
  std::vector<std::uint8_t> row;
  for (const std::uint64_t number : {1, 2, 3, 4}) put(row, number);
  std::string text;
  for (const auto bit : row) text += static_cast<char>('0' + bit);
  expect("the words of 1, 2, 3 and 4", text == "101001100100");
  std::size_t at = 0;
  for (const std::uint64_t number : {1, 2, 3, 4}) expect("the way back", get(row, at) == number);
  expect("a row that ends is damage", get(row, at) == 0);
}
