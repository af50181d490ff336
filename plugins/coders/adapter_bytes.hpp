#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <tandem/neural/language_adapter.hpp>
#include <vector>

#include "adaptive_counts.hpp"
#include "range_coder.hpp"

/// Adapters as bytes: of each tensor the length of a step, a float's upper 16 bits, low ones first; then all values as
/// numbers of steps, -127 .. 127, by an arithmetic code that learns how often each number comes.
namespace tandem::coders {

namespace adapter {
constexpr int largest = 127;
constexpr std::size_t symbols = 2 * largest + 1;

inline std::uint16_t upper(float x) { return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16); }
inline float of_upper(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
inline double root_mean_square(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(values.size(), 1)));
}
}  // namespace adapter

/// `steps` in a tensor's root mean square: each one more halves the error and costs a bit a value.
inline std::vector<std::uint8_t> write_adapter(std::span<const neural::LanguageTensor> tensors, std::span<const float> values, double steps) {
  std::vector<std::uint8_t> out;
  RangeEncoder encoder;
  AdaptiveCounts counts(adapter::symbols);
  for (const auto& tensor : tensors) {
    const auto part = values.subspan(tensor.offset, tensor.size());
    const std::uint16_t step = adapter::upper(static_cast<float>(adapter::root_mean_square(part) / steps));
    out.push_back(static_cast<std::uint8_t>(step));
    out.push_back(static_cast<std::uint8_t>(step >> 8));
    for (const float value : part) {
      const float size = adapter::of_upper(step);
      // Of a training that went astray nothing is asked but that it ends.
      const float number = size > 0 && std::isfinite(value) ? std::clamp(value / size, -1.0f * adapter::largest, 1.0f * adapter::largest) : 0.0f;
      const auto symbol = static_cast<std::uint32_t>(std::lround(number) + adapter::largest);
      const Interval interval = counts.interval(symbol);
      encoder.encode(interval.cumulative, interval.frequency, AdaptiveCounts::bits);
      counts.seen(symbol);
    }
  }
  const auto coded = encoder.finish_bytes();
  out.insert(out.end(), coded.begin(), coded.end());
  return out;
}

/// The values again, rounded as they were written; nothing where the bytes are damaged so that it shows.
inline std::optional<std::vector<float>> read_adapter(std::span<const neural::LanguageTensor> tensors, std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 2 * tensors.size()) return std::nullopt;
  std::vector<float> out;
  RangeDecoder decoder(bytes.subspan(2 * tensors.size()));
  AdaptiveCounts counts(adapter::symbols);
  for (std::size_t t = 0; t < tensors.size(); ++t) {
    const float step = adapter::of_upper(static_cast<std::uint16_t>(bytes[2 * t] | bytes[2 * t + 1] << 8));
    if (!(step >= 0 && step < 1e6f)) return std::nullopt;
    for (std::size_t i = 0; i < tensors[t].size(); ++i) {
      const auto [symbol, interval] = counts.find(decoder.target(AdaptiveCounts::bits));
      decoder.consume(interval.cumulative, interval.frequency);
      counts.seen(symbol);
      out.push_back(static_cast<float>(static_cast<int>(symbol) - adapter::largest) * step);
    }
  }
  return out;
}

}  // namespace tandem::coders
