#include "host/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <tandem/error.hpp>

namespace tandem::host {
namespace {

using enum Row::Kind;

Moments moments_of(const std::vector<std::vector<double>>& frames) {
  Moments moments;
  for (const auto& frame : frames) moments.add_frame(frame);
  return moments;
}

Row row(Row::Kind kind, int numerator, int denominator = -1) { return {"row", kind, numerator, denominator, "", ""}; }

// A metric that only evaluates.
class Formula final : public Metric {
 public:
  explicit Formula(std::function<double(std::span<const double>, double)> formula) : formula_(std::move(formula)) {}
  unsigned needs() const override { return 0; }
  std::vector<std::string> quantities() const override { return {}; }
  std::vector<Row> rows() const override { return {}; }
  void measure(const Exchange&, std::span<double>) const override {}
  double evaluate(std::size_t, std::span<const double> sums, std::uint64_t frames) const override {
    return formula_(sums, static_cast<double>(frames));
  }

 private:
  std::function<double(std::span<const double>, double)> formula_;
};

// P(X >= count) for X binomial, by its terms.
double upper_tail(int count, int trials, double p) {
  double sum = 0;
  for (int x = count; x <= trials; ++x)
    sum += std::exp(std::lgamma(trials + 1.0) - std::lgamma(x + 1.0) - std::lgamma(trials - x + 1.0) + x * std::log(p) +
                    (trials - x) * std::log1p(-p));
  return sum;
}

TEST(Moments, AreSumsOfProductsInFrameOrder) {
  const Moments moments = moments_of({{1, 2, -3}, {0, 5, 0.5}, {4, 0, 7}});
  EXPECT_EQ(moments.frames, 3u);
  EXPECT_EQ(moments.sums, (std::vector<double>{5, 7, 4.5}));
  EXPECT_EQ(moments.products, (std::vector<double>{17, 2, 25, 29, -3.5, 58.25}));
  EXPECT_EQ(moments.product(1, 2), -3.5);
  EXPECT_EQ(moments.product(2, 0), 25);
  EXPECT_EQ(moments.least, (std::vector<double>{0, 0, -3}));
  EXPECT_EQ(moments.largest, (std::vector<double>{4, 5, 7}));
  EXPECT_EQ(moments.nonzero, (std::vector<std::uint64_t>{2, 2, 3}));
}

TEST(Moments, MergedUnitsAreTheWhole) {
  std::mt19937 random(1);
  std::vector<std::vector<double>> frames;
  for (int i = 0; i < 100; ++i)
    frames.push_back({static_cast<double>(random() % 9), static_cast<double>(random() % 5) - 2});
  Moments merged;
  merged.merge({});
  for (std::size_t i = 0; i < 100; i += 25)
    merged.merge(moments_of(
        {frames.begin() + static_cast<std::ptrdiff_t>(i), frames.begin() + static_cast<std::ptrdiff_t>(i + 25)}));
  merged.merge({});
  EXPECT_EQ(merged, moments_of(frames));
  EXPECT_THROW(merged.add_frame(std::vector<double>{1.0}), Error);
  EXPECT_THROW(merged.merge(moments_of({{1, 2, 3}})), Error);
}

TEST(ClopperPearson, PublishedValues) {
  EXPECT_EQ(clopper_pearson(0, 100).low, 0);
  EXPECT_NEAR(clopper_pearson(0, 100).high, 0.03622, 5e-6);
  EXPECT_NEAR(clopper_pearson(0, 1e6).high * 1e6, 3.689, 5e-4);
  EXPECT_NEAR(upper_limit_of_none(1e6) * 1e6, 2.996, 5e-4);
  EXPECT_NEAR(upper_limit_of_none(1e6, 0.99) * 1e6, 4.605, 5e-4);
  EXPECT_NEAR(clopper_pearson(10, 100).low, 0.04900, 5e-6);
  EXPECT_NEAR(clopper_pearson(10, 100).high, 0.17622, 5e-6);
  EXPECT_NEAR(clopper_pearson(100, 1e5).low, 8.137e-4, 5e-8);
  EXPECT_NEAR(clopper_pearson(100, 1e5).high, 1.2161e-3, 5e-8);
}

TEST(ClopperPearson, LimitsLeaveTheirShareInTheTails) {
  for (const int trials : {1, 2, 17, 60, 300})
    for (const int count : {1, 2, 5, 16, 59, 150, 299}) {
      if (count >= trials) continue;
      const Interval interval = clopper_pearson(count, trials);
      EXPECT_NEAR(upper_tail(count, trials, interval.low), 0.025, 1e-9) << count << " of " << trials;
      EXPECT_NEAR(upper_tail(count + 1, trials, interval.high), 0.975, 1e-9) << count << " of " << trials;
      const Interval mirrored = clopper_pearson(trials - count, trials);
      EXPECT_NEAR(interval.low, 1 - mirrored.high, 1e-12);
    }
  EXPECT_NEAR(clopper_pearson(40, 40).low, std::pow(0.025, 1 / 40.0), 1e-12);
  EXPECT_EQ(clopper_pearson(40, 40).high, 1);
  EXPECT_EQ(clopper_pearson(0, 0).high, 1);
  EXPECT_THROW(clopper_pearson(3, 2), Error);
  EXPECT_THROW(clopper_pearson(-1, 2), Error);
  EXPECT_THROW(clopper_pearson(std::nan(""), 2), Error);
}

TEST(RatioInterval, DeltaMethodByHand) {
  // Value 6/8; residuals -1/2, 0, 1/2; t of 2 degrees of freedom 4.302653.
  const Interval interval = ratio_interval(moments_of({{1, 2}, {3, 4}, {2, 2}}), 0, 1);
  const double reach = 4.302652729911 * std::sqrt(1.5 * 0.5) / 8;
  EXPECT_NEAR(interval.low, 0.75 - reach, 1e-9);
  EXPECT_NEAR(interval.high, 0.75 + reach, 1e-9);
  // A mean: 2, standard deviation 1.
  const Interval mean = ratio_interval(moments_of({{1}, {3}, {2}}), 0, -1);
  EXPECT_EQ(mean.low, 0);  // else -0.48
  EXPECT_NEAR(mean.high, 2 + 4.302652729911 / std::sqrt(3.0), 1e-9);
  EXPECT_EQ(ratio_interval(moments_of({{1}, {9}, {1}}), 0, -1).low, 0);
  EXPECT_LT(ratio_interval(moments_of({{1}, {9}, {-1}}), 0, -1).low, 0);
}

TEST(RatioInterval, IsClusteredByFrame) {
  // 33,500 frames of 49 bits, 500 of them wrong in 7 or 8 bits: the frames' spread counts, not that of 1.6 million
  // bits.
  Moments moments;
  for (int i = 0; i < 33'500; ++i) moments.add_frame(std::vector<double>{i % 67 ? 0.0 : 7.0 + i / 67 % 2, 49.0});
  const Interval interval = ratio_interval(moments, 0, 1);
  const double value = 3750 / (33'500 * 49.0), relative = std::sqrt(1 / 500.0 * (1 + 0.25 / 56.25) - 1 / 33'500.0);
  EXPECT_NEAR((interval.high - interval.low) / 2 / value, 1.96 * relative, 1e-3 * relative);
}

TEST(RatioInterval, WithoutSpreadOrEvents) {
  const auto repeated = [](int count, const std::vector<double>& frame) {
    Moments moments;
    for (int i = 0; i < count; ++i) moments.add_frame(frame);
    return moments;
  };
  // No error: frames are the trials, however many bits they have.
  EXPECT_EQ(ratio_interval(repeated(1000, {0, 49}), 0, 1).low, 0);
  EXPECT_NEAR(ratio_interval(repeated(1000, {0, 49}), 0, 1).high, 1 - std::pow(0.05, 1e-3), 1e-12);
  Moments uneven = repeated(900, {0, 10});
  uneven.merge(repeated(100, {0, 110}));
  EXPECT_NEAR(ratio_interval(uneven, 0, 1).high, (1 - std::pow(0.05, 1e-3)) * 110 / 20, 1e-12);
  EXPECT_NEAR(ratio_interval(repeated(1000, {49, 49}), 0, 1).low, std::pow(0.05, 1e-3), 1e-12);
  EXPECT_EQ(ratio_interval(repeated(1000, {49, 49}), 0, 1).high, 1);
  // Always 8.1 bits a character.
  const Interval constant = ratio_interval(repeated(1000, {8.1, 1}), 0, 1);
  EXPECT_NEAR(constant.low, 8.1, 1e-6);
  EXPECT_NEAR(constant.high, 8.1, 1e-6);
  EXPECT_EQ(ratio_interval(repeated(1, {3, 4}), 0, 1).low, 0.75);
  EXPECT_EQ(ratio_interval(repeated(1, {3, 4}), 0, 1).high, 0.75);
  EXPECT_TRUE(std::isnan(ratio_interval({}, 0, 1).low));
  EXPECT_TRUE(std::isnan(ratio_interval(repeated(3, {0, 0}), 0, 1).low));
}

TEST(RatioInterval, OfFewEventsOfOneSizeIsTheirShares) {
  Moments moments;
  for (int i = 0; i < 1000; ++i) moments.add_frame(std::vector<double>{i < 5 ? 3.0 : 0.0, 6.0});
  const Interval interval = ratio_interval(moments, 0, 1), share = clopper_pearson(5, 1000);
  EXPECT_NEAR(interval.low, share.low / 2, 1e-12);
  EXPECT_NEAR(interval.high, share.high / 2, 1e-12);
}

// How often 95 % intervals hold the truth, in 4000 experiments: bit errors of a frame come together or not at all.
double coverage(int frames, double share) {
  std::mt19937_64 random(7);
  std::bernoulli_distribution wrong(share);
  std::binomial_distribution<int> size(48, 0.1);
  const double truth = share * (1 + 4.8) / 49;
  int held = 0;
  constexpr int experiments = 4000;
  for (int i = 0; i < experiments; ++i) {
    Moments moments;
    for (int frame = 0; frame < frames; ++frame)
      moments.add_frame(std::vector<double>{wrong(random) ? 1.0 + size(random) : 0.0, 49.0});
    const Interval interval = ratio_interval(moments, 0, 1);
    held += interval.low <= truth && truth <= interval.high;
  }
  return held / static_cast<double>(experiments);
}

// A standard error of coverage is 0.0034; five are allowed beside what the approximations lose.
TEST(RatioInterval, HoldsTheTruthAsOftenAsItSays) {
  EXPECT_NEAR(coverage(400, 0.2), 0.95, 0.025);  // 80 events
  EXPECT_GT(coverage(300, 0.05), 0.93);          // 15 events
  EXPECT_GT(coverage(300, 0.01), 0.93);          // 3 events
}

TEST(Figures, OfEveryKind) {
  const Moments moments = moments_of({{1, 2}, {0, 4}, {1, 2}, {0, 2}});
  const Figure share = figure(row(proportion, 0), 0, nullptr, moments);
  EXPECT_EQ(share.value, 0.5);
  EXPECT_EQ(share.count, 2);
  EXPECT_EQ(share.of, 4);
  EXPECT_NEAR(share.low, 0.067586, 1e-6);  // of 2 of 4, by tables
  EXPECT_NEAR(share.high, 0.932414, 1e-6);
  const Figure of_ten = figure(row(proportion, 0, 1), 0, nullptr, moments);
  EXPECT_EQ(of_ten.value, 0.2);
  EXPECT_NEAR(of_ten.high, 0.556095, 1e-6);
  const Figure rate = figure(row(ratio, 0, 1), 0, nullptr, moments);
  EXPECT_EQ(rate.value, 0.2);
  EXPECT_FALSE(rate.count || rate.of);
  EXPECT_NEAR(rate.high, ratio_interval(moments, 0, 1).high, 1e-9);
  const Figure part = figure(row(Row::Kind::share, 0, 1), 0, nullptr, moments);
  EXPECT_EQ(part.value, 0.2);
  EXPECT_EQ(part.count, 2);
  EXPECT_EQ(part.of, 10);
  EXPECT_EQ(part.high, rate.high);
  // Nearly all: the interval of a ratio passes 1, that of a share does not.
  const Moments most = moments_of({{2, 2}, {2, 2}, {1, 2}, {2, 2}});
  EXPECT_GT(figure(row(ratio, 0, 1), 0, nullptr, most).high, 1);
  EXPECT_EQ(figure(row(Row::Kind::share, 0, 1), 0, nullptr, most).high, 1);
  const Figure average = figure(row(mean, 1), 0, nullptr, moments);
  EXPECT_EQ(average.value, 2.5);
  EXPECT_FALSE(average.count || average.of);
  EXPECT_NEAR(average.high, 2.5 + 3.182446305 * 0.5, 1e-8);  // t of 3 degrees, standard error 1/2
}

TEST(Figures, OfNoneAndOfAllHaveOneSidedLimits) {
  const Moments moments = moments_of({{0, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}});
  EXPECT_EQ(figure(row(proportion, 0), 0, nullptr, moments).low, 0);
  EXPECT_NEAR(figure(row(proportion, 0), 0, nullptr, moments).high, 1 - std::pow(0.05, 0.2), 1e-9);
  EXPECT_NEAR(figure(row(proportion, 1), 0, nullptr, moments).low, std::pow(0.05, 0.2), 1e-9);
  EXPECT_EQ(figure(row(proportion, 1), 0, nullptr, moments).high, 1);
}

TEST(Figures, WithoutTrialsAreNotNumbers) {
  EXPECT_TRUE(std::isnan(figure(row(proportion, 0), 0, nullptr, {}).value));
  EXPECT_TRUE(std::isnan(figure(row(ratio, 0, 1), 0, nullptr, moments_of({{0, 0}, {0, 0}})).value));
  EXPECT_TRUE(std::isnan(figure(row(proportion, 0, 1), 0, nullptr, moments_of({{0, 0}})).high));
}

TEST(Figures, OfRowsThatDoNotFitAreErrors) {
  const Moments moments = moments_of({{3, 2}, {0, 4}});
  EXPECT_THROW(figure(row(mean, 2), 0, nullptr, moments), Error);
  EXPECT_THROW(figure(row(mean, -1), 0, nullptr, moments), Error);
  EXPECT_THROW(figure(row(ratio, 0, 2), 0, nullptr, moments), Error);
  EXPECT_THROW(figure(row(ratio, 0, -2), 0, nullptr, moments), Error);
  EXPECT_THROW(figure(row(proportion, 0), 0, nullptr, moments), Error);  // 3 of 2 frames
  EXPECT_THROW(figure(row(function, 0), 0, nullptr, moments), Error);
}

TEST(Figures, OfFunctionsFollowTheDeltaMethod) {
  std::mt19937_64 random(8);
  std::normal_distribution<double> normal;
  Moments moments, whole;
  for (int i = 0; i < 5000; ++i) {
    const double common = normal(random), a = 10 + common + normal(random), b = 20 + 2 * common + normal(random);
    moments.add_frame(std::vector<double>{a, b});
    whole.add_frame(std::vector<double>{std::round(4 * a), std::round(4 * b)});
  }
  const Formula quotient([](auto sums, double) { return sums[0] / sums[1]; });
  for (const auto* each : {&moments, &whole}) {
    const Figure got = figure(row(function, 0), 3, &quotient, *each);
    const Interval expected = ratio_interval(*each, 0, 1);
    EXPECT_NEAR(got.value, each->sums[0] / each->sums[1], 1e-15);
    EXPECT_NEAR(got.value - got.low, got.value - expected.low, 1e-3 * (expected.high - expected.low));
    EXPECT_NEAR(got.high - got.value, expected.high - got.value, 1e-3 * (expected.high - expected.low));
  }
  // exp(mean / 10): its standard error is its value times that of the mean / 10.
  const Formula power([](auto sums, double frames) { return std::exp(sums[0] / frames / 10); });
  const Figure got = figure(row(function, 0), 0, &power, moments);
  const Interval average = ratio_interval(moments, 0, -1);
  EXPECT_NEAR(got.high - got.low, got.value / 10 * (average.high - average.low), 1e-3 * (got.high - got.low));
}

// A metric that counts takes whole, never negative numbers: a step below one would not be seen by it.
TEST(Figures, OfFunctionsThatCountStepByWholeNumbers) {
  Moments moments;
  for (int i = 0; i < 64; ++i) moments.add_frame(std::vector<double>{i % 8 ? 0.0 : 1.0, 1.0});
  const Formula counts([](auto sums, double) {
    EXPECT_GE(sums[0], 0);
    return std::floor(sums[0]) / std::floor(sums[1]);
  });
  const Figure got = figure(row(function, 0), 0, &counts, moments);
  EXPECT_EQ(got.value, 0.125);
  const double error = std::sqrt(0.125 * 0.875 / 63);
  EXPECT_NEAR(got.high - got.value, 1.998341 * error, 1e-6);  // t of 63 degrees of freedom
  const Formula constant([](auto, double) { return 0.25; });
  EXPECT_EQ(figure(row(function, 0), 0, &constant, moments).low, 0.25);
}

TEST(Figures, LimitsHaveTenDigits) {
  const Figure got = figure(row(proportion, 0), 0, nullptr, moments_of({{1}, {0}, {0}}));
  char text[32];
  std::snprintf(text, sizeof text, "%.9e", got.high);
  EXPECT_EQ(got.high, std::strtod(text, nullptr));
  EXPECT_NEAR(got.high, clopper_pearson(1, 3).high, 1e-10);
}

}  // namespace
}  // namespace tandem::host
