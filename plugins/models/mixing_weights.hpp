#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mixing_memory.hpp"
#include "mixing_numbers.hpp"

namespace tandem::models::mixing {

/// What a mixer mixes: stretched probabilities, padded with zeros to a multiple of 16.
class Inputs final {
 public:
  static constexpr int most = 96;
  void clear() { count_ = 0; }
  void add(int x) { value_[static_cast<std::size_t>(count_++)] = static_cast<std::int16_t>(x); }
  void pad() {
    while (count_ % 16) add(0);
  }
  int count() const { return count_; }
  const std::int16_t* data() const { return value_.data(); }

 private:
  alignas(32) std::array<std::int16_t, most> value_{};
  int count_ = 0;
};

// Weights are of 32 bits so that small steps are not lost, a product takes their upper part: 16 bits, 2^12 for 1.
constexpr std::int32_t weight_one = 1 << 27, weight_limit = 1 << 30;
constexpr int weight_shift = 15, step_shift = 4;

/// Sum of x[i] w[i] / 2^12; n a multiple of 16. Products are added in pairs before they lose their lowest 4 bits.
inline int dot(const std::int16_t* x, const std::int32_t* w, int n) {
  const auto* xs = reinterpret_cast<const __m256i*>(x);
  const auto* ws = reinterpret_cast<const __m256i*>(w);
  __m256i sum = _mm256_setzero_si256();
  for (int i = 0; i < n / 16; ++i) {
    const __m256i low = _mm256_srai_epi32(_mm256_loadu_si256(ws + 2 * i), weight_shift);
    const __m256i high = _mm256_srai_epi32(_mm256_loadu_si256(ws + 2 * i + 1), weight_shift);
    // Packing works on halves: the middle quarters change places again.
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
    sum = _mm256_add_epi32(sum, _mm256_srai_epi32(_mm256_madd_epi16(_mm256_load_si256(xs + i), packed), 4));
  }
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
  return _mm_cvtsi128_si32(half) >> 8;
}
/// w[i] += x[i] error / 2^4, within the limits; n a multiple of 16, error of 16 bits.
inline void train(const std::int16_t* x, std::int32_t* w, int n, int error) {
  const __m256i e = _mm256_set1_epi32(error), top = _mm256_set1_epi32(weight_limit), bottom = _mm256_set1_epi32(-weight_limit);
  auto* ws = reinterpret_cast<__m256i*>(w);
  for (int i = 0; i < n / 8; ++i) {
    const __m256i t = _mm256_cvtepi16_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(x) + i));
    const __m256i step = _mm256_srai_epi32(_mm256_mullo_epi32(t, e), step_shift);
    const __m256i moved = _mm256_add_epi32(_mm256_loadu_si256(ws + i), step);
    _mm256_storeu_si256(ws + i, _mm256_min_epi32(_mm256_max_epi32(moved, bottom), top));
  }
}

/// Sets of weights over the same inputs; a small context chooses one.
class Mixer final {
 public:
  Mixer(int sets, int inputs, std::int32_t initial)
      : stride_((inputs + 15) / 16 * 16), weights_(static_cast<std::size_t>(sets * stride_), initial) {}
  /// Gives one input another weight in all sets.
  void preset(std::size_t input, std::int32_t weight) {
    for (std::size_t at = input; at < weights_.size(); at += static_cast<std::size_t>(stride_)) weights_[at] = weight;
  }
  /// The mixture, stretched.
  int mix(const Inputs& inputs, std::uint32_t set) {
    at_ = std::size_t{set} * static_cast<std::size_t>(stride_);
    mixed_ = std::clamp(dot(inputs.data(), &weights_[at_], inputs.count()), -stretch_limit, stretch_limit);
    return mixed_;
  }
  /// A step along the gradient of the code length. 4096 rate: step of a weight for a wrong decision and an input of 1.
  void update(const Inputs& inputs, int bit, int rate) {
    const std::int64_t error = ((std::int64_t{(bit << 16) - squash(mixed_)} * rate + 256) >> 9);
    train(inputs.data(), &weights_[at_], inputs.count(),
          static_cast<int>(std::clamp<std::int64_t>(error, -32767, 32767)));
  }

 private:
  int stride_, mixed_ = 0;
  std::size_t at_ = 0;
  Pages<std::int32_t> weights_;
};

/// Secondary estimation: what a mixed probability turned out to mean in a small context, between fixed points.
class Apm final {
 public:
  explicit Apm(std::size_t contexts) : points_(contexts * count) {
    for (std::size_t i = 0; i < points_.size(); ++i)
      points_[i] = static_cast<std::uint16_t>(squash((static_cast<int>(i % count) - half) * spacing));
  }
  int refine(int stretched, std::uint32_t context) {
    const int position = stretched + half * spacing, weight = position % spacing;
    at_ = context * count + static_cast<std::size_t>(position / spacing);
    far_ = at_ + (weight < spacing / 2);
    return (points_[at_] * (spacing - weight) + points_[at_ + 1] * weight) / spacing;
  }
  /// Both neighbours move, the nearer one twice as far.
  void update(int bit) {
    const int target = bit ? 65535 : 0;
    for (std::size_t i = at_; i < at_ + 2; ++i)
      points_[i] = static_cast<std::uint16_t>(points_[i] + ((target - points_[i]) >> (i == far_ ? 6 : 5)));
  }

 private:
  static constexpr int spacing = 256, half = stretch_limit / spacing + 1, count = 2 * half + 1;
  Pages<std::uint16_t> points_;
  std::size_t at_ = 0, far_ = 0;
};

}  // namespace tandem::models::mixing
