// Each limit is passed by a correct generator in all but one of a million seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tandem/noise.hpp>
#include <vector>

namespace tandem {
namespace {

constexpr double sigmas = 4.9;             // two-sided, of a normal variable
constexpr double kolmogorov_limit = 2.70;  // 2 exp(-2 x^2) = 1e-6

Ragged<float> normals(const Noise& noise, std::size_t rows, std::size_t length) {
  Ragged<float> values(rows, length);
  noise.normals(values);
  return values;
}

TEST(NoiseStatistics, MomentsOfNormals) {
  const auto values = normals(Noise(1, "channel", 0), 40'000, 100);
  double sums[4] = {};
  for (const float value : values.values()) {
    double power = 1;
    for (double& sum : sums) sum += power *= static_cast<double>(value);
  }
  const auto n = static_cast<double>(values.size());
  EXPECT_NEAR(sums[0] / n, 0, sigmas * std::sqrt(1 / n));
  EXPECT_NEAR(sums[1] / n, 1, sigmas * std::sqrt(2 / n));
  EXPECT_NEAR(sums[2] / n, 0, sigmas * std::sqrt(15 / n));
  EXPECT_NEAR(sums[3] / n, 3, sigmas * std::sqrt(96 / n));
}

template <class Distribution>
double kolmogorov(std::span<float> values, Distribution distribution) {
  std::ranges::sort(values);
  const auto n = static_cast<double>(values.size());
  double largest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double p = distribution(static_cast<double>(values[i]));
    largest = std::max({largest, p - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - p});
  }
  return largest * std::sqrt(n);
}
double normal_distribution(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

TEST(NoiseStatistics, NormalsFollowTheNormalDistribution) {
  auto values = normals(Noise(2, "channel", 0), 20'000, 49);
  EXPECT_LT(kolmogorov(values.values(), normal_distribution), kolmogorov_limit);
  std::vector<float> row(1'000'000);
  Noise(3, "channel", 0).normals(0, row);
  EXPECT_LT(kolmogorov(row, normal_distribution), kolmogorov_limit);
}

TEST(NoiseStatistics, UniformsFollowTheUniformDistribution) {
  Ragged<float> values(20'000, 49);
  Noise(2, "channel", 0).uniforms(values);
  const auto [low, high] = std::ranges::minmax(values.values());
  EXPECT_GT(low, 0);
  EXPECT_LT(high, 1);
  EXPECT_LT(kolmogorov(values.values(), [](double x) { return x; }), kolmogorov_limit);
}

// 2^27 values: 8500 beyond 4 sigma and 77 beyond 5 sigma are expected.
TEST(NoiseStatistics, TailsOfNormals) {
  constexpr std::size_t rounds = 128, size = std::size_t{1} << 20;
  std::vector<float> row(size);
  double beyond[2][2] = {};  // of each sign, beyond 4 and 5
  float largest = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    Noise(4, "channel", 0).normals(round, row);
    for (const float value : row) {
      if (std::abs(value) < 4) continue;
      largest = std::max(largest, std::abs(value));
      ++beyond[value < 0][0];
      beyond[value < 0][1] += std::abs(value) > 5;
    }
  }
  for (int sign = 0; sign < 2; ++sign) {
    const double four = 3.167124183311992e-5 * rounds * size;  // Q(4)
    EXPECT_NEAR(beyond[sign][0], four, sigmas * std::sqrt(four));
    const double five = 2.866515718791939e-7 * rounds * size;  // Q(5) n = 38.5; Poisson: 1e-6 outside 13 .. 74
    EXPECT_GT(beyond[sign][1], 12) << five;
    EXPECT_LT(beyond[sign][1], 75) << five;
  }
  EXPECT_GT(largest, 5.2f);   // P(none beyond 5.2) = exp(-26.8)
  EXPECT_LT(largest, 6.77f);  // sqrt(2 ln 2^33)
}

// The correlation of two equally long sets of values of mean 0 and variance 1.
double correlation(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum / static_cast<double>(a.size());
}
std::vector<float> squares(std::span<const float> a) {
  std::vector<float> result;
  for (const float value : a) result.push_back((value * value - 1) / std::numbers::sqrt2_v<float>);
  return result;
}
void expect_independent(const Ragged<float>& a, const Ragged<float>& b, const char* what) {
  const auto n = static_cast<double>(a.size());
  EXPECT_LT(std::abs(correlation(a.values(), b.values())) * std::sqrt(n), sigmas) << what;
  EXPECT_LT(std::abs(correlation(squares(a.values()), squares(b.values()))) * std::sqrt(n), sigmas) << what;
}

TEST(NoiseStatistics, AddressesAreIndependent) {
  constexpr std::size_t rows = 20'000, length = 49;
  const Noise noise(5, "channel", 0);
  const auto values = normals(noise, rows, length);
  expect_independent(values, normals(Noise(5, "channel", 1), rows, length), "neighbouring rows");
  expect_independent(values, normals(Noise(5, "channel", std::uint64_t{1} << 32), rows, length),
                     "high word of the frame");
  expect_independent(values, normals(noise.stream(1), rows, length), "purposes");
  expect_independent(normals(noise.stream(1), rows, length), normals(noise.stream(2), rows, length),
                     "purposes 1 and 2");
  expect_independent(values, normals(Noise(6, "channel", 0), rows, length), "seeds");
  expect_independent(values, normals(Noise(5, "channel2", 0), rows, length), "nodes");
  expect_independent(normals(noise.group(2), rows, length), normals(noise.group(3), rows, length), "groups");
  Ragged<float> uniforms(rows, length);
  noise.uniforms(uniforms);
  for (float& value : uniforms.values()) value = (value - 0.5f) * std::sqrt(12.0f);
  EXPECT_LT(std::abs(correlation(values.values(), uniforms.values())) * std::sqrt(rows * length), sigmas);
}

TEST(NoiseStatistics, ValuesOfARowAreIndependent) {
  std::vector<float> row(2'000'000);
  Noise(7, "channel", 0).normals(0, row);
  const std::vector<float> square = squares(row);
  for (const std::size_t lag : {1, 2, 3, 4, 64}) {
    const std::size_t n = row.size() - lag;
    EXPECT_LT(std::abs(correlation(std::span(row).first(n), std::span(row).subspan(lag))) * std::sqrt(n), sigmas)
        << lag;
    EXPECT_LT(std::abs(correlation(std::span(square).first(n), std::span(square).subspan(lag))) * std::sqrt(n), sigmas)
        << lag;
  }
}

TEST(NoiseStatistics, BitsAreFairAtEveryPlaceAndNeighboursIndependent) {
  constexpr std::size_t rows = 40'000, length = 200;
  Ragged<std::uint8_t> bits(rows, length);
  Noise(8, "source", 0).bits(bits);
  std::vector<double> ones(length, 0), changes(length, 0);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < length; ++i) {
      ASSERT_LE(bits[row][i], 1);
      ones[i] += bits[row][i];
      changes[i] += bits[row][i] != bits[row][(i + 1) % length];
    }
  const double limit = 6.1 * std::sqrt(rows) / 2;  // one in a million over 400 places
  for (std::size_t i = 0; i < length; ++i) {
    EXPECT_NEAR(ones[i], rows / 2.0, limit) << i;
    EXPECT_NEAR(changes[i], rows / 2.0, limit) << i;
  }
}

}  // namespace
}  // namespace tandem
