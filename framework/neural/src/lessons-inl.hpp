// Derivatives of the pieces in lanes-inl.hpp. Included once for each SIMD target, hence the unusual guard.
#if defined(TANDEM_NEURAL_LESSONS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_NEURAL_LESSONS_INL
#undef TANDEM_NEURAL_LESSONS_INL
#else
#define TANDEM_NEURAL_LESSONS_INL
#endif

#include "lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tandem::neural::HWY_NAMESPACE {

constexpr std::size_t outer_rows = lanes == 16 ? 4 : 2;

template <std::size_t outputs, std::size_t inputs>
HWY_INLINE void outer_block(const float* HWY_RESTRICT slope, std::size_t slope_stride, const float* HWY_RESTRICT x,
                            std::size_t x_stride, std::size_t tokens, float* HWY_RESTRICT gradient, std::size_t gradient_stride) {
  Vector sum[outputs][inputs];
  HWY_UNROLL(4)
  for (std::size_t o = 0; o < outputs; ++o) {
    HWY_UNROLL(4)
    for (std::size_t i = 0; i < inputs; ++i) sum[o][i] = hn::Zero(real);
  }
  for (std::size_t t = 0; t < tokens; ++t) {
    Vector d[outputs];
    HWY_UNROLL(4)
    for (std::size_t o = 0; o < outputs; ++o) d[o] = load(slope + t * slope_stride + o * lanes);
    HWY_UNROLL(4)
    for (std::size_t i = 0; i < inputs; ++i) {
      const Vector v = load(x + t * x_stride + i * lanes);
      HWY_UNROLL(4)
      for (std::size_t o = 0; o < outputs; ++o) sum[o][i] = hn::MulAdd(d[o], v, sum[o][i]);
    }
  }
  HWY_UNROLL(4)
  for (std::size_t o = 0; o < outputs; ++o) {
    HWY_UNROLL(4)
    for (std::size_t i = 0; i < inputs; ++i) gradient[o * gradient_stride + i] += sum_of_lanes(sum[o][i]);
  }
}

/// gradient[o][i] += sum over tokens and lanes of slope[t][o] x[t][i].
inline void add_outer(const float* HWY_RESTRICT slope, std::size_t outputs, const float* HWY_RESTRICT x, std::size_t inputs,
                      std::size_t tokens, float* HWY_RESTRICT gradient) {
  std::size_t i = 0;
  const std::size_t slope_stride = outputs * lanes, x_stride = inputs * lanes;
  for (; i + 4 <= inputs; i += 4) {
    std::size_t o = 0;
    for (; o + outer_rows <= outputs; o += outer_rows)
      outer_block<outer_rows, 4>(slope + o * lanes, slope_stride, x + i * lanes, x_stride, tokens, gradient + o * inputs + i, inputs);
    for (; o < outputs; ++o)
      outer_block<1, 4>(slope + o * lanes, slope_stride, x + i * lanes, x_stride, tokens, gradient + o * inputs + i, inputs);
  }
  for (; i < inputs; ++i)
    for (std::size_t o = 0; o < outputs; ++o)
      outer_block<1, 1>(slope + o * lanes, slope_stride, x + i * lanes, x_stride, tokens, gradient + o * inputs + i, inputs);
}

/// gradient[o] += sum over tokens and lanes of slope[t][o].
inline void add_sums(const float* slope, std::size_t outputs, std::size_t tokens, float* gradient) {
  for (std::size_t o = 0; o < outputs; ++o) {
    Vector sum = hn::Zero(real);
    for (std::size_t t = 0; t < tokens; ++t) sum = hn::Add(sum, load(slope + (t * outputs + o) * lanes));
    gradient[o] += sum_of_lanes(sum);
  }
}

/// Through layer normalisation: from the slope of its output to that of its input, which is added to `x_slope`. `sums` is
/// scratch for 2 width vectors.
inline void unnormalize(const float* x, std::size_t tokens, std::size_t width, const float* weight, const float* slope,
                        float* x_slope, float* weight_gradient, float* bias_gradient, float* sums) {
  const Vector scale = constant(1.0f / static_cast<float>(width));
  for (std::size_t c = 0; c < 2 * width; ++c) store(hn::Zero(real), sums + c * lanes);
  for (std::size_t t = 0; t < tokens; ++t, x += width * lanes, slope += width * lanes, x_slope += width * lanes) {
    Vector mean, inverse, plain = hn::Zero(real), along = hn::Zero(real);
    moments(x, width, mean, inverse);
    for (std::size_t c = 0; c < width; ++c) {
      const Vector d = load(slope + c * lanes);
      const Vector scaled = hn::Mul(hn::Sub(load(x + c * lanes), mean), inverse);
      store(hn::MulAdd(d, scaled, load(sums + c * lanes)), sums + c * lanes);
      store(hn::Add(d, load(sums + (width + c) * lanes)), sums + (width + c) * lanes);
      const Vector inner = hn::Mul(d, constant(weight[c]));
      plain = hn::Add(plain, inner);
      along = hn::MulAdd(inner, scaled, along);
    }
    plain = hn::Mul(plain, scale);
    along = hn::Mul(along, scale);
    for (std::size_t c = 0; c < width; ++c) {
      const Vector scaled = hn::Mul(hn::Sub(load(x + c * lanes), mean), inverse);
      const Vector inner = hn::MulSub(load(slope + c * lanes), constant(weight[c]), plain);
      const Vector change = hn::Mul(inverse, hn::NegMulAdd(along, scaled, inner));
      store(hn::Add(load(x_slope + c * lanes), change), x_slope + c * lanes);
    }
  }
  for (std::size_t c = 0; c < width; ++c) {
    weight_gradient[c] += sum_of_lanes(load(sums + c * lanes));
    bias_gradient[c] += sum_of_lanes(load(sums + (width + c) * lanes));
  }
}

/// Through one query's head: from the slope of its output to those of query, keys and values, which are added.
template <std::size_t head_width>
HWY_INLINE void unattend(const float* query, const float* keys, const float* values, const std::uint32_t* key, std::size_t count,
                         std::size_t width, float scale, const float* weights, const float* slope, float* query_slope,
                         float* key_slopes, float* value_slopes, float* scores) {
  Vector d[head_width], q[head_width], dq[head_width];
  HWY_UNROLL(16)
  for (std::size_t c = 0; c < head_width; ++c) {
    d[c] = load(slope + c * lanes);
    q[c] = load(query + c * lanes);
    dq[c] = hn::Zero(real);
  }
  Vector mean = hn::Zero(real);
  for (std::size_t i = 0; i < count; ++i) {
    const Vector weight = load(weights + i * lanes);
    const float* v = values + key[i] * width * lanes;
    float* dv = value_slopes + key[i] * width * lanes;
    Vector along = hn::Zero(real);
    HWY_UNROLL(16)
    for (std::size_t c = 0; c < head_width; ++c) {
      along = hn::MulAdd(d[c], load(v + c * lanes), along);
      store(hn::MulAdd(weight, d[c], load(dv + c * lanes)), dv + c * lanes);
    }
    store(along, scores + i * lanes);
    mean = hn::MulAdd(weight, along, mean);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Vector ds = hn::Mul(hn::Mul(load(weights + i * lanes), hn::Sub(load(scores + i * lanes), mean)), constant(scale));
    const float* k = keys + key[i] * width * lanes;
    float* dk = key_slopes + key[i] * width * lanes;
    HWY_UNROLL(16)
    for (std::size_t c = 0; c < head_width; ++c) {
      dq[c] = hn::MulAdd(ds, load(k + c * lanes), dq[c]);
      store(hn::MulAdd(ds, q[c], load(dk + c * lanes)), dk + c * lanes);
    }
  }
  HWY_UNROLL(16)
  for (std::size_t c = 0; c < head_width; ++c) store(dq[c], query_slope + c * lanes);
}

}  // namespace tandem::neural::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
