#pragma once

#include <support/support.hpp>
#include <tandem/block.hpp>
#include <vector>

namespace tandem::test {

/// One row of values through a block that turns values into bits.
inline std::vector<std::uint8_t> bits_of(const Block& block, const std::vector<float>& values) {
  Batch in;
  in.port = Port::features;
  in.reals.append(values);
  const Batch out = block.forward(std::move(in));
  return {out.bytes.values().begin(), out.bytes.values().end()};
}

inline std::vector<float> values_of(const Block& block, const std::vector<std::uint8_t>& bits) {
  Batch in;
  in.port = Port::bits;
  in.bytes.append(bits);
  in.trusted = {1};
  const Batch out = block.backward(std::move(in));
  return {out.reals.values().begin(), out.reals.values().end()};
}

inline std::vector<float> round_trip(const Block& block, const std::vector<float>& values) {
  return values_of(block, bits_of(block, values));
}

inline double mean_square(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum / static_cast<double>(a.size());
}

/// Mean square error of all values when one bit of each word arrives wrong; bit 0 is the lowest.
inline double error_of_bit(const Block& block, const std::vector<float>& values, std::size_t width, std::size_t bit) {
  auto bits = bits_of(block, values);
  const auto sent = values_of(block, bits);
  for (std::size_t i = width - 1 - bit; i < bits.size(); i += width) bits[i] ^= 1;
  return mean_square(values_of(block, bits), sent);
}

/// The inverse of the normal distribution function, by bisection.
inline double normal_quantile(double p) {
  double low = -40, high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
  }
  return low;
}

/// Values of the normal distribution at equal steps of probability: its integrals without chance.
inline std::vector<float> normal_values(std::size_t count) {
  std::vector<float> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(static_cast<float>(normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(count))));
  return out;
}

}  // namespace tandem::test
