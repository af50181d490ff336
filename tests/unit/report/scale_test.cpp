#include "report/scale.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace tandem::report {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::Pointwise;

TEST(Scale, LinearLinesAreRound) {
  EXPECT_THAT(linear_scale(-3, 3, 10).major, Pointwise(DoubleEq(), {-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0}));
  EXPECT_THAT(linear_scale(-0.5, 0.5, 6).major, Pointwise(DoubleEq(), {-0.4, -0.2, 0.0, 0.2, 0.4}));
  EXPECT_THAT(linear_scale(0.3, 24, 10).major, Pointwise(DoubleEq(), {5.0, 10.0, 15.0, 20.0}));
  EXPECT_EQ(linear_scale(-0.5, 0.5, 6).decimals, 1);
  EXPECT_EQ(linear_scale(0, 1000, 6).decimals, 0);
}

TEST(Scale, NeverMoreLinesThanAskedForAndNeverNone) {
  for (double low = -3; low < 3; low += 0.37)
    for (double span = 0.01; span < 1e4; span *= 1.31) {
      const Scale scale = linear_scale(low, low + span, 8);
      EXPECT_LE(scale.major.size(), 8u) << low << " " << span;
      EXPECT_GE(scale.major.size(), 2u) << low << " " << span;
      const Scale rounded = rounded_scale(low, low + span, 8);
      EXPECT_LE(rounded.low, low + 1e-9 * span);
      EXPECT_GE(rounded.high, low + span - 1e-9 * span);
      EXPECT_GE(rounded.major.size(), 3u);
      EXPECT_LE(rounded.major.size(), 10u);
    }
}

TEST(Scale, OneValueHasRoomAround) {
  for (const double value : {0.0, 3.0, -1e6, 1e-9}) {
    const Scale scale = linear_scale(value, value, 10);
    EXPECT_LT(scale.low, value);
    EXPECT_GT(scale.high, value);
    EXPECT_NEAR(scale.at(value), 0.5, 1e-6);
  }
}

TEST(Scale, RoundedScaleBeginsAtZeroWhereLittleStaysEmpty) {
  EXPECT_EQ(rounded_scale(0.1, 0.97, 8).low, 0);
  EXPECT_DOUBLE_EQ(rounded_scale(0.1, 0.97, 8).high, 1);
  EXPECT_DOUBLE_EQ(rounded_scale(9.13, 9.8, 8).low, 9.1);
}

TEST(Scale, LogarithmicLinesAreDecades) {
  const Scale scale = logarithmic_scale(3e-5, 0.9);
  EXPECT_TRUE(scale.logarithmic);
  EXPECT_DOUBLE_EQ(scale.low, 2e-5);
  EXPECT_DOUBLE_EQ(scale.high, 1);
  EXPECT_THAT(scale.major, Pointwise(DoubleEq(), {1e-4, 1e-3, 1e-2, 1e-1, 1.0}));
  EXPECT_EQ(scale.minor.size(), 7u + 4 * 8);  // 3e-5 to 9e-5, then 2 to 9 of four decades
  EXPECT_EQ(scale.at(1), 1);
  EXPECT_EQ(scale.at(2e-5), 0);
  EXPECT_DOUBLE_EQ(scale.at(1e-2) - scale.at(1e-3), scale.at(1e-1) - scale.at(1e-2));
  EXPECT_LT(scale.at(0), -1);
}

TEST(Scale, LogarithmicScaleAlwaysHasTwoNumbers) {
  EXPECT_THAT(logarithmic_scale(0.3, 0.3).major, Pointwise(DoubleEq(), {0.1, 1.0}));
  EXPECT_THAT(logarithmic_scale(1, 1).major, Pointwise(DoubleEq(), {1.0, 10.0}));
  for (double low = 1e-17; low < 1; low *= 2.7)
    for (double high = low; high <= 1; high *= 3.1) {
      const Scale scale = logarithmic_scale(low, high);
      EXPECT_LE(scale.low, low * (1 + 1e-6));
      EXPECT_GE(scale.high, high * (1 - 1e-6));
      EXPECT_GE(scale.major.size(), 2u) << low << " " << high;
      EXPECT_LE(scale.major.size(), 10u) << low << " " << high;
    }
}

TEST(Scale, NumbersHaveATrueMinus) {
  EXPECT_EQ(shown(-1.5, 1), "\u22121.5");
  EXPECT_EQ(shown(-1e-17, 2), "0.00");
  EXPECT_EQ(shown(2e9, 0), "2e+09");
}

TEST(MovedApart, KeepsWhatIsFarEnough) {
  EXPECT_THAT(moved_apart({10, 40, 90}, 15, 0, 100), ElementsAre(10, 40, 90));
  EXPECT_THAT(moved_apart({}, 15, 0, 100), ElementsAre());
}

TEST(MovedApart, MovesAsLittleAsPossible) {
  EXPECT_THAT(moved_apart({50, 50}, 10, 0, 100), ElementsAre(45, 55));
  EXPECT_THAT(moved_apart({50, 50, 50, 80}, 10, 0, 100), ElementsAre(40, 50, 60, 80));
  // By hand: 20, 24, 28 with 10 between them, and the next pulled in: the mean of the shifts is 0.
  EXPECT_THAT(moved_apart({20, 24, 28}, 10, 0, 100), ElementsAre(14, 24, 34));
}

TEST(MovedApart, StaysInside) {
  EXPECT_THAT(moved_apart({0, 0, 0}, 10, 0, 100), ElementsAre(0, 10, 20));
  EXPECT_THAT(moved_apart({99, 100, 100}, 10, 0, 100), ElementsAre(80, 90, 100));
  // A pool at each end, and one that both press against.
  EXPECT_THAT(moved_apart({0, 0, 1, 100, 100}, 10, 0, 40), ElementsAre(0, 10, 20, 30, 40));
}

}  // namespace
}  // namespace tandem::report
