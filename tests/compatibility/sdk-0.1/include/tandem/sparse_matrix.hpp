#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <tandem/export.hpp>

namespace tandem {

/// A binary matrix by the positions of its ones, rows and columns both. Immutable after construction.
class TANDEM_API SparseMatrix final {
 public:
  SparseMatrix() = default;
  /// From the columns of the ones in each row. Throws Error on a column out of range or listed twice in a row.
  SparseMatrix(std::size_t columns, const std::vector<std::vector<std::uint32_t>>& rows);

  /// How many; 0 for a matrix without any.
  std::size_t rows() const noexcept { return row_ends_.empty() ? 0 : row_ends_.size() - 1; }
  /// How many; 0 for a matrix without rows and columns.
  std::size_t columns() const noexcept { return column_ends_.empty() ? 0 : column_ends_.size() - 1; }
  /// How many ones there are.
  std::size_t ones() const noexcept { return row_entries_.size(); }
  /// Columns of the ones of a row, ascending.
  std::span<const std::uint32_t> row(std::size_t r) const noexcept {
    return {row_entries_.data() + row_ends_[r], row_entries_.data() + row_ends_[r + 1]};
  }
  /// Rows of the ones of a column, ascending.
  std::span<const std::uint32_t> column(std::size_t c) const noexcept {
    return {column_entries_.data() + column_ends_[c], column_entries_.data() + column_ends_[c + 1]};
  }
  /// Every row's parity over `word`, columns() bits, a bit a byte, is even.
  bool satisfied(std::span<const std::uint8_t> word) const noexcept;

  /// The same ones in the same places.
  friend bool operator==(const SparseMatrix&, const SparseMatrix&) = default;

 private:
  std::vector<std::uint32_t> row_entries_, row_ends_, column_entries_, column_ends_;
};

}  // namespace tandem
