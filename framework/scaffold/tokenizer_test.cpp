// Tokens written down by hand, and the way back.
#include "@file@.cpp"

#include "expect.hpp"

int main() {
  @Class@ plugin;
  const Tokenizer& tokenizer = plugin;
  Bytes items;
  const std::vector<std::uint8_t> text = {'A', 'b', 'C'};
  items.append(text);
  const Tokens tokens = tokenizer.encode(items);
  const std::vector<Token> expected = {shift, 'a', 'b', shift, 'c'};
  expect("tokens of AbC", std::ranges::equal(tokens[0], expected));
  expect("the way back", tokenizer.decode(tokens) == items);
}
