#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <tandem/ragged.hpp>
#include <vector>

namespace tandem::process {

/// What a message asks for; an answer has the kind of its request, or `failure`. docs/process.md shows all layouts.
enum class Kind : std::uint32_t {
  failure = 0,
  hello = 1,
  transmit = 2,
  likelihood = 3,
  decode = 4,
  encode_items = 5,
  decode_features = 6,
  measure = 7,
  evaluate = 8,
  open = 9,
  step = 10,
  clone = 11,
  close = 12
};
std::string_view name(Kind kind);

/// What stands before every message: 24 bytes, little-endian as the machine is.
struct Header final {
  static constexpr char right_magic[4] = {'T', 'N', 'D', 'M'};

  char magic[4] = {'T', 'N', 'D', 'M'};
  Kind kind = Kind::failure;
  std::uint64_t number = 0;  ///< of the request; the answer repeats it
  std::uint64_t length = 0;  ///< of the payload, in bytes
};
static_assert(sizeof(Header) == 24);

/// A payload that is put together by pointing: values of rows are not copied, so they must outlive it.
class Request final {
 public:
  explicit Request(Kind kind) : kind_(kind) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  Request& text(std::string_view text);
  Request& number(std::uint64_t value) { return own({&value, 1}); }
  Request& real(double value);
  template <class T>
  Request& rows(const Ragged<T>& rows) {
    number(rows.rows()).number(rows.row_length());  // a length of 2^64 - 1 says that rows differ
    if (rows.row_length() == Ragged<T>::varying) {
      std::vector<std::uint64_t> lengths(rows.rows());
      for (std::size_t row = 0; row < rows.rows(); ++row) lengths[row] = rows.row_length(row);
      own(lengths);
    }
    return values(std::as_bytes(rows.values()));
  }
  /// `length` values a row.
  template <class T>
  Request& rows(std::span<const T> given, std::size_t length = 1) {
    return number(given.size() / length).number(given.empty() ? 0 : length).values(std::as_bytes(given));
  }
  Request& no_rows() { return number(0).number(0); }

  Kind kind() const { return kind_; }
  std::uint64_t length() const { return length_; }
  const std::vector<iovec>& parts() const { return parts_; }

 private:
  Request& own(std::span<const std::uint64_t> words);
  Request& values(std::span<const std::byte> bytes);

  Kind kind_;
  std::deque<std::vector<std::uint64_t>> own_;
  std::vector<iovec> parts_;
  std::uint64_t length_ = 0;
};

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 32;  ///< of an answer's payload, whatever its header claims

using Payload = std::vector<std::byte, Uninitialized<std::byte>>;

/// Reads an answer's payload. Whatever it holds, nothing is read beyond it and nothing larger than it is made. Throws
/// Error with what is wrong.
class Answer final {
 public:
  explicit Answer(Payload payload) : payload_(std::move(payload)) {}

  std::string_view text() const { return {reinterpret_cast<const char*>(payload_.data()), payload_.size()}; }
  double real(const char* what);
  /// `count` rows; `what` names them in messages. Real values that are not a number are refused.
  template <class T>
  Ragged<T> rows(std::uint64_t count, const char* what) {
    Ragged<T> out;
    const std::uint64_t given = word(what), length = word(what);
    if (given != count) wrong_rows(what, given, count);
    if (length == Ragged<T>::varying) {
      const auto lengths = take(count, sizeof(std::uint64_t), what);
      for (std::size_t row = 0; row < count; ++row) {
        std::uint64_t one;
        std::memcpy(&one, lengths.data() + row * sizeof one, sizeof one);
        if (one > left() / sizeof(T) - std::min<std::uint64_t>(out.size(), left() / sizeof(T))) too_short(what);
        out.append(one);
      }
    } else {
      if (length != 0 && count > left() / sizeof(T) / length) too_short(what);
      out.append(count, length);
    }
    const auto from = take(out.size(), sizeof(T), what);
    if (!from.empty()) std::memcpy(out.values().data(), from.data(), from.size());
    skip_padding(what);
    if constexpr (std::is_floating_point_v<T>) {
      int unordered = 0;
      for (const T value : out.values()) unordered |= value != value;
      if (unordered) not_numbers(what);
    }
    return out;
  }
  /// `count` rows of `length` values.
  template <class T>
  Ragged<T> rows(std::uint64_t count, std::uint64_t length, const char* what) {
    Ragged<T> out = rows<T>(count, what);
    if (count != 0 && out.row_length() != length) wrong_length(what, length);
    return out;
  }
  /// True where a block of no rows stands, which is passed over.
  bool skip_empty(const char* what);
  /// Throws when anything is left.
  void finish() const;

 private:
  std::uint64_t word(const char* what);
  std::uint64_t left() const { return payload_.size() - at_; }
  std::span<const std::byte> take(std::uint64_t count, std::size_t size, const char* what);
  void skip_padding(const char* what);
  [[noreturn]] static void not_numbers(const char* what);
  [[noreturn]] static void too_short(const char* what);
  [[noreturn]] static void wrong_rows(const char* what, std::uint64_t given, std::uint64_t count);
  [[noreturn]] static void wrong_length(const char* what, std::uint64_t length);

  Payload payload_;
  std::size_t at_ = 0;
};

}  // namespace tandem::process
