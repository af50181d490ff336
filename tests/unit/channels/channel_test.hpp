#pragma once

#include <cmath>
#include <random>
#include <string>
#include <support/support.hpp>
#include <tandem/channel.hpp>
#include <vector>

namespace tandem::test {

/// Rows of the given lengths, in uses, whose values are `amplitude` with random signs.
inline Symbols antipodal(const std::vector<std::size_t>& uses, int dimensions_per_use, float amplitude = 1) {
  std::mt19937_64 random(11);
  Symbols out{{}, dimensions_per_use};
  for (const auto count : uses)
    for (float& value : out.values.append(count * static_cast<std::size_t>(dimensions_per_use)))
      value = random() >> 63 ? -amplitude : amplitude;
  return out;
}

/// The law's ln p(y | point) for a single use.
inline double log_likelihood(const Law& law, const Observation& observation, std::vector<float> point) {
  Ragged<float> out;
  law.log_likelihood(observation, point, out);
  return static_cast<double>(out.values()[0]);
}

struct Moments {
  double mean = 0, square = 0, absolute = 0, count = 0;
};
template <class Values>
Moments moments(const Values& values) {
  Moments out;
  for (const double value : values) {
    out.mean += value;
    out.square += value * value;
    out.absolute += std::abs(value);
    ++out.count;
  }
  out.mean /= out.count;
  out.square /= out.count;
  out.absolute /= out.count;
  return out;
}

}  // namespace tandem::test
