// Where curves pass a level, on curves whose crossing is known.
#include "report/reach.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace tandem::report {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const std::vector<double> x = {-1, 0, 1, 2, 3};

std::vector<double> falling(double at, double slope) {
  std::vector<double> out;
  for (const double s : x) out.push_back(0.01 * std::pow(10, slope * (at - s)));
  return out;
}

TEST(Reach, IsExactOnALogLinearCurve) {
  const CurveReading reading{0.01, true, true};
  for (const double at : {-0.75, 0.0, 1.3, 2.999}) {
    const auto found = reach(x, falling(at, 1.5), reading);
    EXPECT_TRUE(found.exact());
    EXPECT_NEAR(found.low, at, 1e-12);
  }
  const auto shift = gain(reach(x, falling(1.9, 2), reading), reach(x, falling(0.65, 2), reading));
  EXPECT_NEAR(shift.low, 1.25, 1e-12);
  EXPECT_NEAR(shift.high, 1.25, 1e-12);
}

TEST(Reach, InterpolatesOthersLinearly) {
  const std::vector<double> bleu = {0.1, 0.5, 0.85, 0.95, 0.99};
  const auto found = reach(x, bleu, {0.9, false, false});
  EXPECT_TRUE(found.exact());
  EXPECT_NEAR(found.low, 1.5, 1e-12);
}

TEST(Reach, SaysOnWhichSideItWasNotReached) {
  const CurveReading reading{0.01, true, true};
  const auto beyond = reach(x, falling(5, 1), reading), before = reach(x, falling(-2, 1), reading);
  EXPECT_TRUE(beyond.not_reached());
  EXPECT_EQ(beyond.low, 3);
  EXPECT_FALSE(before.not_reached());
  EXPECT_EQ(before.low, -infinity);
  EXPECT_EQ(before.high, -1);
  const auto at_one = reach(x, falling(1, 1), reading);
  // The baseline needs more than 3 dB, the other 1 dB: at least 2 dB; and the other way round.
  EXPECT_NEAR(gain(beyond, at_one).low, 2, 1e-12);
  EXPECT_EQ(gain(beyond, at_one).high, infinity);
  EXPECT_EQ(gain(at_one, beyond).low, -infinity);
  EXPECT_NEAR(gain(at_one, beyond).high, -2, 1e-12);
  EXPECT_EQ(gain(beyond, before).low, 4);
  EXPECT_EQ(gain(beyond, beyond).low, -infinity);
  EXPECT_EQ(gain(beyond, beyond).high, infinity);
}

TEST(Reach, TakesThePointFromWhichTheCurveStaysBetter) {
  const std::vector<double> bumpy = {0.1, 0.001, 0.1, 0.001, std::nan("")};
  EXPECT_NEAR(reach(x, bumpy, {0.01, true, true}).low, 1.5, 1e-12);
  const std::vector<double> ends_worse = {0.1, 0.001, 0.001, 0.001, 0.1};
  EXPECT_TRUE(reach(x, ends_worse, {0.01, true, true}).not_reached());
  const std::vector<double> unknown(5, std::nan(""));
  EXPECT_EQ(reach(x, unknown, {0.01, true, true}).low, -infinity);
}

TEST(Middle, LeavesOutBothEnds) {
  std::vector<Reach> gains;
  std::mt19937_64 random(4);
  std::normal_distribution<double> law(1.3, 0.1);
  for (int i = 0; i < 20000; ++i) {
    const double value = law(random);
    gains.push_back({value, value});
  }
  const auto interval = middle(gains);
  EXPECT_NEAR(interval.low, 1.3 - 0.196, 0.01);
  EXPECT_NEAR(interval.high, 1.3 + 0.196, 0.01);
  // A tenth of them is known from one side only.
  for (std::size_t i = 0; i < gains.size() / 10; ++i) gains[i].high = infinity;
  EXPECT_EQ(middle(gains).high, infinity);
  EXPECT_TRUE(std::isfinite(middle(gains).low));
}

}  // namespace
}  // namespace tandem::report
