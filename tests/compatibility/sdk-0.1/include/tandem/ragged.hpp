#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <tandem/error.hpp>

namespace tandem {

/// Leaves new values of a vector uninitialised: rows are always written before they are read.
template <class T>
struct Uninitialized : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = Uninitialized<U>;
  };
  /// Without a value: leaves it as it is.
  template <class U>
  void construct(U* place) noexcept {
    ::new (static_cast<void*>(place)) U;
  }
  /// With a value: as any allocator does.
  template <class U, class... Arguments>
  void construct(U* place, Arguments&&... arguments) {
    ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
  }
};

/// Rows of any length, back to back in one buffer. Rows of one length keep no table. Const calls are thread-safe.
/// New values are uninitialised.
template <class T>
class Ragged final {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  /// What `row_length` answers when rows differ.
  static constexpr std::size_t varying = static_cast<std::size_t>(-1);

  Ragged() = default;
  /// `rows` rows of `length` values each.
  Ragged(std::size_t rows, std::size_t length) { append(rows, length); }
  Ragged(const Ragged&) = default;             ///< copies rows and values
  Ragged& operator=(const Ragged&) = default;  ///< copies rows and values
  /// Leaves `other` without rows.
  Ragged(Ragged&& other) noexcept
      : values_(std::exchange(other.values_, {})),
        ends_(std::exchange(other.ends_, {})),
        rows_(std::exchange(other.rows_, 0)),
        length_(std::exchange(other.length_, 0)) {}
  /// Leaves `other` without rows.
  Ragged& operator=(Ragged&& other) noexcept {
    Ragged taken(std::move(other));
    values_.swap(taken.values_);
    ends_.swap(taken.ends_);
    std::swap(rows_, taken.rows_);
    std::swap(length_, taken.length_);
    return *this;
  }
  ~Ragged() = default;


  std::size_t rows() const noexcept { return rows_; }              ///< how many
  std::size_t size() const noexcept { return values_.size(); }     ///< values of all rows together
  bool empty() const noexcept { return rows_ == 0; }               ///< no rows; rows without values are rows
  /// The length all rows share, or `varying`. 0 without rows.
  std::size_t row_length() const noexcept { return ends_.empty() ? length_ : varying; }
  /// Values of one row, which must exist.
  std::size_t row_length(std::size_t row) const noexcept { return ends_.empty() ? length_ : end(row) - begin(row); }

  /// One row, which must exist. Valid until rows are added, cut or cleared.
  std::span<T> operator[](std::size_t row) noexcept { return {values_.data() + begin(row), row_length(row)}; }
  /// One row, which must exist. Valid until rows are added, cut or cleared.
  std::span<const T> operator[](std::size_t row) const noexcept {
    return {values_.data() + begin(row), row_length(row)};
  }
  std::span<T> values() noexcept { return values_; }              ///< all rows, back to back
  std::span<const T> values() const noexcept { return values_; }  ///< all rows, back to back

  /// Adds one row and returns it.
  std::span<T> append(std::size_t length) { return append(1, length); }
  /// Adds `rows` rows of `length` values and returns them as one span.
  std::span<T> append(std::size_t rows, std::size_t length) {
    const std::size_t old = values_.size();
    if (rows_ == 0) length_ = rows == 0 ? 0 : length;
    if (ends_.empty() && length != length_ && rows != 0) spell_out();
    values_.resize(old + rows * length);
    if (!ends_.empty())
      for (std::size_t row = 1; row <= rows; ++row) ends_.push_back(old + row * length);
    rows_ += rows;
    return {values_.data() + old, rows * length};
  }
  /// Adds a copy of `row`, which is no part of this object.
  void append(std::span<const T> row) { std::copy(row.begin(), row.end(), append(row.size()).begin()); }

  /// Makes room for so many values in all.
  void reserve(std::size_t values) { values_.reserve(values); }
  /// Forgets the rows, keeps the memory.
  void clear() noexcept {
    values_.clear();
    ends_.clear();
    rows_ = length_ = 0;
  }

  /// Takes other cuts of the same buffer: all rows of `length`. Throws when the buffer is not a multiple of it.
  void cut(std::size_t length) {
    if (length == 0 || values_.size() % length != 0) throw Error("rows cannot be cut into blocks of one length");
    ends_.clear();
    length_ = length;
    rows_ = values_.size() / length;
  }
  /// Joins consecutive rows of one length: the new row i is made of the next counts[i] rows.
  void join(std::span<const std::uint32_t> counts) {
    if (!ends_.empty()) throw Error("only rows of one length can be joined");
    const std::size_t block = length_, total = rows_;
    std::size_t seen = 0;
    bool equal = true;
    for (const auto count : counts) {
      seen += count;
      equal = equal && count == counts[0];
    }
    if (seen != total) throw Error("the counts of joined rows do not add up");
    rows_ = counts.size();
    if (equal && !counts.empty()) {
      length_ = block * counts[0];
      return;
    }
    length_ = 0;
    ends_.reserve(counts.size());
    std::size_t position = 0;
    for (const auto count : counts) ends_.push_back(position += count * block);
  }

  /// The same rows of the same values.
  friend bool operator==(const Ragged& a, const Ragged& b) {
    if (a.rows_ != b.rows_ || !std::ranges::equal(a.values_, b.values_)) return false;
    for (std::size_t row = 0; row < a.rows_; ++row)
      if (a.row_length(row) != b.row_length(row)) return false;
    return true;
  }

 private:
  std::size_t begin(std::size_t row) const noexcept {
    return ends_.empty() ? row * length_ : row == 0 ? 0 : ends_[row - 1];
  }
  std::size_t end(std::size_t row) const noexcept { return ends_[row]; }
  void spell_out() {
    ends_.reserve(rows_ + 1);
    for (std::size_t row = 1; row <= rows_; ++row) ends_.push_back(row * length_);
  }

  std::vector<T, Uninitialized<T>> values_;
  std::vector<std::size_t> ends_;  // empty while all rows have length_
  std::size_t rows_ = 0, length_ = 0;
};

}  // namespace tandem
