// Pieces of a transformer with one word in each SIMD lane: a token of `width` channels is `width` vectors in a row. Every
// sum runs in a written order within its lane. Included once for each SIMD target, hence the unusual guard.
#if defined(TANDEM_NEURAL_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_NEURAL_LANES_INL
#undef TANDEM_NEURAL_LANES_INL
#else
#define TANDEM_NEURAL_LANES_INL
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace tandem::neural::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Real = HWY_FULL(float);
using Vector = hn::Vec<Real>;
constexpr Real real{};
constexpr std::size_t lanes = hn::MaxLanes(real);

HWY_INLINE Vector load(const float* from) { return hn::Load(real, from); }
HWY_INLINE void store(Vector value, float* to) { hn::Store(value, real, to); }
HWY_INLINE Vector constant(float value) { return hn::Set(real, value); }
HWY_INLINE float sum_of_lanes(Vector value) { return hn::GetLane(hn::SumOfLanes(real, value)); }

/// e^x for x <= 0, 0 below -87; relative error below 1e-6 where the result counts.
HWY_INLINE Vector exp_negative(Vector x) {
  constexpr hn::RebindToSigned<Real> integer{};
  const Vector magic = constant(0x1.8p23f);
  const Vector scaled = hn::Mul(hn::Max(x, constant(-87.0f)), constant(0x1.715476p0f));
  const Vector shifted = hn::Add(scaled, magic);
  const Vector f = hn::Sub(scaled, hn::Sub(shifted, magic));
  Vector p = constant(1.535336188319500e-4f);  // 2^f on |f| <= 1/2
  p = hn::MulAdd(p, f, constant(1.339887440266574e-3f));
  p = hn::MulAdd(p, f, constant(9.618437357674640e-3f));
  p = hn::MulAdd(p, f, constant(5.550332471162809e-2f));
  p = hn::MulAdd(p, f, constant(2.402264791363012e-1f));
  p = hn::MulAdd(p, f, constant(6.931472028550421e-1f));
  p = hn::MulAdd(p, f, constant(1));
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(integer, shifted));
  return hn::BitCast(real, hn::Add(hn::BitCast(integer, p), exponent));
}

/// The normal distribution function. A rational minimax fit of erf(x) / x in x^2 on |x| <= 3.92, 1.9e-8 before rounding;
/// absolute error below 1.2e-7.
HWY_INLINE Vector normal_distribution(Vector u) {
  const Vector limit = constant(3.92f);
  const Vector x = hn::Max(hn::Min(hn::Mul(u, constant(0x1.6a09e6p-1f)), limit), hn::Neg(limit));
  const Vector t = hn::Mul(x, x);
  Vector p = constant(0x1.13271ap-19f), q = constant(0x1.3f8410p-15f);
  p = hn::MulAdd(p, t, constant(0x1.2aae1ep-12f));
  q = hn::MulAdd(q, t, constant(0x1.30ad96p-10f));
  p = hn::MulAdd(p, t, constant(0x1.ed6e50p-9f));
  q = hn::MulAdd(q, t, constant(0x1.ea7184p-7f));
  p = hn::MulAdd(p, t, constant(0x1.b0173cp-5f));
  q = hn::MulAdd(q, t, constant(0x1.d35a38p-4f));
  p = hn::MulAdd(p, t, constant(0x1.85e850p-3f));
  q = hn::MulAdd(q, t, constant(0x1.010d90p-1f));
  p = hn::MulAdd(p, t, constant(0x1.20dd74p0f));
  q = hn::MulAdd(q, t, constant(1));
  const Vector half = constant(0.5f);
  return hn::MulAdd(hn::Mul(half, x), hn::Div(p, q), half);
}

HWY_INLINE Vector gelu(Vector u) { return hn::Mul(u, normal_distribution(u)); }

/// Derivative of gelu.
HWY_INLINE Vector gelu_slope(Vector u) {
  const Vector density = exp_negative(hn::Mul(hn::Mul(u, u), constant(-0.5f)));
  return hn::MulAdd(hn::Mul(u, density), constant(0.398942280f), normal_distribution(u));
}

// Tokens and outputs that one pass through the inputs serves: what the registers hold.
constexpr std::size_t block_tokens = lanes == 16 ? 6 : 3, block_outputs = 4;

template <std::size_t tokens, std::size_t outputs>
HWY_INLINE void multiply_block(const float* HWY_RESTRICT x, std::size_t inputs, const float* HWY_RESTRICT weight,
                               std::size_t weight_stride, const float* HWY_RESTRICT bias, float* HWY_RESTRICT y,
                               std::size_t y_stride, bool add) {
  Vector sum[tokens][outputs];
  HWY_UNROLL(8)
  for (std::size_t t = 0; t < tokens; ++t) {
    HWY_UNROLL(4)
    for (std::size_t o = 0; o < outputs; ++o) {
      sum[t][o] = bias ? constant(bias[o]) : hn::Zero(real);
      if (add) sum[t][o] = hn::Add(sum[t][o], load(y + t * y_stride + o * lanes));
    }
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    Vector w[outputs];
    HWY_UNROLL(4)
    for (std::size_t o = 0; o < outputs; ++o) w[o] = constant(weight[i * weight_stride + o]);
    HWY_UNROLL(8)
    for (std::size_t t = 0; t < tokens; ++t) {
      const Vector v = load(x + (t * inputs + i) * lanes);
      HWY_UNROLL(4)
      for (std::size_t o = 0; o < outputs; ++o) sum[t][o] = hn::MulAdd(v, w[o], sum[t][o]);
    }
  }
  HWY_UNROLL(8)
  for (std::size_t t = 0; t < tokens; ++t) {
    HWY_UNROLL(4)
    for (std::size_t o = 0; o < outputs; ++o) store(sum[t][o], y + t * y_stride + o * lanes);
  }
}

template <std::size_t tokens>
HWY_INLINE void multiply_tokens(const float* HWY_RESTRICT x, std::size_t inputs, const float* HWY_RESTRICT weight,
                                std::size_t outputs, const float* HWY_RESTRICT bias, float* HWY_RESTRICT y, bool add) {
  std::size_t o = 0;
  for (; o + block_outputs <= outputs; o += block_outputs)
    multiply_block<tokens, block_outputs>(x, inputs, weight + o, outputs, bias ? bias + o : nullptr, y + o * lanes,
                                          outputs * lanes, add);
  for (; o < outputs; ++o)
    multiply_block<tokens, 1>(x, inputs, weight + o, outputs, bias ? bias + o : nullptr, y + o * lanes, outputs * lanes, add);
}

/// y[t][o] = bias[o] + sum over i of x[t][i] weight[i][o], on top of y[t][o] if `add`; bias may be null.
inline void multiply(const float* HWY_RESTRICT x, std::size_t tokens, std::size_t inputs, const float* HWY_RESTRICT weight,
                     std::size_t outputs, const float* HWY_RESTRICT bias, float* HWY_RESTRICT y, bool add = false) {
  std::size_t t = 0;
  for (; t + block_tokens <= tokens; t += block_tokens)
    multiply_tokens<block_tokens>(x + t * inputs * lanes, inputs, weight, outputs, bias, y + t * outputs * lanes, add);
  for (; t < tokens; ++t)
    multiply_tokens<1>(x + t * inputs * lanes, inputs, weight, outputs, bias, y + t * outputs * lanes, add);
}

/// Mean and one over the standard deviation of a token's channels.
HWY_INLINE void moments(const float* x, std::size_t width, Vector& mean, Vector& inverse) {
  const Vector scale = constant(1.0f / static_cast<float>(width));
  Vector sum = hn::Zero(real), squares = hn::Zero(real);
  for (std::size_t c = 0; c < width; ++c) sum = hn::Add(sum, load(x + c * lanes));
  mean = hn::Mul(sum, scale);
  for (std::size_t c = 0; c < width; ++c) {
    const Vector distance = hn::Sub(load(x + c * lanes), mean);
    squares = hn::MulAdd(distance, distance, squares);
  }
  inverse = hn::Div(constant(1), hn::Sqrt(hn::MulAdd(squares, scale, constant(1e-5f))));
}

/// Layer normalisation of each token; `y` may be `x`.
inline void normalize(const float* x, std::size_t tokens, std::size_t width, const float* weight, const float* bias, float* y) {
  for (std::size_t t = 0; t < tokens; ++t, x += width * lanes, y += width * lanes) {
    Vector mean, inverse;
    moments(x, width, mean, inverse);
    for (std::size_t c = 0; c < width; ++c) {
      const Vector scaled = hn::Mul(hn::Sub(load(x + c * lanes), mean), inverse);
      store(hn::MulAdd(scaled, constant(weight[c]), constant(bias[c])), y + c * lanes);
    }
  }
}

/// Scores of one query's head against its keys, as weights that sum to one, in `weights`.
template <std::size_t head_width>
HWY_INLINE void attention_weights(const float* HWY_RESTRICT query, const float* HWY_RESTRICT keys, const std::uint32_t* key,
                                  std::size_t count, std::size_t width, float scale, float* HWY_RESTRICT weights) {
  Vector q[head_width];
  HWY_UNROLL(16)
  for (std::size_t c = 0; c < head_width; ++c) q[c] = hn::Mul(load(query + c * lanes), constant(scale));
  Vector most = constant(-1e30f);
  for (std::size_t i = 0; i < count; ++i) {
    const float* k = keys + key[i] * width * lanes;
    Vector score = hn::Mul(q[0], load(k));
    HWY_UNROLL(16)
    for (std::size_t c = 1; c < head_width; ++c) score = hn::MulAdd(q[c], load(k + c * lanes), score);
    store(score, weights + i * lanes);
    most = hn::Max(most, score);
  }
  Vector sum = hn::Zero(real);
  for (std::size_t i = 0; i < count; ++i) {
    const Vector e = exp_negative(hn::Sub(load(weights + i * lanes), most));
    sum = hn::Add(sum, e);
    store(e, weights + i * lanes);
  }
  const Vector inverse = hn::Div(constant(1), sum);
  for (std::size_t i = 0; i < count; ++i) store(hn::Mul(load(weights + i * lanes), inverse), weights + i * lanes);
}

/// The weighted sum of the values.
template <std::size_t head_width>
HWY_INLINE void attention_value(const float* HWY_RESTRICT values, const std::uint32_t* key, std::size_t count,
                                std::size_t width, const float* HWY_RESTRICT weights, float* out) {
  Vector sum[head_width];
  HWY_UNROLL(16)
  for (std::size_t c = 0; c < head_width; ++c) sum[c] = hn::Zero(real);
  for (std::size_t i = 0; i < count; ++i) {
    const Vector weight = load(weights + i * lanes);
    const float* v = values + key[i] * width * lanes;
    HWY_UNROLL(16)
    for (std::size_t c = 0; c < head_width; ++c) sum[c] = hn::MulAdd(weight, load(v + c * lanes), sum[c]);
  }
  HWY_UNROLL(16)
  for (std::size_t c = 0; c < head_width; ++c) store(sum[c], out + c * lanes);
}

}  // namespace tandem::neural::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
