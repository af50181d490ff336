#pragma once

#include <cstddef>
#include <tandem/modem.hpp>

/// What modems that send one bit a dimension, as plus or minus one amplitude, have in common.
namespace tandem::modems {

/// Uninitialised rows of as many values as those of `shape`.
template <class T, class U>
Ragged<T> shaped_like(const Ragged<U>& shape) {
  if (shape.row_length() != Ragged<U>::varying) return Ragged<T>(shape.rows(), shape.row_length());
  Ragged<T> out;
  out.reserve(shape.size());
  for (std::size_t row = 0; row < shape.rows(); ++row) out.append(shape.row_length(row));
  return out;
}

/// Bit 0 becomes +amplitude, bit 1 becomes -amplitude.
inline Symbols antipodal_symbols(const Bits& bits, int dimensions_per_use, float amplitude) {
  Symbols out{shaped_like<float>(bits), dimensions_per_use};
  const auto* bit = bits.values().data();
  auto* x = out.values.values().data();
  const std::size_t size = bits.size();
  for (std::size_t i = 0; i < size; ++i) x[i] = amplitude - 2 * amplitude * static_cast<float>(bit[i]);
  return out;
}

/// LLRs under Gaussian noise of variance n0 / 2 a dimension, 4 csi amplitude y / n0, and the matched-filter output
/// csi y / amplitude.
template <std::size_t DimensionsPerUse>
Reception gaussian_reception(const Observation& observation, float amplitude) {
  const auto& received = observation.y.values;
  const std::size_t size = received.size();
  const bool known = !observation.csi.empty();
  if (known && observation.csi.size() * DimensionsPerUse != size)
    throw Error("the channel's csi does not hold a gain a use");
  Reception out{shaped_like<float>(received), shaped_like<float>(received)};
  const auto* y = received.values().data();
  const auto* csi = observation.csi.values().data();
  auto* llr = out.llr.values().data();
  auto* matched = out.y.values().data();
  const float llr_scale = 4 * amplitude / observation.n0, unit = 1 / amplitude;
  if (known)
    for (std::size_t use = 0; use < size / DimensionsPerUse; ++use) {
      const float gain = csi[use];
#pragma GCC unroll 2
      for (std::size_t d = 0; d < DimensionsPerUse; ++d) {
        const float projected = gain * y[use * DimensionsPerUse + d];
        llr[use * DimensionsPerUse + d] = llr_scale * projected;
        matched[use * DimensionsPerUse + d] = unit * projected;
      }
    }
  else
    for (std::size_t i = 0; i < size; ++i) {
      llr[i] = llr_scale * y[i];
      matched[i] = unit * y[i];
    }
  return out;
}

/// The matched-filter output alone, for receptions whose LLRs come from a law.
template <std::size_t DimensionsPerUse>
Ragged<float> matched_filter(const Observation& observation, float amplitude) {
  Ragged<float> out = observation.y.values;
  const auto* csi = observation.csi.values().data();
  auto* y = out.values().data();
  const std::size_t size = out.size();
  const float unit = 1 / amplitude;
  if (observation.csi.size() * DimensionsPerUse == size)
    for (std::size_t i = 0; i < size; ++i) y[i] *= unit * csi[i / DimensionsPerUse];
  else
    for (std::size_t i = 0; i < size; ++i) y[i] *= unit;
  return out;
}

}  // namespace tandem::modems
