#pragma once

#include <cstddef>
#include <string>
#include <tandem/sparse_matrix.hpp>

/// A parity-check matrix as a file gives it.
struct MatrixFile final {
  tandem::SparseMatrix checks;
  std::size_t punctured = 0;  ///< how many of the last columns the file marks as not sent
};

/// Reads a matrix in one of three forms, told apart by the first line; '#' starts a comment, blank lines do not count.
/// alist (D. MacKay): "columns rows", "largest column and row weight", the weights of the columns, of the rows, a line
/// of
///   1-based row numbers a column, a line of column numbers a row; zeros pad or not; the last part may be missing.
/// qc: "columns rows size" in blocks, then a line of shifts a block row, -1 for a block of zeros, s for an identity
///   shifted right by s; then, optional, a line with a 1 for each block column that is sent and a 0 for each that is
///   not.
/// dense: a line of zeros and ones a row.
/// Throws tandem::Error whose message starts with file and line. Memory is bounded by the size of the file, and for qc
/// by 2^20 columns and 2^24 ones.
MatrixFile read_matrix(const std::string& path);
