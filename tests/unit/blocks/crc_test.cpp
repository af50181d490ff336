#include <algorithm>
#include <random>
#include <string>
#include <support/support.hpp>
#include <tandem/block.hpp>

namespace {
using tandem::Batch, tandem::Bits, tandem::Block, tandem::test::make;

std::shared_ptr<Block> crc(int bits) { return make<Block>("crc", R"({"bits": )" + std::to_string(bits) + "}"); }

Batch batch(const std::vector<std::vector<std::uint8_t>>& rows) {
  Batch out;
  for (const auto& row : rows) out.bytes.append(row);
  return out;
}
std::vector<std::uint8_t> random_bits(std::mt19937_64& random, std::size_t length) {
  std::vector<std::uint8_t> out(length);
  for (auto& bit : out) bit = random() >> 63 != 0;
  return out;
}
std::vector<std::uint8_t> coded(const Block& block, const std::vector<std::uint8_t>& frame) {
  const auto out = block.forward(batch({frame}));
  return {out.bytes[0].begin(), out.bytes[0].end()};
}
bool trusts(const Block& block, const std::vector<std::uint8_t>& row) {
  return block.backward(batch({row})).trusted.at(0);
}

struct Width {
  int bits;
  std::uint64_t generator;  // with its leading 1
  std::uint64_t check;      // of the text 123456789, first bit highest
};
// Check values of Williams' catalogue: CRC-8/SMBUS, CRC-16/XMODEM, CRC-24/LTE-A, CRC-32/CKSUM before its final
// inversion.
const Width widths[] = {
    {8, 0x107, 0xF4}, {16, 0x11021, 0x31C3}, {24, 0x1864CFB, 0xCDE703}, {32, 0x104C11DB7, 0x765E7680 ^ 0xFFFFFFFF}};

class Crc : public testing::TestWithParam<Width> {};
INSTANTIATE_TEST_SUITE_P(Widths, Crc, testing::ValuesIn(widths),
                         [](const auto& width) { return std::to_string(width.param.bits) + "bits"; });

TEST_P(Crc, GivesThePublishedCheckOfTheDigits) {
  std::vector<std::uint8_t> frame;
  for (const char c : std::string("123456789"))
    for (int i = 7; i >= 0; --i) frame.push_back(static_cast<std::uint8_t>(c >> i & 1));
  std::ranges::reverse(frame);  // the block takes the last bit first
  const auto row = coded(*crc(GetParam().bits), frame);
  std::uint64_t check = 0;
  for (int i = 0; i < GetParam().bits; ++i) check |= static_cast<std::uint64_t>(row[static_cast<std::size_t>(i)]) << i;
  EXPECT_EQ(check, GetParam().check);
}

TEST_P(Crc, RowsAreMultiplesOfTheGenerator) {
  std::mt19937_64 random(3);
  const auto block = crc(GetParam().bits);
  for (std::size_t length = 0; length < 70; ++length) {
    const auto frame = random_bits(random, length);
    auto row = coded(*block, frame);
    ASSERT_EQ(row.size(), length + static_cast<std::size_t>(GetParam().bits));
    EXPECT_TRUE(std::equal(frame.begin(), frame.end(), row.end() - static_cast<std::ptrdiff_t>(length)));
    for (std::size_t top = row.size(); top-- > static_cast<std::size_t>(GetParam().bits);)
      if (row[top])
        for (int i = 0; i <= GetParam().bits; ++i)
          row[top - static_cast<std::size_t>(GetParam().bits) + static_cast<std::size_t>(i)] ^=
              static_cast<std::uint8_t>(GetParam().generator >> i & 1);
    EXPECT_EQ(std::ranges::count(row, 1), 0) << length;
  }
}

TEST_P(Crc, FindsAllSingleAndDoubleErrorsAndAllBurstsOfItsLength) {
  std::mt19937_64 random(4);
  const auto block = crc(GetParam().bits);
  const auto row = coded(*block, random_bits(random, 61));
  ASSERT_TRUE(trusts(*block, row));
  for (std::size_t i = 0; i < row.size(); ++i)
    for (std::size_t j = i; j < row.size(); ++j) {
      auto wrong = row;
      wrong[i] ^= 1;
      if (j != i) wrong[j] ^= 1;
      EXPECT_FALSE(trusts(*block, wrong)) << i << ' ' << j;
    }
  for (std::size_t length = 3; length <= static_cast<std::size_t>(GetParam().bits); ++length)
    for (std::size_t begin = 0; begin + length <= row.size(); ++begin)
      for (int repeat = 0; repeat < 4; ++repeat) {
        auto wrong = row;
        wrong[begin] ^= 1;
        wrong[begin + length - 1] ^= 1;
        for (std::size_t i = begin + 1; i + 1 < begin + length; ++i)
          wrong[i] ^= static_cast<std::uint8_t>(random() >> 63);
        EXPECT_FALSE(trusts(*block, wrong)) << begin << ' ' << length;
      }
}

TEST_P(Crc, ZerosBehindTheFrameDoNotCount) {
  std::mt19937_64 random(6);
  const auto block = crc(GetParam().bits);
  for (std::size_t padding = 0; padding < 30; ++padding) {
    const auto frame = random_bits(random, 45);
    auto row = coded(*block, frame);
    row.insert(row.end(), padding, 0);
    const auto out = block->backward(batch({row}));
    EXPECT_EQ(out.trusted[0], 1);
    ASSERT_EQ(out.bytes.row_length(0), 45 + padding);
    EXPECT_TRUE(std::equal(frame.begin(), frame.end(), out.bytes[0].begin()));
  }
}

TEST_P(Crc, KeepsFlagsThatAreDownAndRowsOfAnyLength) {
  const auto block = crc(GetParam().bits);
  auto sent = block->forward(batch({{1, 0, 1}, {}, {1}, {0, 0, 0, 0}}));
  EXPECT_TRUE(sent.trusted.empty());
  sent.bytes[2].back() ^= 1;
  sent.trusted = {0, 1, 1, 1};
  const auto out = block->backward(sent);
  EXPECT_EQ(out.trusted, (std::vector<std::uint8_t>{0, 1, 0, 1}));
  EXPECT_EQ(out.bytes.row_length(0), 3u);
  EXPECT_EQ(out.bytes.row_length(1), 0u);
  const auto tiny = block->backward(batch({{}, {1, 0}}));
  EXPECT_EQ(tiny.trusted, (std::vector<std::uint8_t>{0, 0}));
  EXPECT_EQ(tiny.bytes.row_length(1), 0u);
}

TEST(CrcOf8Bits, MissesOneRandomRowIn256) {
  std::mt19937_64 random(5);
  const auto block = crc(8);
  Batch rows;
  constexpr int count = 200'000;
  for (int i = 0; i < count; ++i) rows.bytes.append(random_bits(random, 40));
  const auto trusted = block->backward(std::move(rows)).trusted;
  const double p = 1.0 / 256;
  EXPECT_NEAR(static_cast<double>(std::ranges::count(trusted, 1)), count * p, 5 * std::sqrt(count * p * (1 - p)));
}

TEST(CrcFields, OtherWidthsAreRefused) {
  for (const char* bits : {"0", "7", "9", "33", "-8", "1e9", "\"16\""})
    EXPECT_THROW(make<Block>("crc", std::string(R"({"bits": )") + bits + "}"), tandem::FieldError) << bits;
}
}  // namespace
