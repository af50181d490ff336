#include <gmock/gmock.h>
#include <unistd.h>
#include <sys/resource.h>

#include <fstream>
#include <tandem/code.hpp>
#include <tandem/error.hpp>

#include "support/support.hpp"

namespace {
using namespace tandem;
using test::make;

class MatrixFile : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  std::shared_ptr<Code> load(const std::string& content) const {
    std::ofstream(path_, std::ios::binary) << content;
    return make<Code>("parity-check", R"({"matrix": ")" + path_.string() + "\"}");
  }
  std::string error(const std::string& content) const {
    try {
      load(content);
    } catch (const FieldError& error) {
      EXPECT_EQ(error.field(), "matrix");
      return error.what();
    }
    return "no error";
  }
  // The error names the file, the line and what is wrong.
  void refuses(const std::string& content, std::size_t line, const std::string& what) const {
    EXPECT_THAT(error(content),
                ::testing::AllOf(::testing::HasSubstr(path_.string() + ":" + std::to_string(line) + ": "),
                                 ::testing::HasSubstr(what)));
  }

  std::filesystem::path path_ = std::filesystem::path(::testing::TempDir()) / ("tandem-matrix-" + std::to_string(::getpid()) + ".alist");
};

// Rows {0,1,3,4}, {0,2,3,5}, {1,2,3,6} in every form.
const std::string head = "7 3\n3 4\n2 2 2 3 1 1 1\n4 4 4\n";
const std::string columns = "1 2\n1 3\n2 3\n1 2 3\n1\n2\n3\n",
                  padded = "1 2 0\n1 3 0\n2 3 0\n1 2 3\n1 0 0\n2 0 0\n3 0 0\n";
const std::string rows = "1 2 4 5\n1 3 4 6\n2 3 4 7\n";
const std::string dense = "1 1 0 1 1 0 0\n1 0 1 1 0 1 0\n0 1 1 1 0 0 1\n";

TEST_F(MatrixFile, EveryFormGivesTheSameMatrix) {
  const SparseMatrix expected(7, {{0, 1, 3, 4}, {0, 2, 3, 5}, {1, 2, 3, 6}});
  const std::string floats = "1.000 1.0 0.000 1. 1 0 0\n1 0 1 1 0 1 0\n0 1 1 1 0 0 1";
  for (const std::string& text : std::vector<std::string>{
           head + columns + rows, head + padded + rows, head + columns, head + padded,
           "# a comment\n\n" + head + "\n" + columns + "# x\n" + rows, dense, floats, "#\n" + dense + "\n\n",
           "7 3 # columns, rows\r\n3 4\r\n2 2 2 3 1 1 1\r\n4 4 4\r\n" + padded + rows,
           "7 3 1\n0 0 -1 0 0 -1 -1\n0 -1 0 0 -1 0 -1\n-1 0 0 0 -1 -1 0\n"})
    EXPECT_EQ(*load(text)->checks(), expected) << text;
}

TEST_F(MatrixFile, QuasiCyclicShiftsGoRight) {
  EXPECT_EQ(*load("2 1 3\n1 0\n")->checks(), SparseMatrix(6, {{1, 3}, {2, 4}, {0, 5}}));
}

TEST_F(MatrixFile, QuasiCyclicColumnsLeftUnsent) {
  const auto code = load("3 1 2\n0 1 0\n1 1 0\n");
  EXPECT_EQ(code->n(), 4u);
  EXPECT_EQ(code->k(), 4u);
  EXPECT_EQ(code->checks()->columns(), 6u);
}

TEST_F(MatrixFile, EmptyColumnsAndRowsAreLegal) {
  const SparseMatrix expected(3, {{0, 2}, {}});
  EXPECT_EQ(*load("3 2\n1 2\n1 0 1\n2 0\n1\n\n1\n1 3\n\n")->checks(), expected);
  EXPECT_EQ(*load("3 2\n1 2\n1 0 1\n2 0\n1\n0\n1\n1 3\n0 0\n")->checks(), expected);
}

TEST_F(MatrixFile, RedundantRowsStay) {
  const auto code = load(dense + "0 1 1 0 1 1 0\n");  // the sum of the first two
  EXPECT_EQ(code->checks()->rows(), 4u);
  EXPECT_EQ(code->k(), 4u);
}

TEST_F(MatrixFile, WrongCounts) {
  refuses("7\n", 1, "neither alist");
  refuses("7 3 2 4\n", 1, "neither alist");
  refuses("7 3\n3\n", 2, "expected 2 numbers");
  refuses("7 3\n3 4\n2 2 2 3 1 1\n", 3, "expected 7 numbers (column weights), found 6");
  refuses("7 3\n3 4\n2 2 2 3 1 1 1\n4 4\n", 4, "expected 3 numbers (row weights), found 2");
  refuses("7 3\n3 4\n2 2 2 4 1 1 1\n4 4 4\n", 3, "a weight of 4 among column weights");
  refuses("7 3\n3 4\n2 2 2 -1 1 1 1\n4 4 4\n", 3, "a weight of -1");
  refuses(head + "1 2 3\n", 5, "its weight is said to be 2, but 3 entries are listed");
  refuses(head + "1\n", 5, "its weight is said to be 2, but 1 entries are listed");
  refuses(head + columns + rows + "1 2\n", 15, "more lines than the matrix has");
  refuses("1 1 0\n1 1\n", 2, "expected 3 numbers");
  refuses("3 1 2\n0 1\n", 2, "expected 3 numbers");
}

TEST_F(MatrixFile, WrongEntries) {
  refuses(head + "1 4\n", 5, "column 1: 4 is out of range, 1 to 3");
  refuses(head + "1 -1\n", 5, "-1 is out of range");
  refuses(head + "1 1\n", 5, "1 is listed twice");
  refuses(head + columns + "1 2 4 6\n", 12, "row 1 does not agree with the column lists");
  refuses(head + columns + "1 2 4 8\n", 12, "8 is out of range");
  refuses("7 3\n3 4\n2 2 2 3 1 1 1\n4 3 4\n" + columns, 11, "row 2 has weight 4");
  refuses("1 1 0\n1 2 1\n", 2, "zeros and ones, not 2");
  refuses("3 1 2\n0 1 2\n", 2, "a shift of 2 in blocks of size 2");
  refuses("3 1 2\n0 1 0\n1 0 1\n", 3, "only the last block columns");
  refuses("3 1 2\n0 1 0\n0 0 0\n", 3, "no block column is sent");
  refuses("0 3\n", 1, "at least one column");
  refuses("3 0 2\n", 1, "must be positive");
}

TEST_F(MatrixFile, Truncated) {
  refuses(head + "1 2\n1 3\n", 6, "the file ends where column 3 should stand");
  refuses(head + columns + "1 2 4 5\n", 12, "the file ends where row 2 should stand");
  refuses("7 3\n", 1, "the file ends where");
  refuses("3 2 2\n0 1 0\n", 2, "the file ends where");
  refuses("", 1, "the file holds no matrix");
  refuses("# nothing\n\n", 1, "the file holds no matrix");
}

TEST_F(MatrixFile, HugeNumbers) {
  refuses("99999999999999999999999 3\n", 1, "out of range");
  refuses("3000000000 3\n", 1, "out of range");
  refuses("1000000000 1000000000 1000000000\n", 1, "too large");
  refuses("2 2 1048576\n", 1, "too large");
  refuses("100000 100000\n4 4\n1 1\n", 3, "expected 100000 numbers");
}

// A file that only claims to be large costs no memory.
TEST_F(MatrixFile, ClaimedSizeIsNotAllocated) {
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  refuses("1000000000 900000000\n3 6\n3 3 3\n", 3, "expected 1000000000 numbers");
  refuses("7 900000000\n3 6\n3 3 3 3 3 3 3\n3 3 3\n", 4, "expected 900000000 numbers");
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024);
}

TEST_F(MatrixFile, Junk) {
  refuses("7 x\n", 1, "'x' is not a number");
  refuses("7 3\n3 4\n2 2 2 3 1 1 1.5\n", 3, "'1.5' is not a number");
  constexpr std::string_view library(
      "\x7f"
      "ELF\x02\x01\x01\0\0\xff\xfe junk",
      16);
  refuses(std::string(library), 1, "is not a number");
  refuses("-5 3\n", 1, "out of range");
  refuses("1 0 1\n0 0 nan\n", 2, "'nan' is not a number");
  refuses("{\"matrix\": 1}\n", 1, "is not a number");
}

TEST_F(MatrixFile, NoInformationLeft) {
  EXPECT_THAT(error("1 0 0\n0 1 0\n0 0 1\n"), ::testing::HasSubstr("no information"));
}

TEST_F(MatrixFile, NotAFile) {
  for (const std::string& path : {std::string("/tmp"), std::string("/dev/zero"), path_.string()})
    EXPECT_THROW(make<Code>("parity-check", "{\"matrix\": \"" + path + "\"}"), FieldError) << path;
}

}  // namespace
