#include <tandem/coder.hpp>

#include "models.hpp"
#include "support/support.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;

std::shared_ptr<Coder> bound(std::uint32_t size, Token end) {
  TestTokenizer tokenizer(size, end);
  auto coder = make<Coder>("fixed");
  coder->bind(tokenizer);
  return coder;
}

TEST(Fixed, SendsBinaryNumbers) {
  const auto bits = bound(5, 4)->encode(rows_of({{0, 3, 1}, {}})).bits;
  EXPECT_EQ(text_of(bits[0]),
            "000"
            "011"
            "001"
            "100");
  EXPECT_EQ(text_of(bits[1]), "100");
}

TEST(Fixed, TakesTheLogarithmOfTheVocabulary) {
  const std::pair<std::uint32_t, std::size_t> widths[] = {{1, 0},       {2, 1},       {3, 2},         {4, 2},
                                                          {5, 3},       {256, 8},     {257, 9},       {50'257, 16},
                                                          {65'536, 16}, {65'537, 17}, {1u << 31, 31}, {~0u, 32}};
  for (const auto& [size, width] : widths) {
    const auto coder = bound(size, size - 1);
    const auto rows = size == 1 ? rows_of({{}, {}}) : random_rows(9, 30, size, size - 1, size);
    const auto bits = coder->encode(rows).bits;
    EXPECT_EQ(bits.size(), width * (rows.size() + rows.rows()));
    const auto back = coder->decode(bits);
    EXPECT_TRUE(back.tokens == rows);
    EXPECT_EQ(back.clean, std::vector<std::uint8_t>(rows.rows(), 1));
  }
}

TEST(Fixed, StopsAtDamage) {
  const auto coder = bound(5, 4);
  const auto expect = [&](const char* bits, const std::vector<Token>& tokens, int clean) {
    const auto back = coder->decode(bits_of(bits));
    EXPECT_TRUE(back.tokens == rows_of({tokens})) << bits;
    EXPECT_EQ(back.clean[0], clean) << bits;
  };
  expect("001010100", {1, 2}, 1);
  expect("001010100111", {1, 2}, 1);
  expect("001101100", {1}, 0);
  expect("00101010", {1, 2}, 0);
  expect("", {}, 0);
  expect("10", {}, 0);
}

TEST(Fixed, AcceptsAModelAndRefusesWhatHasNoVocabulary) {
  ProbabilityModel model(5, 4, contextual(5));
  const auto coder = make<Coder>("fixed");
  EXPECT_THROW(coder->encode(rows_of({{0}})), Error);
  coder->bind(model);
  EXPECT_EQ(text_of(coder->encode(rows_of({{2}})).bits[0]), "010100");
  EXPECT_THROW(coder->encode(rows_of({{5}})), Error);
  EXPECT_THROW(coder->encode(rows_of({{4}})), Error);
  EXPECT_THROW(make<Coder>("fixed")->bind(*coder), Error);
  TestTokenizer other(6, 5);
  EXPECT_THROW(coder->bind(other), Error);
}
}  // namespace
