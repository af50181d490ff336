#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

namespace tandem::models::mixing {

// A context mixing model in integers only, so that two machines always agree. Probabilities are of 2^16, or of 2^22
// where they are learned; "stretched" ones are 256 ln(p / (1 - p)).

constexpr int stretch_limit = 2840;  // 256 ln(65535): beyond it a probability is 0 or 1

struct Logistic final {
  std::array<std::uint16_t, 2 * stretch_limit + 2> squash{};  // one more than needed: gathers read 4 bytes
  std::array<std::int16_t, 65536> stretch{};
  // The same of the upper bits alone, so small that it stays in the cache. One more here too.
  static constexpr int coarse_bits = 12;
  std::array<std::int16_t, (1 << coarse_bits) + 1> coarse{};

  // In fixed point: the mathematical library's exp may differ in the last bit from machine to machine.
  Logistic() {
    __extension__ using Wide = unsigned __int128;
    constexpr std::uint64_t one = std::uint64_t{1} << 62;
    std::uint64_t ratio = 0, term = one;  // ratio: e^(-1/256), by its series
    for (std::uint64_t n = 1; term != 0; ++n) {
      ratio = n % 2 ? ratio + term : ratio - term;
      term /= 256 * n;
    }
    std::uint64_t power = one;  // e^(-x/256)
    for (std::size_t x = 0; x <= stretch_limit; ++x) {
      const Wide rounded = ((Wide{1} << 79) / (Wide{one} + power) + 1) / 2;  // 2^16 / (1 + e^(-x/256))
      const auto p = static_cast<std::uint16_t>(std::min<Wide>(rounded, 65535));
      squash[stretch_limit + x] = p;
      squash[stretch_limit - x] = static_cast<std::uint16_t>(65536 - p);
      power = static_cast<std::uint64_t>((Wide{power} * ratio) >> 62);
    }
    // The largest x whose squash does not exceed p, and the same mirrored.
    std::size_t x = 0;
    for (std::size_t p = 32768; p < 65536; ++p) {
      while (x < stretch_limit && squash[stretch_limit + x + 1] <= p) ++x;
      stretch[p] = static_cast<std::int16_t>(x);
      stretch[65536 - p] = static_cast<std::int16_t>(-static_cast<int>(x));
    }
    stretch[0] = -stretch_limit;
    constexpr std::size_t width = std::size_t{1} << (16 - coarse_bits);
    for (std::size_t i = 0; i < coarse.size() - 1; ++i) coarse[i] = stretch[i * width + width / 2];
  }
};
inline const Logistic logistic;
inline int squash(int x) {
  return logistic.squash[static_cast<std::size_t>(std::clamp(x, -stretch_limit, stretch_limit) + stretch_limit)];
}
inline int stretch(int p) { return logistic.stretch[static_cast<std::size_t>(p)]; }

/// What happened in a context, in a byte: the first `full` bits in full, afterwards how many zeros and ones and which
/// came last. A bit that contradicts many shortens their count: contexts change their habits.
class BitHistories final {
 public:
  struct State final {
    std::uint8_t next[2];  // behind a 0, behind a 1
    std::uint8_t n0, n1;
    int total() const { return n0 + n1; }
  };
  /// State 0 has seen nothing. The upper four bits of the others are classes 1 .. 15 of what they say, from 0 to 1.
  std::array<State, 256> state{};
  /// The same for gathers; `next` behind a 0 in the lowest byte, behind a 1 in the one above.
  std::array<std::int32_t, 256> total{}, next{};

  BitHistories() {
    for (int length = 0; length <= full; ++length)
      for (int bits = 0; bits < 1 << length; ++bits) {
        const int ones = std::popcount(static_cast<unsigned>(bits));
        keys_.push_back({{length - ones, ones}, bits & 1});
      }
    for (int length = full + 1; length <= most[0]; ++length)
      for (int ones = 0; ones <= length; ++ones)
        for (int last = 0; last < 2; ++last)
          if (allowed(length - ones, ones) && (last ? ones : length - ones) > 0)
            keys_.push_back({{length - ones, ones}, last});
    number();
  }

 private:
  struct Key final {
    std::array<int, 2> n;
    int last;
    int total() const { return n[0] + n[1]; }
    int p() const { return (2 * n[1] + 1) * 65536 / (2 * total() + 2); }
  };
  // Gives those that can be reached their numbers, to each class as many.
  void number() {
    std::vector<std::size_t> reached = {0};
    for (std::size_t i = 0; i < reached.size(); ++i)
      for (int bit = 0; bit < 2; ++bit)
        if (const std::size_t then = follow(reached[i], bit); std::ranges::find(reached, then) == reached.end())
          reached.push_back(then);
    std::sort(reached.begin() + 1, reached.end(), [&](std::size_t a, std::size_t b) {
      return std::tuple(keys_[a].p(), keys_[a].last, a) < std::tuple(keys_[b].p(), keys_[b].last, b);
    });
    const std::size_t count = reached.size() - 1;
    std::vector<std::uint8_t> numbers(keys_.size());
    for (std::size_t c = 1; c < 16; ++c) {
      const std::size_t begin = 1 + count * (c - 1) / 15, end = 1 + count * c / 15;
      for (std::size_t i = begin; i < end; ++i) numbers[reached[i]] = static_cast<std::uint8_t>(16 * c + i - begin);
    }
    for (const std::size_t i : reached) {
      const std::uint8_t zero = numbers[follow(i, 0)], one = numbers[follow(i, 1)];
      state[numbers[i]] = {
          {zero, one}, static_cast<std::uint8_t>(keys_[i].n[0]), static_cast<std::uint8_t>(keys_[i].n[1])};
      next[numbers[i]] = zero | one << 8;
      total[numbers[i]] = keys_[i].total();
    }
  }
  static constexpr int full = 4;
  static constexpr std::size_t longest_full = (1 << full) - 1, counted = (2 << full) - 1;  // where these states begin
  static constexpr std::array<int, 6> most = {36, 20, 11,
                                              7,  6,  5};  // of one bit, beside 0 .. 5 of the other: 229 states

  static bool allowed(int a, int b) {
    const int low = std::min(a, b), high = std::max(a, b);
    return low < static_cast<int>(most.size()) && high <= most[static_cast<std::size_t>(low)];
  }
  std::size_t follow(std::size_t i, int bit) const {
    const Key& key = keys_[i];
    const std::size_t b = static_cast<std::size_t>(bit), length = static_cast<std::size_t>(key.n[0] + key.n[1]);
    if (i < longest_full) {
      const std::size_t begin = (std::size_t{1} << length) - 1;  // of the histories of this length
      return 2 * begin + 1 + 2 * (i - begin) + b;
    }
    static constexpr std::array<int, 13> kept = {0, 1, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6};
    int same = key.n[b] + 1, other = kept[static_cast<std::size_t>(std::min(key.n[1 - b], 12))];
    // Shortened to a full history again: one of the same counts.
    if (same + other <= full)
      for (std::size_t j = longest_full; j < counted; ++j)
        if (keys_[j].n[b] == full - other && keys_[j].last == bit) return j;
    for (;; --(same > other ? same : other))
      for (std::size_t j = counted; j < keys_.size(); ++j)
        if (keys_[j].n[b] == same && keys_[j].n[1 - b] == other && keys_[j].last == bit) return j;
  }

  std::vector<Key> keys_;
};
inline const BitHistories histories;

// 2^16 / (n + 1.5): the step towards the next bit behind n bits.
inline const auto reciprocals = [] {
  std::array<std::int32_t, 1024> r{};
  for (std::int32_t n = 0; n < 1024; ++n) r[static_cast<std::size_t>(n)] = 131072 / (2 * n + 3);
  return r;
}();

/// A probability that learns from what happens: the mean of all at first, of the last `limit` in the end.
class Adaptive final {
 public:
  explicit Adaptive(std::uint32_t p16 = 32768, std::uint32_t count = 0) : value_(half ^ (p16 << 16 | count)) {}
  /// As in arrays of 32 bits.
  std::int32_t raw() const { return static_cast<std::int32_t>(value_); }
  int p() const { return static_cast<int>((value_ ^ half) >> 16); }
  void update(int bit, std::uint32_t limit) {
    const std::uint32_t n = value_ & 1023;
    const auto p = static_cast<std::int64_t>((value_ ^ half) >> 10);
    const std::int64_t target = bit ? (1 << 22) - 1 : 0;
    const std::int64_t next = p + (((target - p) * reciprocals[n]) >> 16);
    value_ = half ^ (static_cast<std::uint32_t>(next) << 10 | (n < limit ? n + 1 : limit));
  }

 private:
  static constexpr std::uint32_t half = std::uint32_t{1} << 31;
  std::uint32_t value_;  // the probability in 22 bits, the count in 10; so that zero is 1/2 after nothing
};

// Eight at once, in 32 bits each: asking many contexts costs little more than asking one.

inline __m256i clamped(__m256i x) {
  const __m256i limit = _mm256_set1_epi32(stretch_limit);
  return _mm256_max_epi32(_mm256_min_epi32(x, limit), _mm256_sub_epi32(_mm256_setzero_si256(), limit));
}
/// Of clamped ones.
inline __m256i squash(__m256i stretched) {
  const void* const middle = &logistic.squash[stretch_limit];
  const __m256i found = _mm256_i32gather_epi32(static_cast<const int*>(middle), stretched, 2);
  return _mm256_and_si256(found, _mm256_set1_epi32(0xffff));
}
/// Of adaptive probabilities.
inline __m256i stretch(__m256i adaptive) {
  constexpr int bits = Logistic::coarse_bits;
  const __m256i at = _mm256_srai_epi32(adaptive, 32 - bits);  // from the middle, since the upper bit is kept inverted
  const void* const middle = &logistic.coarse[1 << (bits - 1)];
  const __m256i found = _mm256_i32gather_epi32(static_cast<const int*>(middle), at, 2);
  return _mm256_srai_epi32(_mm256_slli_epi32(found, 16), 16);
}
/// The steps of adaptive probabilities towards the next bit.
inline __m256i steps(__m256i adaptive) {
  return _mm256_i32gather_epi32(reciprocals.data(), _mm256_and_si256(adaptive, _mm256_set1_epi32(1023)), 4);
}
/// Adaptive probabilities after a bit: they learn as one alone does, with 7 bits less of the distance and a limit of
/// 1023.
inline __m256i moved(__m256i adaptive, __m256i step, bool bit) {
  // Both directions as one: behind a 0 all is seen from the other end.
  const __m256i down = _mm256_set1_epi32(bit - 1), limit = _mm256_set1_epi32(1023);
  const __m256i p = _mm256_xor_si256(_mm256_srai_epi32(adaptive, 10), down);
  const __m256i distance = _mm256_srai_epi32(_mm256_sub_epi32(_mm256_set1_epi32((1 << 21) - 1), p), 7);
  const __m256i by = _mm256_srli_epi32(_mm256_mullo_epi32(distance, step), 9);
  const __m256i change = _mm256_slli_epi32(_mm256_sub_epi32(_mm256_xor_si256(by, down), down), 10);
  const __m256i counted = _mm256_cmpgt_epi32(limit, _mm256_and_si256(adaptive, limit));
  return _mm256_sub_epi32(_mm256_add_epi32(adaptive, change), counted);
}

}  // namespace tandem::models::mixing
