#include <algorithm>
#include <string>
#include <tandem/error.hpp>
#include <tandem/sparse_matrix.hpp>

namespace tandem {

SparseMatrix::SparseMatrix(std::size_t columns, const std::vector<std::vector<std::uint32_t>>& rows) {
  std::vector<std::uint32_t> degrees(columns, 0);
  row_ends_.assign(1, 0);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::vector<std::uint32_t> sorted = rows[r];
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (sorted[i] >= columns)
        throw Error("column " + std::to_string(sorted[i]) + " is out of range", "row " + std::to_string(r));
      if (i > 0 && sorted[i] == sorted[i - 1])
        throw Error("column " + std::to_string(sorted[i]) + " is listed twice", "row " + std::to_string(r));
      ++degrees[sorted[i]];
    }
    row_entries_.insert(row_entries_.end(), sorted.begin(), sorted.end());
    row_ends_.push_back(static_cast<std::uint32_t>(row_entries_.size()));
  }
  column_ends_.assign(1, 0);
  for (const auto degree : degrees) column_ends_.push_back(column_ends_.back() + degree);
  column_entries_.resize(row_entries_.size());
  std::vector<std::uint32_t> next(column_ends_.begin(), column_ends_.end() - 1);
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (const auto c : row(r)) column_entries_[next[c]++] = static_cast<std::uint32_t>(r);
}

bool SparseMatrix::satisfied(std::span<const std::uint8_t> word) const noexcept {
  for (std::size_t r = 0; r < rows(); ++r) {
    unsigned parity = 0;
    for (const auto c : row(r)) parity ^= word[c];
    if (parity & 1) return false;
  }
  return true;
}

}  // namespace tandem
