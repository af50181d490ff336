#pragma once

#include <functional>
#include <string>
#include <vector>

#include <tandem/code.hpp>
#include <tandem/model.hpp>

#include "bench.hpp"
#include "host/rows.hpp"

namespace tandem::conformance {

/// What laws of every role need: rows of good input for a component, and all that it makes of them.
struct Exercise {
  std::size_t rows = 0;   ///< of input
  /// What the rows first .. first + count - 1 give when they are passed together: all bytes of the outcome, a text a row.
  /// `count` may be 0. Thread-safe. Throws Violation when the outcome has another number of rows.
  std::function<std::vector<std::string>(std::size_t first, std::size_t count)> call;

  std::vector<std::string> call_all() const { return call(0, rows); }
};

/// The exercise of the bench's role with the subject of `world`, which must outlive it. Input depends on the bench's seed
/// alone. Throws Inapplicable for trainers: their calls have no rows.
Exercise make_exercise(Bench& bench, Bench::World& world);

/// SHA-256 over an outcome, in hexadecimal digits.
std::string digest(const std::vector<std::string>& rows);

/// Frames that the experiment's own source yields.
Bytes items_of(Bench& bench, Bench::World& world, std::size_t count);
/// Rows of fair bits.
Bits random_bits(Bench& bench, const char* purpose, std::size_t rows, std::size_t length);
/// Rows of n received values over AWGN, all at one Es/N0 or row r at -2 + r % 9 dB: the LLRs and the matched-filter
/// output of `codewords`, as far as the decoder needs them.
Reception received(Bench& bench, const char* purpose, const Bits& codewords, Needs needs, std::optional<double> es_n0_db = {});
/// What the next symbol may be, to the last bit, in stream `stream` of a session, however the session tells.
std::string prediction(const Session& session, std::size_t stream, std::uint32_t vocabulary);
/// Rows of symbols for a model: the tokens of the experiment's text where it has a tokenizer, random ones else; at most
/// `longest` a row, `end` never among them.
Tokens tokens_of(Bench& bench, Bench::World& world, std::size_t rows, std::size_t longest);
/// Rows for a block's or a codec's port.
Batch batch_of(Bench& bench, Bench::World& world, Port port, std::size_t rows);
/// How many there are of what its port says.
std::size_t rows_in(const Batch& batch);

/// Rows first .. first + count - 1.
template <class T>
Ragged<T> rows_of(const Ragged<T>& all, std::size_t first, std::size_t count) {
  Ragged<T> out;
  host::append_rows(out, all, first, count);
  return out;
}
/// The bytes of a row, to compare outcomes by.
template <class T>
std::string bytes_of(std::span<const T> row) {
  return {reinterpret_cast<const char*>(row.data()), row.size_bytes()};
}
template <class T>
std::string bytes_of(const Ragged<T>& rows, std::size_t row) {
  return bytes_of<T>(rows[row]) + '/' + std::to_string(rows.row_length(row)) + ';';
}

}  // namespace tandem::conformance
