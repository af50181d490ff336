#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <support/support.hpp>
#include <tandem/block.hpp>

namespace {
using tandem::Batch, tandem::Block, tandem::Soft, tandem::test::make;

std::shared_ptr<Block> interleaver(int seed) {
  return make<Block>("interleaver", R"({"seed": )" + std::to_string(seed) + "}");
}

const std::size_t lengths[] = {49, 49, 0, 1, 2, 49, 7, 2000, 98};

TEST(Interleaver, TheWayBackUndoesTheWayThere) {
  std::mt19937_64 random(1);
  Batch sent;
  for (const auto length : lengths)
    for (auto& bit : sent.bytes.append(length)) bit = random() >> 63 != 0;
  sent.trusted.assign(sent.bytes.rows(), 1);
  const auto block = interleaver(5);
  const auto moved = block->forward(sent);
  EXPECT_FALSE(moved.bytes == sent.bytes);
  const auto back = block->backward(moved);
  EXPECT_EQ(back.bytes, sent.bytes);
  EXPECT_EQ(back.trusted, sent.trusted);
}

TEST(Interleaver, SoftValuesReturnToTheirBits) {
  std::mt19937_64 random(2);
  Batch sent;
  for (const auto length : lengths)
    for (auto& bit : sent.bytes.append(length)) bit = random() >> 63 != 0;
  const auto block = interleaver(5);
  const auto moved = block->forward(sent);
  tandem::Reception reception;
  for (std::size_t row = 0; row < moved.bytes.rows(); ++row) {
    const auto bits = moved.bytes[row];
    std::ranges::transform(bits, reception.llr.append(bits.size()).begin(),
                           [](auto bit) { return bit ? -3.5f : 2.5f; });
    std::ranges::transform(bits, reception.y.append(bits.size()).begin(), [](auto bit) { return bit ? -1.0f : 1.0f; });
  }
  const auto back = std::dynamic_pointer_cast<Soft>(block)->backward(reception);
  for (std::size_t row = 0; row < sent.bytes.rows(); ++row)
    for (std::size_t i = 0; i < sent.bytes.row_length(row); ++i) {
      EXPECT_EQ(back.llr[row][i], sent.bytes[row][i] ? -3.5f : 2.5f);
      EXPECT_EQ(back.y[row][i], sent.bytes[row][i] ? -1.0f : 1.0f);
    }
  reception.y.clear();
  EXPECT_EQ(std::dynamic_pointer_cast<Soft>(block)->backward(reception).y.rows(), 0u);
}

// Where each place of a row of up to 255 values goes.
std::string permutation(const Block& block, std::size_t length) {
  Batch rows;
  const auto row = rows.bytes.append(length);
  std::iota(row.begin(), row.end(), std::uint8_t{0});
  const auto out = block.forward(std::move(rows));
  return {out.bytes[0].begin(), out.bytes[0].end()};
}

TEST(Interleaver, EveryPermutationIsAsLikelyAsAnyOther) {
  std::map<std::string, int> seen;
  constexpr int seeds = 6000;
  for (int seed = 0; seed < seeds; ++seed) ++seen[permutation(*interleaver(seed), 3)];
  ASSERT_EQ(seen.size(), 6u);
  double chi_square = 0;
  for (const auto& [order, count] : seen) chi_square += (count - seeds / 6.0) * (count - seeds / 6.0) / (seeds / 6.0);
  EXPECT_LT(chi_square, 35.9);  // exceeded once in a million with 5 degrees of freedom
}

TEST(Interleaver, SeedsAndLengthsHavePermutationsOfTheirOwn) {
  EXPECT_EQ(permutation(*interleaver(1), 49), permutation(*interleaver(1), 49));
  EXPECT_NE(permutation(*interleaver(1), 49), permutation(*interleaver(2), 49));
  auto longer = permutation(*interleaver(1), 50);
  std::erase(longer, '\x31');
  EXPECT_NE(longer, permutation(*interleaver(1), 49));
}

TEST(Interleaver, DoesNotDependOnTheRowsAround) {
  std::mt19937_64 random(3);
  Batch all;
  for (const auto length : lengths)
    for (auto& bit : all.bytes.append(length)) bit = random() >> 63 != 0;
  const auto block = interleaver(8);
  const auto together = block->forward(all);
  for (std::size_t row = 0; row < all.bytes.rows(); ++row) {
    Batch one;
    one.bytes.append(all.bytes[row]);
    EXPECT_TRUE(std::ranges::equal(block->forward(one).bytes[0], together.bytes[row]));
  }
}
}  // namespace
