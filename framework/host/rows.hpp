#pragma once

#include <algorithm>
#include <cstring>
#include <tandem/ragged.hpp>

namespace tandem::host {

/// Appends rows first .. first + count - 1 of `in` to `out`.
template <class T>
void append_rows(Ragged<T>& out, const Ragged<T>& in, std::size_t first, std::size_t count) {
  if (count == 0) return;
  if (const std::size_t length = in.row_length(); length != Ragged<T>::varying) {
    const auto to = out.append(count, length);
    std::copy_n(in.values().begin() + static_cast<std::ptrdiff_t>(first * length), to.size(), to.begin());
    return;
  }
  for (std::size_t row = first; row < first + count; ++row) out.append(in[row]);
}

/// The rows whose flag is set.
template <class T>
Ragged<T> select_rows(const Ragged<T>& in, std::span<const std::uint8_t> flags) {
  Ragged<T> out;
  for (std::size_t row = 0; row < in.rows(); ++row)
    if (flags[row]) out.append(in[row]);
  return out;
}

template <class T>
bool same_row(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

/// How many of `count` values differ. Bits a byte; vectorised by the compiler.
inline std::uint32_t differences(const std::uint8_t* a, const std::uint8_t* b, std::size_t count) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += a[i] != b[i];
  return sum;
}

}  // namespace tandem::host
