// Statistics of two arms, against closed forms, published examples and slow sums.
#include "host/paired.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace tandem::host {
namespace {

// Sums of binomial coefficients.
double slow_mcnemar(unsigned first, unsigned second) {
  const unsigned n = first + second, few = std::min(first, second);
  double sum = 0;
  for (unsigned i = 0; i <= few; ++i)
    sum += std::exp(std::lgamma(n + 1.0) - std::lgamma(i + 1.0) - std::lgamma(n - i + 1.0) - n * std::log(2.0));
  return std::min(1.0, 2 * sum);
}

TEST(McNemar, IsTheExactSignTest) {
  EXPECT_EQ(mcnemar(0, 0), 1);
  EXPECT_EQ(mcnemar(7, 7), 1);
  EXPECT_NEAR(mcnemar(0, 5), 0.0625, 1e-15);
  EXPECT_NEAR(mcnemar(6, 0), 0.03125, 1e-15);
  // 2 (1 + 10 + 45) / 1024
  EXPECT_NEAR(mcnemar(2, 8), 0.109375, 1e-14);
  for (const auto& [a, b] : {std::pair(12u, 2u), {30u, 55u}, {200u, 160u}, {1u, 40u}})
    EXPECT_NEAR(mcnemar(a, b) / slow_mcnemar(a, b), 1, 1e-10);
  EXPECT_GT(mcnemar(0, 900), 0);
  EXPECT_NEAR(mcnemar(0, 900) / std::ldexp(1, -899), 1, 1e-12);
}

TEST(Holm, StepsDown) {
  const auto adjusted = holm(std::vector{0.01, 0.04, 0.03, 0.005});
  // Sorted: 0.005 x 4, 0.01 x 3, 0.03 x 2, 0.04 x 1 raised to the one before.
  const double expected[] = {0.03, 0.06, 0.06, 0.02};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-15);
  EXPECT_EQ(holm(std::vector{0.7, 0.9}), (std::vector{1.0, 1.0}));
  EXPECT_TRUE(holm({}).empty());
}

TEST(DifferenceInterval, HoldsWhatItShould) {
  // Frames drawn from a known law: the interval holds the difference at least as often as it says.
  std::mt19937_64 random(11);
  for (const auto& [more, less] : {std::pair(0.02, 0.005), {0.2, 0.1}, {0.001, 0.001}}) {
    int held = 0;
    constexpr int rounds = 2000;
    for (int round = 0; round < rounds; ++round) {
      constexpr std::uint64_t frames = 400;
      const auto a = std::binomial_distribution<std::uint64_t>(frames, more)(random);
      const auto b = std::binomial_distribution<std::uint64_t>(frames - a, less / (1 - more))(random);
      const auto [low, high] = difference_interval({a, b, 1, 1, frames});
      held += low <= more - less && more - less <= high;
    }
    // Five standard errors of 95 %.
    EXPECT_GT(held, rounds * 0.95 - 5 * std::sqrt(rounds * 0.95 * 0.05)) << more;
  }
}

TEST(DifferenceInterval, IsThatOfOneShareWhereNothingFallsTheOtherWay) {
  // Nothing differs: exact limits for none of n either way.
  const double none = 1 - std::pow(0.025, 1 / 500.0);
  const auto [low, high] = difference_interval({0, 0, 1, 1, 500});
  EXPECT_NEAR(low, -none, 1e-12);
  EXPECT_NEAR(high, none, 1e-12);
  // Large counts: the variance of a difference of two shares of one whole.
  const auto large = difference_interval({30000, 20000, 1, 1, 100000});
  const double half = 1.959963985 * std::sqrt((0.5 - 0.01) / 100000);
  EXPECT_NEAR(large.low, 0.1 - half, 2e-5);
  EXPECT_NEAR(large.high, 0.1 + half, 2e-5);
  // Frames that differ by three each count three times.
  const auto tripled = difference_interval({12, 2, 3, 3, 50}), single = difference_interval({12, 2, 1, 1, 50});
  EXPECT_NEAR(tripled.low, 3 * single.low, 1e-12);
  // Newcombe 1998, table II, 12 against 2 of 50, by Wilson's limits: 0.0569 to 0.3404; exact limits lie a little
  // outside.
  EXPECT_NEAR(single.low, 0.0569, 0.02);
  EXPECT_NEAR(single.high, 0.3404, 0.02);
}

std::vector<double> normals(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> law(3, 2);
  std::vector<double> out(count);
  for (double& value : out) value = law(random);
  return out;
}

double deviation(std::vector<double> values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

TEST(Resampled, SpreadsAMeanAsTheoryDoes) {
  // 60,000 frames reach into those that share weights.
  for (const std::size_t frames : {400u, 60000u}) {
    const auto values = normals(frames, 5);
    const std::vector<std::span<const double>> columns = {values};
    const auto out = resample(columns, frames, 4000, 1, 2);
    std::vector<double> means;
    for (std::size_t r = 0; r < 4000; ++r) means.push_back(out.sums[0][r] / out.frames[r]);
    const double expected = deviation(values) / std::sqrt(static_cast<double>(frames));
    // The standard error of a standard deviation of 4,000 values is 1.1 %, of the sample's own variance with shared
    // weights a little more.
    EXPECT_NEAR(deviation(means) / expected, 1, 0.06) << frames;
    std::ranges::sort(means);
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(frames);
    EXPECT_NEAR((quantile(means, 0.975) - mean) / expected, 1.96, 0.15);
    EXPECT_NEAR((quantile(means, 0.025) - mean) / expected, -1.96, 0.15);
    // Of 60,000: 16,384 single ones, 8,192 pairs and 6,808 times four with one weight.
    const double squares = frames == 400 ? 400 : 16384 + 8192 * 4 + 6808 * 16;
    EXPECT_NEAR(deviation(out.frames) / std::sqrt(squares), 1, 0.06);
  }
}

TEST(Resampled, GivesTheSameFramesTheSameWeights) {
  const auto values = normals(3000, 6);
  std::vector<double> marked(3000, 0.0);
  marked[17] = 1;
  const std::vector<std::span<const double>> one = {values, marked}, two = {marked};
  const auto all = resample(one, 3000, 50, 9, 1), short_one = resample(two, 100, 50, 9, 2);
  EXPECT_EQ(all.sums[1], short_one.sums[0]);
  // Poisson(1): the shares of weights 0, 1 and 2 and more.
  const std::vector<double> ones(1, 1.0);
  const std::vector<std::span<const double>> first = {ones};
  const auto weights = resample(first, 1, 20000, 2, 2).sums[0];
  const double expected[] = {std::exp(-1.0), std::exp(-1.0), std::exp(-1.0) / 2, std::exp(-1.0) / 6};
  for (int w = 0; w < 4; ++w) {
    const double share = static_cast<double>(std::ranges::count(weights, w)) / 20000;
    EXPECT_NEAR(share, expected[w], 5 * std::sqrt(expected[w] / 20000)) << w;
  }
  EXPECT_EQ(resample(one, 3000, 50, 9, 3).sums, all.sums);
}

TEST(BootstrapTest, AgreesWithTheNormalLaw) {
  // A mean of 900 values, two and five standard errors from 0.
  for (const double errors : {2.0, 5.0}) {
    auto values = normals(900, 8);
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 900, error = deviation(values) / 30;
    for (double& value : values) value += errors * error - mean;
    const std::vector<std::span<const double>> columns = {values};
    const auto out = resample(columns, 900, 4000, 1, 2);
    std::vector<double> means;
    for (std::size_t r = 0; r < 4000; ++r) means.push_back(out.sums[0][r] / out.frames[r]);
    std::ranges::sort(means);
    const double p = bootstrap_test(errors * error, means), expected = std::erfc(errors / std::sqrt(2.0));
    EXPECT_NEAR(std::log(p / expected), 0, errors == 2 ? 0.35 : 1.2);
  }
  EXPECT_EQ(bootstrap_test(0, std::vector<double>(100, 0.0)), 1);
  // All resamples the same, and none at 0: no more is known than that.
  EXPECT_NEAR(bootstrap_test(1, std::vector<double>(99, 1.0)), 0.02, 1e-15);
}

TEST(Quantile, Interpolates) {
  const std::vector<double> values = {1, 2, 4, 8};
  EXPECT_EQ(quantile(values, 0), 1);
  EXPECT_EQ(quantile(values, 1), 8);
  EXPECT_NEAR(quantile(values, 0.5), 3, 1e-15);
  EXPECT_NEAR(quantile(values, 0.25), 1.75, 1e-15);
}

}  // namespace
}  // namespace tandem::host
