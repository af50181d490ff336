// Vector kernels of tandem/math.hpp, compiled once for each target; also the noise uses them in registers. Included
// again and again by hwy/foreach_target.h, hence the unusual guard.
#if defined(TANDEM_MATH_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_MATH_INL_HPP
#undef TANDEM_MATH_INL_HPP
#else
#define TANDEM_MATH_INL_HPP
#endif

#include "simd.hpp"

HWY_BEFORE_NAMESPACE();
namespace tandem::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// c[0] + c[1] x + c[2] x^2 ... by Horner's rule.
template <class D, class V, std::size_t N>
HWY_INLINE V polynomial(D d, V x, const float (&c)[N]) {
  V sum = hn::Set(d, c[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;) sum = hn::MulAdd(sum, x, hn::Set(d, c[i]));
  return sum;
}

// Minimax coefficients (Remez exchange, then rounded to float). The largest error before rounding is given.

/// (ln(1 + f) - f + f^2 / 2) / f^3 on sqrt(1/2) - 1 .. sqrt(2) - 1; 2^-30.3 relative to ln(1 + f).
inline constexpr float log_coefficients[] = {0x1.555548p-2f,  -0x1.000006p-2f, 0x1.99a4b6p-3f,
                                             -0x1.555c4ep-3f, 0x1.233768p-3f,  -0x1.fc2202p-4f,
                                             0x1.e6f074p-4f,  -0x1.de3c38p-4f, 0x1.1457c0p-4f};
/// (e^r - 1 - r) / r^2 on |r| <= ln(2) / 2; 2^-34.2 relative to e^r.
inline constexpr float exp_coefficients[] = {0x1.000000p-1f, 0x1.555554p-3f,  0x1.55548ep-5f,
                                             0x1.111272p-7f, 0x1.6d8db0p-10f, 0x1.9f0814p-13f};
/// (sin x - x) / x^3 in x^2 on |x| <= pi / 4; 2^-28.0 relative to x.
inline constexpr float sine_coefficients[] = {-0x1.555546p-3f, 0x1.110756p-7f, -0x1.994b40p-13f};
/// (cos x - 1 + x^2 / 2) / x^4 in x^2 on |x| <= pi / 4; 2^-33.3 absolute.
inline constexpr float cosine_coefficients[] = {0x1.55554ap-5f, -0x1.6c0c82p-10f, 0x1.99ff40p-16f};
/// erf(x) / x in x^2 on |x| <= 1/2; 2^-37.5 relative to erfc(x).
inline constexpr float erf_coefficients[] = {0x1.20dd76p+0f,  -0x1.812746p-2f, 0x1.ce2ec4p-4f,
                                             -0x1.b819b8p-6f, 0x1.5469eep-8f,  -0x1.8ec98ep-11f};
/// (1 + 2 x) e^(x^2) erfc(x) - 1 in (x - 2) / (x + 2) on 1/2 <= x <= 10; 2^-30.8 relative.
inline constexpr float erfc_coefficients[] = {0x1.1ba038p-2f,   -0x1.7bf5eap-4f,  -0x1.5407b8p-3f, 0x1.4ff9d6p-3f,
                                              -0x1.bc2db4p-5f,  -0x1.070028p-7f,  0x1.1e15b8p-7f,  0x1.40a9ccp-10f,
                                              -0x1.845054p-10f, -0x1.5056acp-12f, 0x1.e27e88p-13f};

inline constexpr float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;  // the high part times an exponent is exact

/// x = 2^exponent (1 + f) for positive normal x, f in sqrt(1/2) - 1 .. sqrt(2) - 1.
template <class D, class V>
HWY_INLINE void split(D d, V x, V& exponent, V& f) {
  const hn::RebindToSigned<D> di;
  const auto root_half = hn::Set(di, 0x3f3504f3);
  const auto shifted = hn::Sub(hn::BitCast(di, x), root_half);
  const auto e = hn::ShiftRight<23>(shifted);
  exponent = hn::ConvertTo(d, e);
  f = hn::Sub(hn::BitCast(d, hn::Add(hn::And(shifted, hn::Set(di, 0x007fffff)), root_half)), hn::Set(d, 1.0f));
}

/// ln(2^exponent (1 + f)) within 2 ulp: for the noise, where the last bit does not matter but time does.
template <class D, class V>
HWY_INLINE V quick_log(D d, V exponent, V f) {
  const V square = hn::Mul(f, f);
  V tail = hn::Mul(hn::Mul(square, f), polynomial(d, f, log_coefficients));
  tail = hn::MulAdd(exponent, hn::Set(d, ln2_low), hn::NegMulAdd(hn::Set(d, 0.5f), square, tail));
  return hn::MulAdd(exponent, hn::Set(d, ln2_high), hn::Add(f, tail));
}

template <class D, class V>
HWY_INLINE V log(D d, V x) {
  const V zero = hn::Zero(d), infinity = hn::Set(d, __builtin_inff());
  const auto small = hn::Lt(x, hn::Set(d, 0x1p-126f));
  const V normal = hn::IfThenElse(small, hn::Mul(x, hn::Set(d, 0x1p24f)), x);
  V e, f;
  split(d, normal, e, f);
  e = hn::Sub(e, hn::IfThenElseZero(small, hn::Set(d, 24.0f)));
  // f - f^2 / 2 without a rounding error, as head + rest.
  const V half = hn::Mul(f, hn::Set(d, 0.5f));
  const V head = hn::NegMulAdd(half, f, f);
  const V rest = hn::NegMulAdd(half, f, hn::Sub(f, head));
  const V cube = hn::Mul(hn::Mul(f, f), f);
  V tail = hn::MulAdd(cube, polynomial(d, f, log_coefficients), rest);
  tail = hn::MulAdd(e, hn::Set(d, ln2_low), tail);
  const V whole = hn::Mul(e, hn::Set(d, ln2_high));
  const V sum = hn::Add(whole, head);
  // What the sum lost; without an exponent nothing is lost.
  const V lost = hn::IfThenElseZero(hn::Ne(e, zero), hn::Sub(head, hn::Sub(sum, whole)));
  V result = hn::Add(sum, hn::Add(lost, tail));
  result = hn::IfThenElse(hn::Lt(x, infinity), result, x);  // infinity and NaN stay
  result = hn::IfThenElse(hn::Lt(x, zero), hn::Set(d, __builtin_nanf("")), result);
  return hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), result);
}

/// factor e^(x + correction) for a tiny correction; 0 where that is below the smallest normal float.
template <class D, class V>
HWY_INLINE V exp(D d, V x, V correction, V factor) {
  const hn::RebindToSigned<D> di;
  x = hn::IfThenElse(hn::Gt(x, hn::Set(d, 120.0f)), hn::Set(d, 120.0f), x);  // comparisons let NaN pass
  x = hn::IfThenElse(hn::Lt(x, hn::Set(d, -120.0f)), hn::Set(d, -120.0f), x);
  const V n = hn::Round(hn::Mul(x, hn::Set(d, 0x1.715476p+0f)));
  const V high = hn::NegMulAdd(n, hn::Set(d, ln2_high), x);
  const V r = hn::NegMulAdd(n, hn::Set(d, ln2_low), high);
  const V low = hn::Add(hn::NegMulAdd(n, hn::Set(d, ln2_low), hn::Sub(high, r)), correction);
  const V curve = hn::Mul(hn::Mul(r, r), polynomial(d, r, exp_coefficients));
  const V tail = hn::Add(curve, hn::MulAdd(low, hn::Add(r, curve), low));
  const V mantissa = hn::MulAdd(factor, hn::Add(r, tail), factor);
  // 2^n in two factors, as n reaches +-174.
  const auto k = hn::ConvertTo(di, n);
  const auto half = hn::ShiftRight<1>(k);
  const auto power = [&](auto exponent)
                         HWY_ATTR { return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(exponent, hn::Set(di, 127)))); };
  const V result = hn::Mul(hn::Mul(mantissa, power(hn::Sub(k, half))), power(half));
  return hn::IfThenElse(hn::IsNaN(x), x, hn::IfThenZeroElse(hn::Lt(result, hn::Set(d, 0x1p-126f)), result));
}

/// Sine and cosine of r + low, |r| <= pi / 4, turned by `quadrant` quarters.
template <class D, class V, class VI>
HWY_INLINE void turn(D d, V r, V low, VI quadrant, V& sine, V& cosine) {
  const hn::RebindToSigned<D> di;
  const V square = hn::Mul(r, r);
  const V s = hn::Add(r, hn::MulAdd(hn::Mul(square, r), polynomial(d, square, sine_coefficients), low));
  V c = hn::MulAdd(hn::Mul(square, square), polynomial(d, square, cosine_coefficients), hn::Neg(hn::Mul(r, low)));
  c = hn::Add(hn::Set(d, 1.0f), hn::NegMulAdd(hn::Set(d, 0.5f), square, c));
  const auto odd = hn::RebindMask(d, hn::TestBit(quadrant, hn::Set(di, 1)));
  const auto sine_sign = hn::ShiftLeft<31>(hn::ShiftRight<1>(quadrant));
  const auto cosine_sign = hn::ShiftLeft<31>(hn::ShiftRight<1>(hn::Add(quadrant, hn::Set(di, 1))));
  sine = hn::BitCast(d, hn::Xor(hn::BitCast(di, hn::IfThenElse(odd, c, s)), sine_sign));
  cosine = hn::BitCast(d, hn::Xor(hn::BitCast(di, hn::IfThenElse(odd, s, c)), cosine_sign));
}

template <class D, class V>
HWY_INLINE void sincos(D d, V x, V& sine, V& cosine) {
  const hn::RebindToSigned<D> di;
  // pi / 2 in three parts: n times the first leaves no rounding error in the difference.
  const V n = hn::Round(hn::Mul(x, hn::Set(d, 0x1.45f306p-1f)));
  const V high = hn::NegMulAdd(n, hn::Set(d, 0x1.921fb6p+0f), x);
  const V r = hn::NegMulAdd(n, hn::Set(d, -0x1.777a5cp-25f), high);
  const V rest = hn::NegMulAdd(n, hn::Set(d, -0x1.777a5cp-25f), hn::Sub(high, r));
  const V low = hn::NegMulAdd(n, hn::Set(d, -0x1.ee59dap-50f), rest);
  turn(d, r, low, hn::ConvertTo(di, n), sine, cosine);
  const auto inside = hn::Le(hn::Abs(x), hn::Set(d, 8192.0f));
  const V none = hn::Set(d, __builtin_nanf(""));  // one NaN, as those that arithmetic makes differ between targets
  sine = hn::IfThenElse(inside, sine, none);
  cosine = hn::IfThenElse(inside, cosine, none);
}

template <class D, class V>
HWY_INLINE V erfc(D d, V x) {
  const V one = hn::Set(d, 1.0f), two = hn::Set(d, 2.0f);
  const V a = hn::Abs(x);
  const V square = hn::Mul(a, a);
  const V near = hn::NegMulAdd(x, polynomial(d, square, erf_coefficients), one);

  const V bounded = hn::IfThenElse(hn::Gt(a, hn::Set(d, 10.5f)), hn::Set(d, 10.5f), a);
  const V high = hn::Mul(bounded, bounded);
  const V low = hn::MulSub(bounded, bounded, high);
  const V q = hn::Div(hn::Sub(bounded, two), hn::Add(bounded, two));
  const V p = polynomial(d, q, erfc_coefficients);
  const V factor = hn::Div(hn::Add(one, p), hn::MulAdd(two, bounded, one));
  V far = exp(d, hn::Neg(high), hn::Neg(low), factor);
  far = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Sub(two, far), far);
  far = hn::IfThenElse(hn::Lt(a, hn::Set(d, 0.5f)), near, far);
  return hn::IfThenElse(hn::IsNaN(x), x, far);
}

}  // namespace tandem::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
