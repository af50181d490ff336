#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <tandem/batch.hpp>
#include <tandem/sparse_matrix.hpp>
#include <utility>
#include <vector>

/// Linear algebra over GF(2), 64 bits a word.
namespace gf2 {

/// A dense matrix, each row padded to whole words.
class Dense final {
 public:
  Dense(std::size_t rows, std::size_t columns)
      : rows_(rows), words_((columns + 63) / 64), data_(rows * words_, std::uint64_t{0}) {}

  std::size_t rows() const { return rows_; }
  std::size_t words() const { return words_; }
  std::uint64_t* row(std::size_t r) { return data_.data() + r * words_; }
  const std::uint64_t* row(std::size_t r) const { return data_.data() + r * words_; }
  bool get(std::size_t r, std::size_t c) const { return (row(r)[c / 64] >> (c % 64)) & 1; }
  void flip(std::size_t r, std::size_t c) { row(r)[c / 64] ^= std::uint64_t{1} << (c % 64); }
  void swap(std::size_t a, std::size_t b) {
    for (std::size_t w = 0; w < words_; ++w) std::swap(row(a)[w], row(b)[w]);
  }
  void add(std::size_t source, std::size_t target) {
    const std::uint64_t* from = row(source);
    std::uint64_t* to = row(target);
    for (std::size_t w = 0; w < words_; ++w) to[w] ^= from[w];
  }

 private:
  std::size_t rows_, words_;
  std::vector<std::uint64_t> data_;
};

/// Brings `matrix` to reduced form with pivots sought in the columns of `order`, first come first served, and returns
/// the pivot column of each of the leading rows. Their number is the rank when `order` holds every column.
inline std::vector<std::uint32_t> reduce(Dense& matrix, std::span<const std::uint32_t> order) {
  std::vector<std::uint32_t> pivots;
  for (const auto column : order) {
    const std::size_t rank = pivots.size();
    std::size_t found = rank;
    while (found < matrix.rows() && !matrix.get(found, column)) ++found;
    if (found == matrix.rows()) continue;
    if (found != rank) matrix.swap(found, rank);
    for (std::size_t r = 0; r < matrix.rows(); ++r)
      if (r != rank && matrix.get(r, column)) matrix.add(rank, r);
    pivots.push_back(column);
    if (pivots.size() == matrix.rows()) break;
  }
  return pivots;
}

/// Encodes by table: each step looks up the codeword of the next few information bits and adds it.
class Encoder final {
 public:
  Encoder() = default;
  /// `generator` has a row for each information bit, `n` columns.
  Encoder(const Dense& generator, std::size_t n) : k_(generator.rows()), n_(n), words_(generator.words()) {
    if (words_ > most_short_words) words_ = (words_ + block_words - 1) / block_words * block_words;
    constexpr std::size_t small = 1 << 18, large = 1 << 26;
    const auto bytes = [&](std::size_t bits) {
      return ((k_ + bits - 1) / bits << bits) * words_ * sizeof(std::uint64_t);
    };
    bits_ = bytes(8) <= small ? 8 : bytes(4) <= large ? 4 : 1;
    steps_ = (k_ + bits_ - 1) / bits_;
    table_.assign((steps_ << bits_) * words_, 0);
    for (std::size_t step = 0; step < steps_; ++step)
      for (std::size_t pattern = 1; pattern < std::size_t{1} << bits_; ++pattern) {
        const auto lowest = static_cast<std::size_t>(__builtin_ctzll(pattern));
        const std::size_t bit = step * bits_ + lowest;
        if (bit >= k_) continue;
        std::uint64_t* target = entry(step, pattern);
        const std::uint64_t* rest = entry(step, pattern & (pattern - 1));
        for (std::size_t w = 0; w < generator.words(); ++w) target[w] = rest[w] ^ generator.row(bit)[w];
      }
  }

  tandem::Bits operator()(const tandem::Bits& information) const {
    tandem::Bits codewords(information.rows(), n_);
    const std::uint8_t* in = information.values().data();
    std::uint8_t* out = codewords.values().data();
    switch (words_) {  // few words always come with tables by the byte
      case 1:
        encode<1>(in, information.rows(), out);
        break;
      case 2:
        encode<2>(in, information.rows(), out);
        break;
      case 3:
        encode<3>(in, information.rows(), out);
        break;
      case 4:
        encode<4>(in, information.rows(), out);
        break;
      default:
        encode(in, information.rows(), out);
        break;
    }
    return codewords;
  }

 private:
  static constexpr std::uint64_t lowest_bits = 0x0101010101010101;
  static constexpr std::size_t most_short_words = 4, block_words = 8;

  std::uint64_t* entry(std::size_t step, std::size_t pattern) {
    return table_.data() + ((step << bits_) + pattern) * words_;
  }
  static std::uint64_t pack(const std::uint8_t* bytes, std::size_t count) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes, count);
    return _pext_u64(eight, lowest_bits);
  }
  static void unpack(std::uint64_t word, std::size_t count, std::uint8_t* out) {
    for (; count >= 8; count -= 8, out += 8, word >>= 8) {
      const std::uint64_t eight = _pdep_u64(word & 0xff, lowest_bits);
      std::memcpy(out, &eight, 8);
    }
    for (; count > 0; --count, ++out, word >>= 1) *out = word & 1;
  }

  /// Codewords of few words stay in registers.
  template <std::size_t words>
  void encode(const std::uint8_t* in, std::size_t rows, std::uint8_t* out) const {
    for (; rows > 0; --rows, in += k_, out += n_) {
      std::uint64_t word[words] = {};
      const std::uint64_t* table = table_.data();
      const auto add = [&](std::uint64_t pattern) {
        for (std::size_t w = 0; w < words; ++w) word[w] ^= table[pattern * words + w];
        table += words << 8;
      };
      for (std::size_t step = 0; step < k_ / 8; ++step) add(pack(in + 8 * step, 8));
      if (k_ % 8 != 0) add(pack(in + k_ / 8 * 8, k_ % 8));
      for (std::size_t w = 0; w < words; ++w) unpack(word[w], w + 1 < words ? 64 : n_ - 64 * w, out + 64 * w);
    }
  }

  /// Longer ones are made a block of words at a time, so that sums stay in registers.
  void encode(const std::uint8_t* in, std::size_t rows, std::uint8_t* out) const {
    std::vector<std::uint64_t> word(words_);
    std::vector<std::size_t> entries(steps_ + 8 / bits_);
    for (; rows > 0; --rows, in += k_, out += n_) {
      for (std::size_t bit = 0, step = 0; bit < k_; bit += 8) {
        std::uint64_t patterns = pack(in + bit, k_ - bit < 8 ? k_ - bit : 8);
        for (std::size_t part = 0; part < 8; part += bits_, ++step, patterns >>= bits_)
          entries[step] = ((step << bits_) + (patterns & ((std::size_t{1} << bits_) - 1))) * words_;
      }
      for (std::size_t block = 0; block < words_; block += block_words) {
        __m256i low = _mm256_setzero_si256(), high = low;
        for (std::size_t step = 0; step < steps_; ++step) {
          const auto* source = reinterpret_cast<const __m256i*>(table_.data() + entries[step] + block);
          low = _mm256_xor_si256(low, _mm256_loadu_si256(source));
          high = _mm256_xor_si256(high, _mm256_loadu_si256(source + 1));
        }
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(word.data() + block), low);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(word.data() + block) + 1, high);
      }
      for (std::size_t w = 0; 64 * w < n_; ++w) unpack(word[w], n_ - 64 * w < 64 ? n_ - 64 * w : 64, out + 64 * w);
    }
  }

  std::size_t k_ = 0, n_ = 0, words_ = 0, bits_ = 8, steps_ = 0;
  std::vector<std::uint64_t> table_;  // [step][pattern][word]
};

}  // namespace gf2
