#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace tandem::metrics {

/// The edit distance of Levenshtein 1966: how many symbols must be put in, left out or changed to make one row of the
/// other. Symbols are numbers below `symbols`. Myers' bit vectors (JACM 46, 1999) in bands of 64 symbols (Hyyro 2003):
/// time is the product of the lengths over 64, memory their sum and `symbols`.
inline std::uint64_t edits(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b, std::uint32_t symbols) {
  while (!a.empty() && !b.empty() && a.front() == b.front()) a = a.subspan(1), b = b.subspan(1);
  while (!a.empty() && !b.empty() && a.back() == b.back()) a = a.first(a.size() - 1), b = b.first(b.size() - 1);
  if (a.size() > b.size()) std::swap(a, b);
  if (a.empty()) return b.size();
  // How the row above the band changes from column to column; the topmost rises by one each.
  std::vector<std::int8_t> change(b.size(), 1);
  std::vector<std::uint64_t> places(symbols, 0);
  std::uint64_t distance = 0;
  for (std::size_t first = 0; first < a.size(); first += 64) {
    const auto band = a.subspan(first, std::min<std::size_t>(64, a.size() - first));
    for (std::size_t i = 0; i < band.size(); ++i) places[band[i]] |= std::uint64_t{1} << i;
    const std::uint64_t last = std::uint64_t{1} << (band.size() - 1);
    std::uint64_t up = ~std::uint64_t{0}, down = 0;
    distance += band.size();
    std::int64_t along = 0;
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::uint64_t equal = places[b[j]];
      const std::uint64_t vertical = equal | down;
      if (change[j] < 0) equal |= 1;
      const std::uint64_t diagonal = (((equal & up) + up) ^ up) | equal;
      std::uint64_t more = down | ~(diagonal | up), less = up & diagonal;
      const int out = ((more & last) != 0) - ((less & last) != 0);
      more = more << 1 | (change[j] > 0);
      less = less << 1 | (change[j] < 0);
      up = less | ~(vertical | more);
      down = more & vertical;
      change[j] = static_cast<std::int8_t>(out);
      along += out;
    }
    // Down the first column, then along the band's last row.
    if (first + 64 >= a.size()) distance = static_cast<std::uint64_t>(static_cast<std::int64_t>(distance) + along);
    for (const auto symbol : band) places[symbol] = 0;
  }
  return distance;
}

}  // namespace tandem::metrics
