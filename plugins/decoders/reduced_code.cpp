#include "reduced_code.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <tandem/error.hpp>

namespace {

/// Rows of bits, each an information word's codeword with the information behind it.
using Rows = std::vector<std::vector<std::uint64_t>>;

bool bit(const std::vector<std::uint64_t>& row, std::size_t position) {
  return (row[position / 64] >> (position % 64)) & 1;
}
void set(std::vector<std::uint64_t>& row, std::size_t position) {
  row[position / 64] |= std::uint64_t{1} << (position % 64);
}

Rows unit_codewords(const tandem::Code& code, std::size_t words) {
  const std::size_t k = code.k();
  tandem::Bits units(k, k);
  std::ranges::fill(units.values(), std::uint8_t{0});
  for (std::size_t i = 0; i < k; ++i) units[i][i] = 1;
  const tandem::Bits codewords = code.encode(units);
  Rows rows(k, std::vector<std::uint64_t>(words + (k + 63) / 64));
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t c = 0; c < code.n(); ++c)
      if (codewords[i][c]) set(rows[i], c);
    set(rows[i], 64 * words + i);
  }
  return rows;
}

// The lightest sum of `depth` of the first `limit` rows and of `sum`.
std::size_t lightest(const Rows& rows, std::size_t words, std::size_t depth, std::size_t limit,
                     const std::vector<std::uint64_t>& sum) {
  std::size_t least = SIZE_MAX;
  for (std::size_t i = depth - 1; i < limit; ++i) {
    if (depth == 1) {
      std::size_t weight = 0;
      for (std::size_t w = 0; w < words; ++w) weight += static_cast<std::size_t>(std::popcount(sum[w] ^ rows[i][w]));
      least = std::min(least, weight);
      continue;
    }
    std::vector<std::uint64_t> next(words);
    for (std::size_t w = 0; w < words; ++w) next[w] = sum[w] ^ rows[i][w];
    least = std::min(least, lightest(rows, words, depth - 1, i, next));
  }
  return least;
}

// Codewords that hold more than w information bits weigh more than w: sums of few rows settle the others.
std::size_t distance_bound(const Rows& rows, std::size_t words) {
  constexpr std::size_t most_work = 10'000'000;
  std::size_t least = SIZE_MAX, work = 0, choose = 1;
  for (std::size_t weight = 1; weight <= rows.size(); ++weight) {
    if (least <= weight) return least;
    choose = choose * (rows.size() - weight + 1) / weight;  // below 10^7 times 4096: no overflow
    work += choose * words;
    if (work > most_work) return std::min(least, weight);
    least = std::min(least, lightest(rows, words, weight, rows.size(), std::vector<std::uint64_t>(words)));
  }
  return least;
}

}  // namespace

ReducedCode::ReducedCode(const tandem::Code& code)
    : n(code.n()), k(code.k()), words((n + 63) / 64), stride((k + 3) / 4 * 4) {
  if (n > most_bits)
    throw tandem::Error("ordered statistics decode codes of up to " + std::to_string(most_bits) + " bits, not " +
                        std::to_string(n));
  Rows generator = unit_codewords(code, words);
  for (std::size_t c = 0; c < n && basis.size() < k; ++c) {
    const std::size_t rank = basis.size();
    std::size_t found = rank;
    while (found < k && !bit(generator[found], c)) ++found;
    if (found == k) continue;
    std::swap(generator[rank], generator[found]);
    for (std::size_t r = 0; r < k; ++r)
      if (r != rank && bit(generator[r], c))
        for (std::size_t w = 0; w < generator[r].size(); ++w) generator[r][w] ^= generator[rank][w];
    basis.push_back(static_cast<std::uint16_t>(c));
  }
  if (basis.size() < k) throw tandem::Error("the code sends different information as the same codeword");

  rows.assign(words * stride, 0);
  for (std::size_t w = 0; w < words; ++w)
    for (std::size_t r = 0; r < k; ++r) rows[w * stride + r] = generator[r][w];
  distance = distance_bound(generator, words);

  positions_.assign(code.information_positions().begin(), code.information_positions().end());
  if (positions_.size() == k) return;
  masks_.assign(k * words, 0);
  for (std::size_t r = 0; r < k; ++r)
    for (std::size_t i = 0; i < k; ++i)
      if (bit(generator[r], 64 * words + i)) masks_[i * words + basis[r] / 64] |= std::uint64_t{1} << (basis[r] % 64);
}

void ReducedCode::information(const std::uint64_t* codeword, std::uint8_t* out) const {
  for (std::size_t i = 0; i < k; ++i) {
    if (masks_.empty()) {
      out[i] = (codeword[positions_[i] / 64] >> (positions_[i] % 64)) & 1;
      continue;
    }
    std::uint64_t sum = 0;
    for (std::size_t w = 0; w < words; ++w) sum ^= codeword[w] & masks_[i * words + w];
    out[i] = static_cast<std::uint8_t>(std::popcount(sum) & 1);
  }
}
