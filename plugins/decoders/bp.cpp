// Belief propagation: the sum-product algorithm.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bp.cpp"
#include "simd.hpp"
//
#include "message_passing-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace message_passing::HWY_NAMESPACE {

// The tanh rule without its cancellation. With e = exp(-|q|), tanh(|q|/2) = (1 - e) / (1 + e), and the product over
// edges is (B - A) / (B + A) where (A, B) starts as (0, 1) and each edge takes it to (A + B e, B + A e): sums of
// positive terms. The message is ln(B / A). Values are held as multiples of ln 2.
struct SumProductRule final {
  static constexpr float largest_llr = 20, log2_e = 1.44269504f, largest_message = 55;
  static constexpr std::size_t renormalize_every = 32;  // (A, B) at most doubles with each edge

  static constexpr std::size_t vectors_per_edge = 4;  // of scratch memory, for checks of uncommon weight

  HWY_INLINE Vector receive(Vector llr) const {
    const Vector clipped = hn::Max(hn::Min(llr, constant(largest_llr)), constant(-largest_llr));
    return hn::MulAdd(clipped, constant(log2_e), hn::Zero(real));  // no negative zeros
  }

  /// 2^-x for x from 0 to 126, exactly 1 at 0. Relative error below 2e-7.
  static HWY_INLINE Vector exp2_negative(Vector x) {
    constexpr hn::RebindToSigned<Real> integer{};
    const Vector magic = constant(0x1.8p23f);
    const Vector shifted = hn::Add(x, magic);
    const Vector f = hn::Sub(hn::Sub(shifted, magic), x);
    Vector p = constant(1.535336188319500e-4f);
    p = hn::MulAdd(p, f, constant(1.339887440266574e-3f));
    p = hn::MulAdd(p, f, constant(9.618437357674640e-3f));
    p = hn::MulAdd(p, f, constant(5.550332471162809e-2f));
    p = hn::MulAdd(p, f, constant(2.402264791363012e-1f));
    p = hn::MulAdd(p, f, constant(6.931472028550421e-1f));
    p = hn::MulAdd(p, f, constant(1));
    const auto exponent = hn::ShiftLeft<23>(hn::BitCast(integer, shifted));
    return hn::BitCast(real, hn::Sub(hn::BitCast(integer, p), exponent));
  }

  /// log2(b / a) for positive a and b; exactly 0 where they are equal. a is brought near b by a power of 2, then
  /// ln(b / a) = 2 artanh((b - a) / (b + a)).
  static HWY_INLINE Vector log2_ratio(Vector b, Vector a) {
    constexpr hn::RebindToSigned<Real> integer{};
    const auto a_bits = hn::BitCast(integer, a);
    const auto distance = hn::Sub(a_bits, hn::BitCast(integer, b));
    const auto exponent = hn::And(hn::Add(distance, hn::Set(integer, 1 << 22)), hn::Set(integer, -(1 << 23)));
    const Vector near = hn::BitCast(real, hn::Sub(a_bits, exponent));
    const Vector s = hn::Div(hn::Sub(b, near), hn::Add(b, near));
    const Vector s2 = hn::Mul(s, s);
    Vector p = constant(0.4121985831f);  // 2 / (7 ln 2), 2 / (5 ln 2), ...
    p = hn::MulAdd(p, s2, constant(0.5770780164f));
    p = hn::MulAdd(p, s2, constant(0.9617966939f));
    p = hn::MulAdd(p, s2, constant(2.8853900818f));
    return hn::MulAdd(hn::ConvertTo(real, exponent), constant(-0x1p-23f), hn::Mul(p, s));
  }

  template <std::size_t degree, bool layered>
  HWY_INLINE void check(const std::uint32_t* HWY_RESTRICT variables, std::size_t weight, float* HWY_RESTRICT total,
                        Messages messages, std::size_t edge) const {
    // Of each edge: what came in, exp of it, and (A, B) of the edges before it.
    Vector kept[4 * (degree != 0 ? degree : 1)];
    const auto get = [&](std::size_t i) HWY_ATTR {
      if constexpr (degree != 0)
        return kept[i];
      else
        return load(memory + i * lanes);
    };
    const auto put = [&](std::size_t i, Vector value) HWY_ATTR {
      if constexpr (degree != 0)
        kept[i] = value;
      else
        store(value, memory + i * lanes);
    };
    const auto renormalize = [](std::size_t i, Vector& a, Vector& b) HWY_ATTR {
      if (degree != 0 || i % renormalize_every != 0 || i == 0) return;
      a = hn::Div(a, b);
      b = constant(1);
    };
    Vector a = hn::Zero(real), b = constant(1), sign = a;
    const auto visit = [&](std::size_t i) HWY_ATTR {
      const Vector q = hn::Sub(load(total + variables[i] * lanes), messages[edge + i]);
      const Vector e = exp2_negative(hn::Min(hn::Abs(q), constant(largest_message)));
      sign = hn::Xor(sign, q);
      renormalize(i, a, b);
      put(4 * i, q);
      put(4 * i + 1, e);
      put(4 * i + 2, a);
      put(4 * i + 3, b);
      const Vector old = a;
      a = hn::MulAdd(b, e, a);
      b = hn::MulAdd(old, e, b);
    };
    const auto answer = [&](std::size_t i) HWY_ATTR {
      const Vector q = get(4 * i), e = get(4 * i + 1), before_a = get(4 * i + 2), before_b = get(4 * i + 3);
      renormalize(weight - 1 - i, a, b);
      const Vector others_a = hn::MulAdd(before_a, b, hn::Mul(before_b, a));
      const Vector others_b = hn::MulAdd(before_b, b, hn::Mul(before_a, a));
      const Vector magnitude = log2_ratio(others_b, others_a);
      const Vector message = hn::Xor(magnitude, hn::And(hn::Xor(sign, q), hn::SignBit(real)));
      messages.set(edge + i, message);
      if constexpr (layered) store(hn::Add(q, message), total + variables[i] * lanes);
      const Vector old = a;
      a = hn::MulAdd(b, e, a);
      b = hn::MulAdd(old, e, b);
    };
    if constexpr (degree != 0) {
      HWY_UNROLL(16)
      for (std::size_t i = 0; i < degree; ++i) visit(i);
    } else {
      for (std::size_t i = 0; i < weight; ++i) visit(i);
    }
    a = hn::Zero(real);
    b = constant(1);
    if constexpr (degree != 0) {
      HWY_UNROLL(16)
      for (std::size_t i = 0; i < degree; ++i) answer(degree - 1 - i);
    } else {
      for (std::size_t i = weight; i-- > 0;) answer(i);
    }
  }

  float* HWY_RESTRICT memory = nullptr;
};

void run_sum_product(const Job& job) { Engine<SumProductRule>(job, {}).run(); }

}  // namespace message_passing::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace message_passing {
HWY_EXPORT(run_sum_product);

class BeliefPropagation final : public MessagePassing {
  void fields(tandem::Fields& f) override {
    MessagePassing::fields(f);
    f.source(
        "F. R. Kschischang, B. J. Frey and H.-A. Loeliger, \"Factor graphs and the sum-product algorithm\", IEEE "
        "Trans. Inf. Theory 47(2), 2001; layered: D. E. Hocevar, IEEE SiPS 2004");
    f.example(R"({"iterations": 50, "schedule": "flooding"})");
  }
  void run(const Job& job) const override { HWY_DYNAMIC_DISPATCH(run_sum_product)(job); }
};

}  // namespace message_passing
TANDEM_PLUGIN(message_passing::BeliefPropagation, tandem::Decoder, "bp", "1.0.0", "belief propagation, sum-product")
#endif
