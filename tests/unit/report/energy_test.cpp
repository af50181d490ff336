#include "report/energy.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tandem::report {
namespace {

TEST(Energy, RatioOfSumsIsNoMeanOfRatios) {
  // Cochran 1977, section 6.10, by hand: r = 9/6, residuals -0.5, 1, -0.5, s = sqrt(3/2 * 1.5) / 6, t(2) = 4.302653.
  const Ratio r = ratio_of_sums({1, 4, 4}, {1, 2, 3});
  EXPECT_DOUBLE_EQ(r.value, 1.5);
  EXPECT_NEAR(r.high - r.value, 4.302652730 * std::sqrt(1.5 * 1.5) / 6, 1e-6);
  EXPECT_NEAR(r.value - r.low, r.high - r.value, 1e-9);
}

TEST(Energy, AConstantRatioHasNoSpread) {
  for (const double factor : {1.0, 49.0 / 24, 1e-3}) {
    const Ratio r = ratio_of_sums({24 * factor, 48 * factor, 24 * factor}, {24, 48, 24});
    EXPECT_NEAR(r.value, factor, 1e-12);
    EXPECT_EQ(r.low, r.value);
    EXPECT_EQ(r.high, r.value);
  }
}

TEST(Energy, TheIntervalCoversTheTrueRatio) {
  // Sentences of 20 to 200 letters; one arm takes 2 bits a letter, the other 4 to 6, 5 in the mean.
  std::mt19937 random(7);
  std::uniform_real_distribution<double> letters(20, 200), bits(4, 6);
  const int rounds = 2000;
  int covered = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> a, b;
    for (int i = 0; i < 50; ++i) {
      const double length = letters(random);
      a.push_back(length * bits(random)), b.push_back(2 * length);
    }
    const Ratio r = ratio_of_sums(a, b);
    covered += r.low <= 2.5 && 2.5 <= r.high;
  }
  // 5 standard errors of a share of 0.95 in 2000 are 0.024; a little more for the estimate's own bias.
  EXPECT_NEAR(covered / double(rounds), 0.95, 0.03);
}

}  // namespace
}  // namespace tandem::report
