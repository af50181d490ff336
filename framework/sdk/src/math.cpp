#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math.cpp"
#include <cstddef>
#include <span>
#include <tandem/error.hpp>
#include <tandem/math.hpp>

#include "simd.hpp"

// clang-format off: simd.hpp comes first
#include "math-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace tandem::HWY_NAMESPACE {

// Whole vectors from `x`; the last values go through a padded vector, so that none depends on its place.
template <class Kernel>
HWY_INLINE void each(const float* x, std::size_t size, float* out, float* second, Kernel kernel) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto other = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    hn::StoreU(kernel(d, hn::LoadU(d, x + i), other), d, out + i);
    if (second) hn::StoreU(other, d, second + i);
  }
  if (i == size) return;
  const auto mask = hn::FirstN(d, size - i);
  const auto result = kernel(d, hn::MaskedLoad(mask, d, x + i), other);
  hn::BlendedStore(result, mask, d, out + i);
  if (second) hn::BlendedStore(other, mask, d, second + i);
}

void log_span(const float* x, std::size_t size, float* out) {
  each(x, size, out, nullptr, [](auto d, auto v, auto&) HWY_ATTR { return log(d, v); });
}
void exp_span(const float* x, std::size_t size, float* out) {
  each(x, size, out, nullptr, [](auto d, auto v, auto&) HWY_ATTR { return exp(d, v, hn::Zero(d), hn::Set(d, 1.0f)); });
}
void erfc_span(const float* x, std::size_t size, float* out) {
  each(x, size, out, nullptr, [](auto d, auto v, auto&) HWY_ATTR { return erfc(d, v); });
}
void sincos_span(const float* x, std::size_t size, float* sine, float* cosine) {
  each(x, size, sine, cosine, [](auto d, auto v, auto& c) HWY_ATTR {
    auto s = v;
    sincos(d, v, s, c);
    return s;
  });
}

}  // namespace tandem::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {

HWY_EXPORT(log_span);
HWY_EXPORT(exp_span);
HWY_EXPORT(erfc_span);
HWY_EXPORT(sincos_span);

namespace math {
namespace {
void check(std::size_t in, std::size_t out) {
  if (in != out) throw Error("input and output of an elementary function differ in length");
}
}  // namespace

void log(std::span<const float> x, std::span<float> out) {
  check(x.size(), out.size());
  HWY_DYNAMIC_DISPATCH(log_span)(x.data(), x.size(), out.data());
}
void exp(std::span<const float> x, std::span<float> out) {
  check(x.size(), out.size());
  HWY_DYNAMIC_DISPATCH(exp_span)(x.data(), x.size(), out.data());
}
void erfc(std::span<const float> x, std::span<float> out) {
  check(x.size(), out.size());
  HWY_DYNAMIC_DISPATCH(erfc_span)(x.data(), x.size(), out.data());
}
void sincos(std::span<const float> x, std::span<float> sine, std::span<float> cosine) {
  check(x.size(), sine.size());
  check(x.size(), cosine.size());
  HWY_DYNAMIC_DISPATCH(sincos_span)(x.data(), x.size(), sine.data(), cosine.data());
}

}  // namespace math
}  // namespace tandem
#endif
