#include "matrix_file.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <tandem/error.hpp>
#include <vector>

namespace {

using Numbers = std::vector<std::int64_t>;
using Rows = std::vector<std::vector<std::uint32_t>>;

constexpr std::size_t largest_file = std::size_t{1} << 28, largest_columns = std::size_t{1} << 20,
                      largest_ones = std::size_t{1} << 24;

// Lines of integers, without comments and blank lines.
class Lines final {
 public:
  explicit Lines(const std::string& path) : path_(path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (std::filesystem::is_directory(status)) throw tandem::Error(path + ": is a directory, not a matrix file");
    if (!std::filesystem::is_regular_file(status)) throw tandem::Error(path + ": is not a file");
    if (std::filesystem::file_size(path, error) > largest_file || error)
      throw tandem::Error(path + ": a matrix file may have 256 MiB at most");
    in_.open(path, std::ios::binary);
    if (!in_) throw tandem::Error(path + ": cannot be read");
    advance();
  }

  bool at_end() const { return at_end_; }
  /// The line at hand, without taking it.
  const Numbers& peek() const { return numbers_; }
  Numbers take(const std::string& what) {
    if (at_end_) fail_here("the file ends where " + what + " should stand");
    Numbers taken = std::move(numbers_);
    taken_ = line_;
    advance();
    return taken;
  }
  /// Blames the line taken last.
  [[noreturn]] void fail(const std::string& message) const { fail_at(taken_, message); }
  /// Blames the line at hand.
  [[noreturn]] void fail_here(const std::string& message) const { fail_at(line_, message); }

 private:
  [[noreturn]] void fail_at(std::size_t line, const std::string& message) const {
    throw tandem::Error(path_ + ":" + std::to_string(line) + ": " + message);
  }

  void advance() {
    std::string text;
    while (std::getline(in_, text)) {
      ++line_;
      parse(std::string_view(text).substr(0, text.find('#')));
      if (!numbers_.empty()) return;
    }
    numbers_.clear();
    at_end_ = true;
  }

  void parse(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\f\v,;";
    numbers_.clear();
    for (std::size_t start; (start = text.find_first_not_of(blanks)) != text.npos;) {
      text.remove_prefix(start);
      const std::string_view word = text.substr(0, text.find_first_of(blanks));
      text.remove_prefix(word.size());
      numbers_.push_back(number(word));
    }
  }

  std::int64_t number(std::string_view word) const {
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    std::string_view rest(end, static_cast<std::size_t>(word.data() + word.size() - end));
    if (error == std::errc() && rest.starts_with('.'))
      rest.remove_prefix(std::min(rest.find_first_not_of('0', 1), rest.size()));
    if (error == std::errc() && rest.empty() && value <= INT32_MAX && value >= -1) return value;
    std::string shown;
    for (const char c : word.substr(0, 20)) shown += c >= ' ' && c <= '~' ? c : '?';
    if (error == std::errc::result_out_of_range || (error == std::errc() && rest.empty()))
      fail_here("the number " + shown + " is out of range");
    fail_here("'" + shown + "' is not a number");
  }

  std::string path_;
  std::ifstream in_;
  Numbers numbers_;
  std::size_t line_ = 0, taken_ = 0;
  bool at_end_ = false;
};

std::string count(std::size_t number, const char* what) { return std::to_string(number) + " " + what; }

Numbers take_exactly(Lines& lines, std::size_t length, const std::string& what) {
  Numbers line = lines.take(what);
  if (line.size() != length)
    lines.fail("expected " + count(length, "numbers") + " (" + what + "), found " + std::to_string(line.size()));
  return line;
}

// One line of 1-based indices below or at `limit`, zeros skipped; their number must be `weight`.
std::vector<std::uint32_t> take_indices(Lines& lines, std::int64_t weight, std::int64_t limit,
                                        const std::string& what) {
  std::vector<std::uint32_t> indices;
  // An empty list without padding is a blank line, which does not count.
  if (weight == 0 && (lines.at_end() || std::ranges::any_of(lines.peek(), [](auto index) { return index != 0; })))
    return indices;
  for (const auto index : lines.take(what)) {
    if (index == 0) continue;
    if (index < 0 || index > limit)
      lines.fail(what + ": " + std::to_string(index) + " is out of range, 1 to " + std::to_string(limit));
    indices.push_back(static_cast<std::uint32_t>(index - 1));
  }
  if (indices.size() != static_cast<std::size_t>(weight))
    lines.fail(what + ": its weight is said to be " + std::to_string(weight) + ", but " +
               std::to_string(indices.size()) + " entries are listed");
  std::ranges::sort(indices);
  const auto twice = std::ranges::adjacent_find(indices);
  if (twice != indices.end()) lines.fail(what + ": " + std::to_string(*twice + 1) + " is listed twice");
  return indices;
}

Numbers take_weights(Lines& lines, std::size_t length, std::int64_t largest, const std::string& what) {
  Numbers weights = take_exactly(lines, length, what);
  for (const auto weight : weights)
    if (weight < 0 || weight > largest)
      lines.fail("a weight of " + std::to_string(weight) + " among " + what + ", the largest is said to be " +
                 std::to_string(largest));
  return weights;
}

MatrixFile read_alist(Lines& lines) {
  const Numbers size = take_exactly(lines, 2, "columns and rows");
  if (size[0] < 1 || size[1] < 1) lines.fail("a matrix needs at least one column and one row");
  const auto columns = static_cast<std::size_t>(size[0]), rows = static_cast<std::size_t>(size[1]);
  const Numbers largest = take_exactly(lines, 2, "largest column and row weight");
  const Numbers column_weights = take_weights(lines, columns, largest[0], "column weights");
  const Numbers row_weights = take_weights(lines, rows, largest[1], "row weights");

  Rows matrix(rows);
  for (std::size_t c = 0; c < columns; ++c)
    for (const auto r : take_indices(lines, column_weights[c], size[1], "column " + std::to_string(c + 1)))
      matrix[r].push_back(static_cast<std::uint32_t>(c));
  const bool has_rows = !lines.at_end();
  for (std::size_t r = 0; r < rows; ++r) {
    if (!has_rows && matrix[r].size() != static_cast<std::size_t>(row_weights[r]))
      lines.fail_here("row " + std::to_string(r + 1) + " has weight " + std::to_string(matrix[r].size()) +
                      " by the column lists, but is said to have " + std::to_string(row_weights[r]));
    if (has_rows && take_indices(lines, row_weights[r], size[0], "row " + std::to_string(r + 1)) != matrix[r])
      lines.fail("row " + std::to_string(r + 1) + " does not agree with the column lists");
  }
  if (!lines.at_end()) lines.fail_here("more lines than the matrix has");
  return {tandem::SparseMatrix(columns, matrix), 0};
}

MatrixFile read_qc(Lines& lines) {
  const Numbers head = take_exactly(lines, 3, "block columns, block rows and block size");
  if (head[0] < 1 || head[1] < 1 || head[2] < 1) lines.fail("columns, rows and block size must be positive");
  const auto block_columns = static_cast<std::size_t>(head[0]), block_rows = static_cast<std::size_t>(head[1]),
             block = static_cast<std::size_t>(head[2]);
  if (block_columns > largest_columns / block || block_rows > largest_columns / block)
    lines.fail("the matrix is too large: 2^20 columns and rows at most");
  Rows matrix;
  std::size_t ones = 0;
  for (std::size_t r = 0; r < block_rows; ++r) {
    const Numbers shifts = take_exactly(lines, block_columns, "shifts of block row " + std::to_string(r + 1));
    for (const auto shift : shifts) {
      if (shift >= head[2])
        lines.fail("a shift of " + std::to_string(shift) + " in blocks of size " + std::to_string(block));
      if (shift >= 0) ones += block;
    }
    if (ones > largest_ones) lines.fail("the matrix is too large: 2^24 ones at most");
    for (std::size_t i = 0; i < block; ++i) {
      auto& row = matrix.emplace_back();
      for (std::size_t c = 0; c < block_columns; ++c)
        if (shifts[c] >= 0)
          row.push_back(static_cast<std::uint32_t>(c * block + (i + static_cast<std::size_t>(shifts[c])) % block));
    }
  }
  MatrixFile file{tandem::SparseMatrix(block_columns * block, matrix), 0};
  if (lines.at_end()) return file;
  const Numbers sent = take_exactly(lines, block_columns, "which block columns are sent");
  std::size_t kept = block_columns;
  while (kept > 0 && sent[kept - 1] == 0) --kept;
  for (std::size_t c = 0; c < kept; ++c)
    if (sent[c] != 1) lines.fail("only the last block columns can be left unsent");
  if (kept == 0) lines.fail("no block column is sent");
  if (!lines.at_end()) lines.fail_here("more lines than the matrix has");
  file.punctured = (block_columns - kept) * block;
  return file;
}

MatrixFile read_dense(Lines& lines) {
  const std::size_t columns = lines.peek().size();
  Rows matrix;
  while (!lines.at_end()) {
    const Numbers bits = take_exactly(lines, columns, "row " + std::to_string(matrix.size() + 1));
    auto& row = matrix.emplace_back();
    for (std::size_t c = 0; c < columns; ++c) {
      if (bits[c] != 0 && bits[c] != 1)
        lines.fail("a dense matrix holds zeros and ones, not " + std::to_string(bits[c]));
      if (bits[c] == 1) row.push_back(static_cast<std::uint32_t>(c));
    }
  }
  return {tandem::SparseMatrix(columns, matrix), 0};
}

}  // namespace

MatrixFile read_matrix(const std::string& path) {
  Lines lines(path);
  if (lines.at_end()) throw tandem::Error(path + ":1: the file holds no matrix");
  const Numbers& first = lines.peek();
  if (std::ranges::all_of(first, [](auto number) { return number == 0 || number == 1; })) return read_dense(lines);
  if (first.size() == 2) return read_alist(lines);
  if (first.size() == 3) return read_qc(lines);
  lines.fail_here("neither alist (columns, rows) nor qc (columns, rows, block size) nor a row of zeros and ones");
}
