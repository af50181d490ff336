#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <tandem/ragged.hpp>
#include <vector>

namespace tandem {
namespace {

using testing::ElementsAre;
using Rows = Ragged<int>;

Rows counting(std::initializer_list<std::size_t> lengths) {
  Rows rows;
  for (const auto length : lengths) rows.append(length);
  std::iota(rows.values().begin(), rows.values().end(), 0);
  return rows;
}

TEST(Ragged, StartsEmpty) {
  const Rows rows;
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(rows.rows(), 0u);
  EXPECT_EQ(rows.size(), 0u);
  EXPECT_EQ(rows.row_length(), 0u);
  EXPECT_EQ(Rows(0, 5).row_length(), 0u);
}

TEST(Ragged, RowsOfOneLength) {
  Rows rows(3, 2);
  std::iota(rows.values().begin(), rows.values().end(), 0);
  EXPECT_EQ(rows.rows(), 3u);
  EXPECT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows.row_length(), 2u);
  EXPECT_EQ(rows.row_length(1), 2u);
  EXPECT_THAT(rows[1], ElementsAre(2, 3));
  rows.append(2)[0] = 9;
  EXPECT_EQ(rows.row_length(), 2u);
  EXPECT_EQ(rows[3][0], 9);
}

TEST(Ragged, RowsOfDifferentLengths) {
  const Rows rows = counting({2, 0, 3, 3, 1});
  EXPECT_EQ(rows.rows(), 5u);
  EXPECT_EQ(rows.size(), 9u);
  EXPECT_EQ(rows.row_length(), Rows::varying);
  EXPECT_THAT(rows[0], ElementsAre(0, 1));
  EXPECT_THAT(rows[1], ElementsAre());
  EXPECT_THAT(rows[2], ElementsAre(2, 3, 4));
  EXPECT_THAT(rows[3], ElementsAre(5, 6, 7));
  EXPECT_THAT(rows[4], ElementsAre(8));
  EXPECT_EQ(rows.row_length(1), 0u);
}

TEST(Ragged, EmptyRowsCount) {
  Rows rows;
  rows.append(3, 0);
  EXPECT_EQ(rows.rows(), 3u);
  EXPECT_EQ(rows.row_length(), 0u);
  EXPECT_THAT(rows[2], ElementsAre());
  rows.append(std::vector<int>{7});
  EXPECT_EQ(rows.row_length(), Rows::varying);
  EXPECT_EQ(rows.row_length(2), 0u);
  EXPECT_THAT(rows[3], ElementsAre(7));
}

TEST(Ragged, AppendsManyRowsAtOnce) {
  Rows rows(2, 3);
  const auto added = rows.append(2, 1);
  EXPECT_EQ(added.size(), 2u);
  added[0] = 5;
  added[1] = 6;
  EXPECT_EQ(rows.rows(), 4u);
  EXPECT_EQ(rows.row_length(0), 3u);
  EXPECT_THAT(rows[2], ElementsAre(5));
  EXPECT_THAT(rows[3], ElementsAre(6));
  rows.append(0, 9);
  EXPECT_EQ(rows.rows(), 4u);
}

TEST(Ragged, ClearForgetsTheLengths) {
  Rows rows = counting({2, 3});
  rows.clear();
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(rows.row_length(), 0u);
  rows.append(4);
  EXPECT_EQ(rows.row_length(), 4u);
  EXPECT_EQ(rows.size(), 4u);
}

TEST(Ragged, CutsIntoBlocks) {
  Rows rows = counting({4, 2});
  rows.cut(3);
  EXPECT_EQ(rows.rows(), 2u);
  EXPECT_EQ(rows.row_length(), 3u);
  EXPECT_THAT(rows[1], ElementsAre(3, 4, 5));
  EXPECT_THROW(rows.cut(4), Error);
  EXPECT_THROW(rows.cut(0), Error);
  EXPECT_EQ(rows.rows(), 2u);
}

TEST(Ragged, JoinsBlocksToRows) {
  Rows rows(5, 2);
  std::iota(rows.values().begin(), rows.values().end(), 0);
  const std::uint32_t counts[] = {2, 0, 3};
  rows.join(counts);
  EXPECT_EQ(rows.rows(), 3u);
  EXPECT_THAT(rows[0], ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(rows[1], ElementsAre());
  EXPECT_THAT(rows[2], ElementsAre(4, 5, 6, 7, 8, 9));
  EXPECT_THROW(rows.join(counts), Error);
}

TEST(Ragged, JoinsToRowsOfOneLength) {
  Rows rows(6, 2);
  const std::uint32_t counts[] = {3, 3}, wrong[] = {3, 2};
  EXPECT_THROW(rows.join(wrong), Error);
  EXPECT_EQ(rows.rows(), 6u);
  rows.join(counts);
  EXPECT_EQ(rows.row_length(), 6u);
  EXPECT_EQ(rows.rows(), 2u);
}

TEST(Ragged, CutUndoesJoin) {
  const Rows before = counting({2, 2, 2, 2, 2});
  Rows rows = before;
  const std::uint32_t counts[] = {4, 1};
  rows.join(counts);
  rows.cut(2);
  EXPECT_EQ(rows, before);
}

TEST(Ragged, ComparesValuesAndCuts) {
  EXPECT_EQ(counting({2, 2}), counting({2, 2}));
  EXPECT_NE(counting({2, 2}), counting({1, 3}));
  EXPECT_NE(counting({2, 2}), counting({4}));
  Rows other = counting({2, 2});
  other[1][1] = 0;
  EXPECT_NE(counting({2, 2}), other);
  EXPECT_NE(counting({2, 2}), counting({2, 2, 0}));
}

TEST(Ragged, AMovedOneIsEmpty) {
  for (Rows rows : {counting({2, 2}), counting({2, 3})}) {
    const Rows copy = rows;
    Rows taken = std::move(rows);
    EXPECT_EQ(taken, copy);
    EXPECT_TRUE(rows.empty());
    EXPECT_EQ(rows, Rows());
    rows = std::move(taken);
    EXPECT_EQ(rows, copy);
    EXPECT_TRUE(taken.empty());
    taken.append(3);
    EXPECT_EQ(taken.rows(), 1u);
  }
}

}  // namespace
}  // namespace tandem
