// Pieces of a language model with outputs, times or channels in the lanes. The order of every sum is the same with 8
// lanes as with 16: either one lane sums alone, or sixteen sums are kept, in two vectors where there are 8 lanes.
// Included once for each SIMD target, hence the unusual guard.
#if defined(TANDEM_NEURAL_LANGUAGE_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_NEURAL_LANGUAGE_LANES_INL
#undef TANDEM_NEURAL_LANGUAGE_LANES_INL
#else
#define TANDEM_NEURAL_LANGUAGE_LANES_INL
#endif

#include <cmath>

#include "lanes-inl.hpp"
#include "language_network.hpp"

HWY_BEFORE_NAMESPACE();
namespace tandem::neural::HWY_NAMESPACE {
namespace {

constexpr std::size_t parts = sixteen / lanes;  // vectors of sixteen lanes

HWY_INLINE Vector load_any(const float* from) { return hn::LoadU(real, from); }

/// 1 / (1 + e^-x).
HWY_INLINE Vector sigmoid(Vector x) {
  const Vector e = exp_negative(hn::Neg(hn::Abs(x)));
  const Vector inverse = hn::Div(constant(1), hn::Add(constant(1), e));
  return hn::IfThenElse(hn::Lt(x, hn::Zero(real)), hn::Mul(e, inverse), inverse);
}
HWY_INLINE Vector tanh(Vector x) {
  const Vector e = exp_negative(hn::Mul(hn::Abs(x), constant(-2)));
  return hn::CopySign(hn::Div(hn::Sub(constant(1), e), hn::Add(constant(1), e)), x);
}
/// u (1 + tanh(sqrt(2 / pi) (u + 0.044715 u^3))) / 2, and (1 + tanh z) / 2 = sigmoid(2 z).
HWY_INLINE Vector gelu_by_tanh(Vector u) {
  const Vector inner = hn::MulAdd(hn::Mul(u, u), constant(2 * 0.7978845608f * 0.044715f), constant(2 * 0.7978845608f));
  return hn::Mul(u, sigmoid(hn::Mul(u, inner)));
}
HWY_INLINE Vector silu(Vector x) { return hn::Mul(x, sigmoid(x)); }

template <class Tag>
HWY_INLINE float join_halves(Tag tag, hn::Vec<Tag> sum) {
  if constexpr (hn::MaxLanes(tag) == 1) {
    return hn::GetLane(sum);
  } else {
    const hn::Half<Tag> half;
    return join_halves(half, hn::Add(hn::LowerHalf(half, sum), hn::UpperHalf(half, sum)));
  }
}
/// Sixteen lanes by a tree: the upper half on top of the lower one, again and again.
HWY_INLINE float join(const Vector (&sum)[parts]) {
  if constexpr (parts == 1)
    return join_halves(real, sum[0]);
  else
    return join_halves(real, hn::Add(sum[0], sum[parts - 1]));
}
/// `count` values, whole vectors, to the nearest in half precision, of two as near the even one. What is larger than
/// the largest becomes that, and so does NaN: an infinite key or value would make NaN of every later position of its
/// stream.
HWY_INLINE void round_to_half(const float* from, std::size_t count, HalfFloat* to) {
  const Vector most = constant(65504), least = constant(-65504);
  for (std::size_t i = 0; i < count; i += lanes) {
    const Vector value = load(from + i);
    const Vector bounded = hn::Max(hn::IfThenElse(hn::Lt(value, most), value, most), least);
    constexpr hn::Rebind<HalfFloat, Real> half;
    hn::Store(hn::DemoteTo(half, bounded), half, to + i);
  }
}
/// A vector of what is stored, which half precision gives exactly.
template <class Tag>
HWY_INLINE hn::Vec<Tag> load_stored(Tag tag, const HalfFloat* from) {
  return hn::PromoteTo(tag, hn::LoadU(hn::Rebind<HalfFloat, Tag>(), from));
}
template <class Tag>
HWY_INLINE hn::Vec<Tag> load_stored(Tag tag, const float* from) {
  return hn::LoadU(tag, from);
}

/// Sum of term(c), a vector of the channels c .., over c < width. Terms behind the width count as 0.
template <class Term>
HWY_INLINE float sum_of(std::size_t width, Term term) {
  Vector sum[parts];
  for (std::size_t p = 0; p < parts; ++p) sum[p] = hn::Zero(real);
  std::size_t c = 0;
  for (; c + sixteen <= width; c += sixteen)
    for (std::size_t p = 0; p < parts; ++p) sum[p] = hn::Add(sum[p], term(c + p * lanes));
  for (std::size_t p = 0; p < parts && c + p * lanes < width; ++p)
    sum[p] = hn::Add(sum[p], hn::IfThenElseZero(hn::FirstN(real, width - c - p * lanes), term(c + p * lanes)));
  return join(sum);
}

/// LayerNorm, or RMSNorm where the norm has no bias. `y` may be `x`; what pads x must be zero and so is what pads y.
inline void normalize_row(const float* x, std::size_t width, const LanguageNorm& norm, float* y) {
  const float count = static_cast<float>(width);
  const bool centred = !norm.bias.empty();
  const float mean = centred ? sum_of(width, [x](std::size_t c) HWY_ATTR { return load(x + c); }) / count : 0;
  const Vector middle = constant(mean);
  const float squares = sum_of(width, [x, middle](std::size_t c) HWY_ATTR {
    const Vector distance = hn::Sub(load(x + c), middle);
    return hn::Mul(distance, distance);
  });
  const Vector inverse = constant(1 / std::sqrt(squares / count + 1e-5f));
  for (std::size_t c = 0; c < width; c += lanes) {
    const Vector scaled = hn::Mul(hn::Mul(hn::Sub(load(x + c), middle), inverse), load(norm.weight.data() + c));
    store(centred ? hn::Add(scaled, load(norm.bias.data() + c)) : scaled, y + c);
  }
}

// Rows that one pass through a panel serves, and vectors of its outputs: what the registers hold.
constexpr std::size_t most_rows = lanes == 16 ? 6 : 3, most_vectors = 4;

/// `vectors` of outputs of `rows` rows, on top of what y holds if `add`.
template <std::size_t rows, std::size_t vectors>
HWY_INLINE void product_block(const float* HWY_RESTRICT x, std::size_t x_stride, std::size_t inputs,
                              const float* HWY_RESTRICT weight, std::size_t weight_stride,
                              const float* HWY_RESTRICT bias, float* const* y, std::size_t column, bool add) {
  Vector sum[rows][vectors];
  HWY_UNROLL(8)
  for (std::size_t r = 0; r < rows; ++r) {
    HWY_UNROLL(8)
    for (std::size_t v = 0; v < vectors; ++v) sum[r][v] = load(bias + v * lanes);
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    Vector w[vectors];
    HWY_UNROLL(8)
    for (std::size_t v = 0; v < vectors; ++v) w[v] = load(weight + i * weight_stride + v * lanes);
    HWY_UNROLL(8)
    for (std::size_t r = 0; r < rows; ++r) {
      const Vector value = constant(x[r * x_stride + i]);
      HWY_UNROLL(8)
      for (std::size_t v = 0; v < vectors; ++v) sum[r][v] = hn::MulAdd(value, w[v], sum[r][v]);
    }
  }
  HWY_UNROLL(8)
  for (std::size_t r = 0; r < rows; ++r) {
    HWY_UNROLL(8)
    for (std::size_t v = 0; v < vectors; ++v) {
      float* to = y[r] + column + v * lanes;
      store(add ? hn::Add(load(to), sum[r][v]) : sum[r][v], to);
    }
  }
}

template <std::size_t vectors, std::size_t rows = most_rows>
HWY_INLINE void product_rows(std::size_t count, const float* x, std::size_t x_stride, std::size_t inputs,
                             const float* weight, std::size_t weight_stride, const float* bias, float* const* y,
                             std::size_t column, bool add) {
  if constexpr (rows > 1)
    if (count < rows)
      return product_rows<vectors, rows - 1>(count, x, x_stride, inputs, weight, weight_stride, bias, y, column, add);
  product_block<rows, vectors>(x, x_stride, inputs, weight, weight_stride, bias, y, column, add);
}

/// Row r of y = row r of x times the matrix, on top of what y holds if `add`.
inline void product(const LanguageMatrix& matrix, const float* x, std::size_t x_stride, std::size_t rows,
                    float* const* y, bool add = false) {
  const std::size_t blocks = (rows + most_rows - 1) / most_rows;
  for (std::size_t begin = 0; begin < matrix.outputs; begin += LanguageMatrix::panel) {
    const std::size_t width = std::min(LanguageMatrix::panel, matrix.outputs - begin);
    for (std::size_t block = 0, row = 0; block < blocks; ++block) {
      const std::size_t count = (rows - row) / (blocks - block);
      for (std::size_t column = 0; column < width; column += most_vectors * lanes) {
        const float* weight = matrix.weight.data() + begin * matrix.inputs + column;
        const float* bias = matrix.bias.data() + begin + column;
        const auto with = [&]<std::size_t vectors>() HWY_ATTR {
          product_rows<vectors>(count, x + row * x_stride, x_stride, matrix.inputs, weight, width, bias, y + row,
                                begin + column, add);
        };
        switch (std::min(most_vectors, (width - column) / lanes)) {
          case 1:
            with.template operator()<1>();
            break;
          case 2:
            with.template operator()<2>();
            break;
          case 3:
            with.template operator()<3>();
            break;
          case 4:
            with.template operator()<4>();
            break;
        }
      }
      row += count;
    }
  }
}

}  // namespace
}  // namespace tandem::neural::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
