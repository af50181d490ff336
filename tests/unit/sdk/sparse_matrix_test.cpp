#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <tandem/error.hpp>
#include <tandem/sparse_matrix.hpp>

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The (7, 4) Hamming code: column c + 1 in binary.
const SparseMatrix hamming(7, {{6, 0, 2, 4}, {1, 2, 5, 6}, {3, 4, 5, 6}});

TEST(SparseMatrix, KnowsRowsAndColumnsInOrder) {
  EXPECT_EQ(hamming.rows(), 3u);
  EXPECT_EQ(hamming.columns(), 7u);
  EXPECT_EQ(hamming.ones(), 12u);
  EXPECT_THAT(hamming.row(0), ElementsAre(0, 2, 4, 6));
  EXPECT_THAT(hamming.column(0), ElementsAre(0));
  EXPECT_THAT(hamming.column(4), ElementsAre(0, 2));
  EXPECT_THAT(hamming.column(6), ElementsAre(0, 1, 2));
}

TEST(SparseMatrix, SatisfiedBySixteenHammingCodewords) {
  int codewords = 0;
  for (unsigned word = 0; word < 128; ++word) {
    std::array<std::uint8_t, 7> bits;
    unsigned syndrome = 0;  // the sum of the numbers of the places that are 1
    for (unsigned i = 0; i < 7; ++i) {
      bits[i] = word >> i & 1;
      if (bits[i]) syndrome ^= i + 1;
    }
    EXPECT_EQ(hamming.satisfied(bits), syndrome == 0) << word;
    codewords += hamming.satisfied(bits);
  }
  EXPECT_EQ(codewords, 16);
}

TEST(SparseMatrix, EmptyRowsAndColumns) {
  const SparseMatrix matrix(3, {{}, {1}, {}});
  EXPECT_EQ(matrix.rows(), 3u);
  EXPECT_THAT(matrix.row(0), ElementsAre());
  EXPECT_THAT(matrix.column(2), ElementsAre());
  EXPECT_THAT(matrix.column(1), ElementsAre(1));
  const SparseMatrix none;
  EXPECT_EQ(none.rows(), 0u);
  EXPECT_EQ(none.columns(), 0u);
  EXPECT_TRUE(none.satisfied({}));
  EXPECT_EQ(SparseMatrix(4, {}).columns(), 4u);
}

TEST(SparseMatrix, Compares) {
  EXPECT_EQ(hamming, SparseMatrix(7, {{0, 2, 4, 6}, {1, 2, 5, 6}, {3, 4, 5, 6}}));
  EXPECT_NE(hamming, SparseMatrix(8, {{0, 2, 4, 6}, {1, 2, 5, 6}, {3, 4, 5, 6}}));
  EXPECT_NE(hamming, SparseMatrix(7, {{0, 2, 4, 6}, {1, 2, 5, 6}, {3, 4, 5}}));
}

TEST(SparseMatrix, RefusesBadColumns) {
  const auto message = [](const std::vector<std::vector<std::uint32_t>>& rows) -> std::string {
    try {
      const SparseMatrix matrix(7, rows);
    } catch (const Error& e) {
      return e.what();
    }
    return {};
  };
  EXPECT_THAT(message({{0}, {7}}), HasSubstr("row 1: column 7 is out of range"));
  EXPECT_THAT(message({{3, 1, 3}}), HasSubstr("row 0: column 3 is listed twice"));
  EXPECT_THAT(message({{4294967295u}}), HasSubstr("out of range"));
}

}  // namespace
}  // namespace tandem
