#pragma once

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "reduced_code.hpp"

inline constexpr std::size_t lanes = 8;

template <class T>
struct alignas(32) Block final {
  T value[32 / sizeof(T)];
};
/// Values that start at a multiple of 32 bytes.
template <class T>
class Aligned final {
 public:
  explicit Aligned(std::size_t size) : size_(size), blocks_((size * sizeof(T) + 31) / 32) {}
  std::size_t size() const { return size_; }
  T* data() { return blocks_.empty() ? nullptr : blocks_[0].value; }
  const T* data() const { return blocks_.empty() ? nullptr : blocks_[0].value; }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }

 private:
  std::size_t size_;
  std::vector<Block<T>> blocks_;
};

inline __m256i load(const void* from) { return _mm256_load_si256(static_cast<const __m256i*>(from)); }
inline void store(void* to, __m256i value) { _mm256_store_si256(static_cast<__m256i*>(to), value); }

/// One received word and the generator matrix reduced for it, with the most reliable independent positions as basis.
/// `static_words` words of 64 bits hold a codeword; 0 when that is known only at run time.
template <std::size_t static_words>
class ReliableBasis {
 public:
  explicit ReliableBasis(const ReducedCode& code)
      : code_(code),
        reliability_((code.n + lanes - 1) / lanes * lanes),
        keys_(reliability_.size()),
        ranks_(reliability_.size()),
        rows_(code.rows.size()),
        sorted_(code.n),
        basis_(code.k),
        chosen_(code.k),
        row_at_(code.n),
        start_row_at_(code.n, none),
        unused_((code.k + 63) / 64),
        hard_(code.words),
        independent_(code.words),
        difference_(code.words),
        pivot_(code.words) {
    for (std::size_t r = 0; r < code.k; ++r) start_row_at_[code.basis[r]] = static_cast<std::uint16_t>(r);
  }

 protected:
  static constexpr std::uint16_t none = UINT16_MAX;

  std::size_t words() const { return static_words != 0 ? static_words : code_.words; }
  static bool has(const std::uint64_t* word, std::size_t position) {
    return (word[position / 64] >> (position % 64)) & 1;
  }

  // Hard decisions and reliabilities; NaN says nothing.
  void receive(const float* llr) {
    const std::size_t n = code_.n;
    float* reliability = reliability_.data();
    std::memcpy(reliability, llr, n * sizeof(float));
    std::ranges::fill(hard_, 0);
    const __m256 zero = _mm256_setzero_ps(), sign = _mm256_set1_ps(-0.f);
    for (std::size_t i = 0; i < n; i += lanes) {
      const __m256 value = _mm256_load_ps(reliability + i);
      const auto negative = static_cast<std::uint64_t>(_mm256_movemask_ps(_mm256_cmp_ps(value, zero, _CMP_LT_OQ)));
      hard_[i / 64] |= negative << (i % 64);
      const __m256 number = _mm256_cmp_ps(value, value, _CMP_ORD_Q);
      _mm256_store_ps(reliability + i, _mm256_and_ps(number, _mm256_andnot_ps(sign, value)));
    }
  }

  bool is_codeword() {
    std::ranges::copy(hard_, difference_.begin());
    for (std::size_t r = 0; r < code_.k; ++r) add_row(code_.rows.data(), r, has(hard_.data(), code_.basis[r]));
    return std::ranges::all_of(difference_, [](std::uint64_t word) { return word == 0; });
  }

  // Positions by falling reliability, equal ones by their number.
  void sort() {
    const std::size_t n = code_.n;
    if (static_words == 0) {
      wide_keys_.resize(n);
      for (std::size_t i = 0; i < n; ++i)
        wide_keys_[i] = std::uint64_t{~std::bit_cast<std::uint32_t>(reliability_[i])} << 32 | i;
      std::ranges::sort(wide_keys_);
      for (std::size_t i = 0; i < n; ++i) sorted_[i] = static_cast<std::uint16_t>(wide_keys_[i]);
      return;
    }
    // The rank of each is the number of those before it: nonnegative floats compare as their bits do.
    std::memcpy(keys_.data(), reliability_.data(), n * sizeof(float));
    const std::int32_t* keys = keys_.data();
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    for (std::size_t first = 0; first < n; first += lanes) {
      const __m256i own = load(keys + first), own_less_one = _mm256_sub_epi32(own, _mm256_set1_epi32(1));
      __m256i even = _mm256_setzero_si256(), odd = even;
      const auto count = [&](std::size_t begin, std::size_t end, __m256i threshold) {
        std::size_t j = begin;
        for (; j + 2 <= end; j += 2) {
          even = _mm256_sub_epi32(even, _mm256_cmpgt_epi32(_mm256_set1_epi32(keys[j]), threshold));
          odd = _mm256_sub_epi32(odd, _mm256_cmpgt_epi32(_mm256_set1_epi32(keys[j + 1]), threshold));
        }
        if (j < end) even = _mm256_sub_epi32(even, _mm256_cmpgt_epi32(_mm256_set1_epi32(keys[j]), threshold));
      };
      count(0, first, own_less_one);
      for (std::size_t j = first; j < std::min(first + lanes, n); ++j) {
        const __m256i later = _mm256_cmpgt_epi32(lane, _mm256_set1_epi32(static_cast<int>(j - first)));
        count(j, j + 1, _mm256_add_epi32(own, later));
      }
      count(first + lanes, n, own);
      store(ranks_.data() + first, _mm256_add_epi32(even, odd));
    }
    for (std::size_t i = 0; i < n; ++i) sorted_[static_cast<std::size_t>(ranks_[i])] = static_cast<std::uint16_t>(i);
  }

  // Gauss and Jordan: the basis becomes the most reliable independent positions.
  void reduce() {
    std::memcpy(rows_.data(), code_.rows.data(), code_.rows.size() * sizeof(std::uint64_t));
    std::ranges::copy(code_.basis, basis_.begin());
    std::ranges::copy(start_row_at_, row_at_.begin());
    std::ranges::fill(independent_, 0);
    std::ranges::fill(unused_, ~std::uint64_t{0});
    std::size_t rank = 0;
    for (const std::uint16_t position : sorted_) {
      std::size_t row = row_at_[position];
      if (row == none) {
        row = unused_row(position);
        if (row == none) continue;
        eliminate(position, row);
        row_at_[basis_[row]] = none;
        basis_[row] = position;
      }
      unused_[row / 64] &= ~(std::uint64_t{1} << (row % 64));
      independent_[position / 64] |= std::uint64_t{1} << (position % 64);
      chosen_[code_.k - ++rank] = static_cast<std::uint16_t>(row);
      if (rank == code_.k) return;
    }
  }

  std::size_t unused_row(std::size_t position) {
    const std::uint64_t* column = rows_.data() + position / 64 * code_.stride;
    const __m128i to_sign = _mm_cvtsi32_si128(static_cast<int>(63 - position % 64));
    for (std::size_t first = 0; first < code_.stride; first += 64) {
      std::uint64_t found = 0;
      for (std::size_t r = first; r < std::min(first + 64, code_.stride); r += 4) {
        const __m256i bits = _mm256_sll_epi64(load(column + r), to_sign);
        found |= static_cast<std::uint64_t>(_mm256_movemask_pd(_mm256_castsi256_pd(bits))) << (r - first);
      }
      found &= unused_[first / 64];
      if (found != 0) return first + static_cast<std::size_t>(std::countr_zero(found));
    }
    return none;
  }

  // Adds `row` to the others with a bit at `position`.
  void eliminate(std::size_t position, std::size_t row) {
    std::uint64_t* rows = rows_.data();
    const std::uint64_t* column = rows + position / 64 * code_.stride;
    const __m128i to_sign = _mm_cvtsi32_si128(static_cast<int>(63 - position % 64));
    for (std::size_t w = 0; w < words(); ++w) pivot_[w] = rows[w * code_.stride + row];
    for (std::size_t r = 0; r < code_.stride; r += 4) {
      const __m256i bits = _mm256_sll_epi64(load(column + r), to_sign);
      const __m256i mask = _mm256_cmpgt_epi64(_mm256_setzero_si256(), bits);
      for (std::size_t w = 0; w < words(); ++w) {
        std::uint64_t* target = rows + w * code_.stride + r;
        const __m256i pivot = _mm256_set1_epi64x(static_cast<std::int64_t>(pivot_[w]));
        store(target, _mm256_xor_si256(load(target), _mm256_and_si256(mask, pivot)));
      }
    }
    for (std::size_t w = 0; w < words(); ++w) rows[w * code_.stride + row] = pivot_[w];
  }

  // Where the codeword of the hard decisions at the basis differs from the hard decisions.
  void reencode() {
    std::ranges::copy(hard_, difference_.begin());
    for (std::size_t r = 0; r < code_.k; ++r) add_row(rows_.data(), r, has(hard_.data(), basis_[r]));
  }

  std::uint64_t dependent(std::size_t w) const {
    const std::size_t bits = code_.n - 64 * w;
    return ~independent_[w] & (bits < 64 ? (std::uint64_t{1} << bits) - 1 : ~std::uint64_t{0});
  }

  void flip_row(std::size_t r) { add_row(rows_.data(), r, true); }

  const ReducedCode& code_;
  Aligned<float> reliability_;
  Aligned<std::int32_t> keys_, ranks_;
  Aligned<std::uint64_t> rows_;                                         // as those of code_
  std::vector<std::uint16_t> sorted_;                                   // positions, the most reliable first
  std::vector<std::uint16_t> basis_;                                    // of each row, its position
  std::vector<std::uint16_t> chosen_;                                   // rows, the least reliable basis first
  std::vector<std::uint16_t> row_at_, start_row_at_;                    // of each position, its row or none
  std::vector<std::uint64_t> wide_keys_, unused_, hard_, independent_;  // independent_: the basis
  std::vector<std::uint64_t> difference_, pivot_;                       // difference_: codeword and hard decision

 private:
  void add_row(const std::uint64_t* rows, std::size_t r, bool wanted) {
    const std::uint64_t mask = -std::uint64_t{wanted};
    for (std::size_t w = 0; w < words(); ++w) difference_[w] ^= rows[w * code_.stride + r] & mask;
  }
};
