#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <tandem/math.hpp>

namespace tandem::channels {

/// Replaces each t by ln(1 + sqrt(pi) t exp(t^2) erfc(-t)), which is ln of 2 a times the integral of
/// h exp(-a h^2 + 2 b h) over h > 0, with t = b / sqrt(a). Relative error of the argument of ln below 1e-5 for every t.
inline void log_rayleigh_integral(std::span<float> values) {
  constexpr std::size_t most = 256;
  constexpr float root_pi = 1.7724538509055160f;
  constexpr int depth = 16;
  std::array<float, most> gauss, tail, argument;
  for (std::size_t begin = 0; begin < values.size(); begin += most) {
    const std::size_t count = std::min(most, values.size() - begin);
    float* t = values.data() + begin;
    for (std::size_t i = 0; i < count; ++i) gauss[i] = -t[i] * t[i];
    for (std::size_t i = 0; i < count; ++i) tail[i] = std::abs(t[i]);
    math::exp({gauss.data(), count}, {gauss.data(), count});
    math::erfc({tail.data(), count}, {tail.data(), count});
    for (std::size_t i = 0; i < count; ++i) {
      const float size = std::abs(t[i]);
      // exp(t^2) is taken out on this side, or it would overflow.
      const float above = gauss[i] + root_pi * size * (2 - tail[i]);
      const float near = 1 - root_pi * size * tail[i] / std::max(gauss[i], 0.25f);
      // Far below 0 the two terms cancel; erfc's continued fraction gives their difference without subtracting. It
      // starts from the positive root of k (t + k) = n / 2 - 1 / 4, close to the remaining fraction.
      float k = (2 * depth + 1) / (2 * (size + std::sqrt(size * size + (2 * depth + 1))));
      for (int n = depth; n > 0; --n) k = 0.5f * static_cast<float>(n) / (size + k);
      const float far = k / (size + k);
      argument[i] = t[i] >= 0 ? above : size < 1 ? near : far;
    }
    math::log({argument.data(), count}, {argument.data(), count});
    for (std::size_t i = 0; i < count; ++i) t[i] = argument[i] + (t[i] >= 0 ? t[i] * t[i] : 0.0f);
  }
}

}  // namespace tandem::channels
