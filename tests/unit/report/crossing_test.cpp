#include "report/crossing.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "report/verdict.hpp"

namespace tandem::report {
namespace {

using Kind = Crossing::Kind;

// A rate of errors that is a straight line on a logarithmic axis: 10^(shift - x), with limits a fifth of a decade away.
Curve straight(const std::string& label, double shift, const std::vector<double>& xs) {
  Curve curve{label, Curve::Kind::measured, {}};
  for (const double x : xs) {
    const double value = std::pow(10.0, shift - x);
    curve.marks.push_back({x, value, value * std::pow(10.0, -0.2), value * std::pow(10.0, 0.2), 10, 100, 100});
  }
  return curve;
}

TEST(Crossing, IsExactForWhatIsStraightOnTheMetricsAxis) {
  const Crossing c = crossing_of(straight("a", 0, {0.3, 1.7, 2.9, 4}), "bler.code", 1e-2);
  ASSERT_EQ(c.kind, Kind::reached);
  EXPECT_NEAR(c.x, 2, 1e-12);
  EXPECT_NEAR(c.low, 1.8, 1e-12);
  EXPECT_NEAR(c.high, 2.2, 1e-12);
  Curve score{"b", Curve::Kind::measured, {{0, 0.2, 0.1, 0.3, {}, {}, 9}, {10, 1.2, 1.1, 1.3, {}, {}, 9}}};
  const Crossing s = crossing_of(score, "bleu.1", 0.9);
  EXPECT_NEAR(s.x, 7, 1e-12);
  EXPECT_NEAR(s.low, 6, 1e-12);   // the upper limits are there first
  EXPECT_NEAR(s.high, 8, 1e-12);
}

TEST(Crossing, SaysWhereThereIsNone) {
  EXPECT_EQ(crossing_of(straight("a", 0, {0, 1}), "bler.code", 1e-2).kind, Kind::never);
  EXPECT_EQ(crossing_of(straight("a", 0, {3, 4}), "bler.code", 1e-2).kind, Kind::always);
  EXPECT_EQ(crossing_of({"a", Curve::Kind::measured, {}}, "bler.code", 1e-2).kind, Kind::unclear);
  const double nan = std::nan("");
  EXPECT_EQ(crossing_of({"a", Curve::Kind::measured, {{0, nan, nan, nan, {}, {}, 0}}}, "bler.code", 1e-2).kind, Kind::unclear);
}

TEST(Crossing, AnOpenLimitIsInfinite) {
  Curve curve = straight("a", 0, {1, 2.1});
  const Crossing c = crossing_of(curve, "bler.code", 1e-2);
  EXPECT_NEAR(c.x, 2, 1e-12);
  EXPECT_NEAR(c.low, 1.8, 1e-12);
  EXPECT_TRUE(std::isinf(c.high)) << c.high;
}

TEST(Crossing, NoErrorIsReadAsHalfOfOne) {
  // From 10^-1 at 1 to half an error in 5,000 at 3: three decades, of which one leads to 10^-2.
  Curve curve{"a", Curve::Kind::measured, {{1, 0.1, 0.05, 0.2, 10, 100, 100}, {3, 0, 0, 8e-3, 0, 5000, 5000}}};
  EXPECT_NEAR(crossing_of(curve, "bler.code", 1e-2).x, 1 + 2.0 / 3, 1e-12);
  // With a limit above the level the other end is open.
  curve.marks[1].high = 0.03;
  EXPECT_TRUE(std::isinf(crossing_of(curve, "bler.code", 1e-2).high));
  // In so few frames that half an error is more than the level nothing is known.
  curve.marks[1].of = 40;
  EXPECT_EQ(crossing_of(curve, "bler.code", 1e-2).kind, Kind::never);
}

TEST(Crossing, ACurveThatIsBadInItsMiddleIsNotAlwaysGood) {
  const Curve curve{"a", Curve::Kind::measured, {{0, 0.95, 0.95, 0.95, {}, {}, 1}, {1, 0.8, 0.8, 0.8, {}, {}, 1}, {2, 1, 1, 1, {}, {}, 1}}};
  EXPECT_NEAR(crossing_of(curve, "bleu.1", 0.9).x, 1.5, 1e-12);
}

TEST(Crossing, ABumpCountsTillItsEnd) {
  const Curve curve{"a", Curve::Kind::measured, {{0, 0.1, 0.1, 0.1, {}, {}, 1}, {1, 0.95, 0.95, 0.95, {}, {}, 1}, {2, 0.8, 0.8, 0.8, {}, {}, 1}, {3, 1, 1, 1, {}, {}, 1}}};
  EXPECT_NEAR(crossing_of(curve, "bleu.1", 0.9).x, 2.5, 1e-12);
}

TEST(Crossing, WorksWhereThingsGetWorse) {
  const Curve curve{"a", Curve::Kind::measured, {{0, 1, 0.9, 1, {}, {}, 1}, {1, 0.5, 0.4, 0.6, {}, {}, 1}}};
  const Crossing c = crossing_of(curve, "bleu.1", 0.75);
  EXPECT_NEAR(c.x, 0.5, 1e-12);
  EXPECT_NEAR(c.low, 0.3, 1e-12);
  EXPECT_NEAR(c.high, 0.625, 1e-12);
}

TEST(Crossing, DifferencesJoinTheNearerLimits) {
  // Zou and Donner 2008, equation 2: the lower limit takes the lower one of the minuend and the upper one of the other.
  const Crossing a{Kind::reached, 1, 0.7, 1.4}, b{Kind::reached, 3, 2.7, 3.6};
  const Crossing d = difference(a, b);
  EXPECT_DOUBLE_EQ(d.x, 2);
  EXPECT_DOUBLE_EQ(d.low, 2 - 0.5);
  EXPECT_DOUBLE_EQ(d.high, 2 + std::hypot(0.6, 0.3));
}

std::string joined(const std::vector<std::string>& sentences) {
  std::string out;
  for (const auto& sentence : sentences) out += sentence + "\n";
  return out;
}

TEST(Verdict, TellsWhoWinsWhereAndByHowMuch) {
  Chart chart{"", "unified_snr_db", "bler.code", {}};
  chart.curves = {straight("slow", 1.5, {0, 1, 2, 3, 4}), straight("fast", 0, {0, 1, 2, 3, 4}), straight("hopeless", 3, {0, 1, 2, 3, 4})};
  const std::string text = joined(verdict_of(chart));
  for (const char* words : {"3 arms, slow, fast and hopeless", "at 5 values of unified SNR, from 0 to 4 dB", "fast comes to bler.code = 0.01 at 2.00 dB [1.80, 2.20]",
                            "slow needs 1.50 dB [1.22, 1.78] more", "bler.code = 0.01: not reached by hopeless", "fast from 0 to 4 dB", "Each point stands on 100 frames"})
    EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
}

TEST(Verdict, ClaimsNothingWhereIntervalsOverlap) {
  Chart chart{"", "es_n0_db", "bler.code", {straight("a", 0, {0, 1}), straight("b", 0.1, {0, 1})}};
  EXPECT_NE(joined(verdict_of(chart)).find("At no point does one arm's 95 % interval lie clear"), std::string::npos);
  EXPECT_TRUE(verdict_of({"", "x", "y", {}}).empty());
}

TEST(Verdict, KnowsNoBetterForAnUnknownMetric) {
  Chart chart{"", "x", "mine.own", {straight("a", 0, {0, 1}), straight("b", 2, {0, 1})}};
  const std::string text = joined(verdict_of(chart));
  EXPECT_EQ(text.find("best"), std::string::npos) << text;
  EXPECT_EQ(text.find("comes to"), std::string::npos) << text;
}

}  // namespace
}  // namespace tandem::report
