#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "mixing_memory.hpp"
#include "mixing_numbers.hpp"

namespace tandem::models::mixing {

/// What mixers mix: stretched probabilities in blocks of 16, the last one filled up with zeros.
class Inputs final {
 public:
  static constexpr std::size_t most = 80;
  /// A whole block, of twice eight inputs in 32 bits each: they alternate.
  void set_block(std::size_t block, __m256i even, __m256i odd) {
    const __m256i both = _mm256_blend_epi16(even, _mm256_slli_epi32(odd, 16), 0xaa);
    _mm256_store_si256(reinterpret_cast<__m256i*>(&value_[16 * block]), both);
  }
  void set(std::size_t at, int x) { value_[at] = static_cast<std::int16_t>(x); }
  const std::int16_t* data() const { return value_.data(); }

 private:
  alignas(32) std::array<std::int16_t, most> value_{};
};

// Weights are of 32 bits so that small steps are not lost, a product takes their upper half: 2^12 for 1. The halves are
// kept apart, 16 upper ones and the 16 lower ones of the same inputs; of these the highest bit is inverted, so that a
// comparison with sign tells whether they have run over.
constexpr std::int32_t weight_one = 1 << 28;

/// Several sets of weights over the same inputs in each of several mixers; a small context of each chooses its set.
class Mixers final {
 public:
  static constexpr std::size_t least = 5, most = 6;  // mixers
  using Sets = std::array<std::uint32_t, most>;

  /// So many sets in each mixer.
  Mixers(std::span<const std::uint32_t> sets, std::size_t inputs, std::int32_t initial)
      : all_(sets.size() == most), blocks_((inputs + 15) / 16), row_(32 * blocks_) {
    std::size_t rows = 0;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      begin_[i] = rows * row_;
      rows += sets[i];
    }
    weights_ = Pages<std::int16_t>(rows * row_);
    for (std::size_t at = 0; at < weights_.size(); at += 32) {
      std::fill_n(&weights_[at], 16, upper(initial));
      std::fill_n(&weights_[at + 16], 16, lower(initial));
    }
  }
  std::size_t count() const { return all_ ? most : least; }
  /// Gives one input another weight in all sets.
  void preset(std::size_t input, std::int32_t weight) {
    for (std::size_t at = input / 16 * 32 + input % 16; at < weights_.size(); at += row_) {
      weights_[at] = upper(weight);
      weights_[at + 16] = lower(weight);
    }
  }

  /// The mixtures of all mixers, stretched, then zeros.
  __m256i mix(const Inputs& inputs, const Sets& sets) {
    for (std::size_t i = 0; i < most; ++i) at_[i] = begin_[i] + sets[i] * row_;
    __m256i sums[most];
    with_sizes([&](auto mixers, auto blocks) {
      for (std::size_t i = 0; i < most; ++i)
        sums[i] = i < mixers ? sum<blocks>(inputs.data(), &weights_[at_[i]]) : _mm256_setzero_si256();
    });
    // All at once: the sums of pairs, of pairs of these, and of both halves.
    const __m256i low = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
    const __m256i high = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[4], sums[5]), _mm256_setzero_si256());
    const __m256i all =
        _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20), _mm256_permute2x128_si256(low, high, 0x31));
    const __m256i mixed = clamped(_mm256_srai_epi32(all, 8));
    p_ = squash(mixed);
    return mixed;
  }
  /// A step along the gradient of the code length. 2^12 rate: step of a weight for a wrong decision and an input of 1.
  void update(const Inputs& inputs, bool bit, int rate) {
    const __m256i wrong = _mm256_sub_epi32(_mm256_set1_epi32(bit << 16), p_);
    // Where all are nearly right there is little to learn, and less is learned too much.
    const __m256i far = _mm256_cmpgt_epi32(_mm256_abs_epi32(wrong), _mm256_set1_epi32(near));
    if ((_mm256_movemask_ps(_mm256_castsi256_ps(far)) & (all_ ? 63 : 31)) == 0) return;
    const __m256i half = _mm256_set1_epi32(1 << 11);
    const __m256i error =
        _mm256_srai_epi32(_mm256_add_epi32(_mm256_mullo_epi32(wrong, _mm256_set1_epi32(rate)), half), 12);
    alignas(32) std::array<std::int16_t, 16> errors;
    _mm256_store_si256(reinterpret_cast<__m256i*>(errors.data()), _mm256_packs_epi32(error, error));
    with_sizes([&](auto mixers, auto blocks) {
      for (std::size_t i = 0; i < mixers; ++i)
        train<blocks>(inputs.data(), &weights_[at_[i]], errors[i < 4 ? i : i + 4]);
    });
  }

 private:
  static constexpr int near = 3000;  // of 2^16
  static std::int16_t upper(std::int32_t weight) { return static_cast<std::int16_t>(weight >> 16); }
  static std::int16_t lower(std::int32_t weight) { return static_cast<std::int16_t>((weight & 0xffff) - 0x8000); }
  template <std::size_t n>
  using Size = std::integral_constant<std::size_t, n>;
  // Calls with the numbers of mixers and blocks as constants: loops over so few steps are best written out.
  template <class F>
  void with_sizes(F f) const {
    if (!all_ && blocks_ == 3) return f(Size<least>(), Size<3>());
    if (!all_ && blocks_ == 4) return f(Size<least>(), Size<4>());
    if (blocks_ == 4) return f(Size<most>(), Size<4>());
    f(Size<most>(), Size<5>());
  }
  // Eight parts of the sum of x[i] w[i] / 2^4.
  template <std::size_t blocks>
  static __m256i sum(const std::int16_t* x, const std::int16_t* w) {
    const auto* xs = reinterpret_cast<const __m256i*>(x);
    const auto* ws = reinterpret_cast<const __m256i*>(w);
    __m256i sum = _mm256_madd_epi16(_mm256_load_si256(xs), _mm256_load_si256(ws));
    for (std::size_t i = 1; i < blocks; ++i)
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_load_si256(xs + i), _mm256_load_si256(ws + 2 * i)));
    return _mm256_srai_epi32(sum, 4);
  }
  // w[i] += x[i] error, in 32 bits.
  template <std::size_t blocks>
  static void train(const std::int16_t* x, std::int16_t* w, std::int16_t error) {
    const __m256i e = _mm256_set1_epi16(error);
    const auto* xs = reinterpret_cast<const __m256i*>(x);
    auto* ws = reinterpret_cast<__m256i*>(w);
    for (std::size_t i = 0; i < blocks; ++i) {
      const __m256i t = _mm256_load_si256(xs + i), before = _mm256_load_si256(ws + 2 * i + 1);
      const __m256i low = _mm256_add_epi16(before, _mm256_mullo_epi16(t, e));
      const __m256i ran_over = _mm256_cmpgt_epi16(before, low);
      const __m256i up = _mm256_sub_epi16(_mm256_mulhi_epi16(t, e), ran_over);
      _mm256_store_si256(ws + 2 * i, _mm256_adds_epi16(_mm256_load_si256(ws + 2 * i), up));
      _mm256_store_si256(ws + 2 * i + 1, low);
    }
  }

  bool all_;
  std::size_t blocks_, row_;
  std::array<std::size_t, most> begin_{}, at_{};
  __m256i p_{};
  Pages<std::int16_t> weights_;
};

/// The last mixer, of at most eight stretched probabilities.
class FinalMixer final {
 public:
  FinalMixer(std::size_t sets, std::size_t inputs) : weights_(sets * 8) {
    for (std::size_t i = 0; i < weights_.size(); ++i)
      weights_[i] = i % 8 < inputs ? weight_one / static_cast<int>(inputs) : 0;
  }
  int mix(__m256i inputs, std::uint32_t set) {
    inputs_ = inputs;
    at_ = std::size_t{set} * 8;
    const __m256i products = _mm256_mullo_epi32(inputs, _mm256_srai_epi32(load(), 16));
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(products), _mm256_extracti128_si256(products, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
    const int mixed = std::clamp(_mm_cvtsi128_si32(half) >> 12, -stretch_limit, stretch_limit);
    p_ = logistic.squash[static_cast<std::size_t>(mixed + stretch_limit)];
    return mixed;
  }
  /// The mixture, of 2^16.
  int p() const { return p_; }
  void update(bool bit, int rate) {
    const int error = std::clamp((((bit << 16) - p_) * rate + 2048) >> 12, -32767, 32767);
    const __m256i step = _mm256_mullo_epi32(inputs_, _mm256_set1_epi32(error));
    const __m256i limit = _mm256_set1_epi32(1 << 30), w = _mm256_add_epi32(load(), step);
    _mm256_store_si256(reinterpret_cast<__m256i*>(&weights_[at_]),
                       _mm256_max_epi32(_mm256_min_epi32(w, limit), _mm256_sub_epi32(_mm256_setzero_si256(), limit)));
  }

 private:
  __m256i load() const { return _mm256_load_si256(reinterpret_cast<const __m256i*>(&weights_[at_])); }
  std::size_t at_ = 0;
  int p_ = 0;
  __m256i inputs_{};
  Pages<std::int32_t> weights_;
};

/// Secondary estimation: what a mixed probability turned out to mean in a small context, between fixed points.
class Apm final {
 public:
  explicit Apm(std::size_t contexts) : points_(contexts * row) {
    for (std::size_t i = 0; i < row; ++i) {
      const int p = squash((static_cast<int>(i) - half) * spacing);
      for (std::size_t at = i; at < points_.size(); at += row) points_[at] = static_cast<std::uint16_t>(p);
    }
  }
  void prefetch(std::uint32_t context) const { __builtin_prefetch(&points_[context * row]); }
  int refine(int stretched, std::uint32_t context) {
    const auto position = static_cast<std::uint32_t>(stretched + half * spacing), weight = position % spacing;
    at_ = context * row + position / spacing;
    far_ = weight < spacing / 2;
    return static_cast<int>((points_[at_] * (spacing - weight) + points_[at_ + 1] * weight) / spacing);
  }
  /// Both neighbours move, the nearer one twice as far.
  void update(bool bit) {
    const int target = bit ? 65535 : 0, low = points_[at_], high = points_[at_ + 1];
    points_[at_] = static_cast<std::uint16_t>(low + ((target - low) >> (6 - far_)));
    points_[at_ + 1] = static_cast<std::uint16_t>(high + ((target - high) >> (5 + far_)));
  }

 private:
  static constexpr int spacing = 256, half = stretch_limit / spacing + 1;
  static constexpr int row = 32;  // a cache line, of which 2 half + 1 points are used
  Pages<std::uint16_t> points_;
  std::size_t at_ = 0;
  int far_ = 0;  // 1 if the upper point is the farther one
};

}  // namespace tandem::models::mixing
