#pragma once

#include <algorithm>
#include <cmath>
#include <tandem/channel.hpp>
#include <tandem/uses.hpp>

/// What channels that do not add noise to a value, but keep, flip or erase it, have in common.
namespace tandem::channels {

/// The LLR, in magnitude, of what is known for certain: large, and safe to add up and to subtract in float.
inline constexpr float certain = 38;

/// The value received is the one sent, up to the rounding of a modem that computes it in two ways.
inline bool same(float received, float sent) { return std::abs(received - sent) < 1e-3f; }

/// 1 where an event of this probability happens and 0 elsewhere, independently for each value of rows like `shape`.
/// One uniform value knows 2^-23 steps; where it falls on the step that holds the probability, a second one decides.
inline Ragged<float> events(const Ragged<float>& shape, double probability, const Noise& noise) {
  Ragged<float> out = shape;
  noise.uniforms(out);
  const double steps = probability * 0x1p23, whole = std::floor(steps), rest = steps - whole;
  const float below = static_cast<float>(whole * 0x1p-23), edge = static_cast<float>((whole + 0.5) * 0x1p-23);
  const auto values = out.values();
  if (rest > 0 && std::ranges::count(values, edge) != 0)
    for (std::size_t row = 0; row < out.rows(); ++row) {
      const auto coarse = out[row];
      if (std::ranges::count(coarse, edge) == 0) continue;
      std::vector<float> fine(coarse.size());
      noise.stream(1).uniforms(row, fine);
      for (std::size_t i = 0; i < coarse.size(); ++i)
        if (coarse[i] == edge) coarse[i] = static_cast<double>(fine[i]) < rest ? -1.0f : 2.0f;
    }
  for (float& value : values) value = value < below ? 1.0f : 0.0f;
  return out;
}

}  // namespace tandem::channels
