// Rounding by its rule in exact arithmetic of 128-bit integers, published vectors, and what a coder gets from a model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <tandem/model.hpp>
#include <vector>

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Frequencies = std::vector<std::uint32_t>;

Frequencies rounded(const std::vector<double>& p, int bits) {
  Frequencies f(p.size());
  round_distribution(p, bits, f);
  return f;
}

TEST(RoundDistribution, PublishedVectors) {
  EXPECT_THAT(rounded({.9, .09, .01}, 30), ElementsAre(966367641, 96636764, 10737419));
  EXPECT_THAT(rounded({.45, .30, .25}, 16), ElementsAre(29492, 19660, 16384));
  EXPECT_THAT(rounded({.2, .6, .2}, 16), ElementsAre(13107, 39322, 13107));
  EXPECT_THAT(rounded({.20, .45, .35}, 16), ElementsAre(13107, 29492, 22937));
  EXPECT_THAT(rounded({.6, .2, .2}, 16), ElementsAre(39322, 13107, 13107));
  EXPECT_THAT(rounded({.45, .30, .25}, 30), ElementsAre(483183821, 322122547, 268435456));
}

TEST(RoundDistribution, TheRestGoesToTheLowestOfTheLargest) {
  EXPECT_THAT(rounded({.25, .25, .25, .25}, 10), ElementsAre(256, 256, 256, 256));
  EXPECT_THAT(rounded({1. / 3, 1. / 3, 1. / 3}, 4), ElementsAre(6, 5, 5));  // floor(13 / 3) + 1 = 5
  EXPECT_THAT(rounded({.2, .4, .4}, 4), ElementsAre(3, 7, 6));              // 2.6, 5.2, 5.2
}

TEST(RoundDistribution, ImprobableSymbolsKeepOne) {
  constexpr double subnormal = std::numeric_limits<double>::denorm_min();
  EXPECT_THAT(rounded({0, 1, 0, -0.0}, 8), ElementsAre(1, 253, 1, 1));
  EXPECT_THAT(rounded({subnormal, 1, 1e-300}, 30), ElementsAre(1, (1u << 30) - 2, 1));
  EXPECT_THAT(rounded({1}, 1), ElementsAre(2));
  EXPECT_THAT(rounded({1}, 30), ElementsAre(1u << 30));
  EXPECT_THAT(rounded({.5, .5}, 2), ElementsAre(2, 2));
}

TEST(RoundDistribution, SumsThatAreOffByLessThanAThousandth) {
  for (const double sum : {0.9991, 1.0009}) {
    const auto f = rounded({.5 * sum, .3 * sum, .2 * sum}, 16);
    EXPECT_EQ(std::accumulate(f.begin(), f.end(), 0u), 65536u);
    EXPECT_EQ(f[1], static_cast<std::uint32_t>(.3 * sum * 65533) + 1);
  }
}

TEST(RoundDistribution, FollowsTheRuleOnRandomDistributions) {
  std::mt19937_64 random(1);
  std::exponential_distribution<double> weight;
  for (int trial = 0; trial < 200; ++trial) {
    const int bits = 14 + static_cast<int>(random() % 17);
    std::vector<double> p(1 + random() % 5000);
    for (double& value : p) value = std::pow(weight(random), 4);
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& value : p) value /= sum;
    const auto f = rounded(p, bits);
    const std::uint64_t total = std::uint64_t{1} << bits;
    EXPECT_EQ(std::accumulate(f.begin(), f.end(), std::uint64_t{0}), total);
    const auto top = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
    for (std::size_t i = 0; i < p.size(); ++i) {
      const auto expected = static_cast<std::uint32_t>(std::floor(p[i] * static_cast<double>(total - p.size()))) + 1;
      if (i != top) {
        ASSERT_EQ(f[i], expected);
      }
    }
    ASSERT_GE(f[top], static_cast<std::uint32_t>(p[top] * static_cast<double>(total - p.size())));
  }
}

TEST(RoundDistribution, RefusesWhatIsNoDistribution) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  for (const auto& p : std::vector<std::vector<double>>{{.5, .6},
                                                        {.5, .498},
                                                        {nan, 1},
                                                        {1, nan},
                                                        {-.1, 1.1},
                                                        {infinity, 0},
                                                        {infinity, -infinity},
                                                        {0, 0},
                                                        {1e308, 1e308}})
    EXPECT_THROW(rounded(p, 16), Error) << p[0] << ' ' << p[1];
}

TEST(RoundDistribution, RefusesSizesThatDoNotFit) {
  Frequencies f(3);
  const std::vector<double> two{.5, .5}, none;
  EXPECT_THROW(round_distribution(two, 16, f), Error);
  EXPECT_THROW(round_distribution(none, 16, std::span(f).first(0)), Error);
  for (const int bits : {-1, 0, 1, 31, 64}) EXPECT_THROW(rounded(two, bits), Error) << bits;
  EXPECT_THROW(rounded(std::vector<double>(9, 1. / 9), 4), Error);
  EXPECT_EQ(rounded(std::vector<double>(8, 1. / 8), 4), Frequencies(8, 2));
}

// A model over `size` symbols whose session offers what the parameters say; symbol s has weight s + 1 + stream.
class Plain : public Session {
 public:
  explicit Plain(std::size_t streams) : streams_(streams) {}
  std::size_t streams() const override { return streams_; }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < streams_; ++s)
      if (active[s]) shift_ = last[s];
  }

 protected:
  std::size_t streams_;
  Token shift_ = 0;
};
class WithProbabilities : public Plain, public Probabilities {
 public:
  WithProbabilities(std::size_t streams, std::size_t size) : Plain(streams), p_(size) {}
  std::span<const double> probabilities(std::size_t stream) const override {
    double sum = 0;
    for (std::size_t i = 0; i < p_.size(); ++i)
      sum += p_[i] = static_cast<double>((i + shift_) % p_.size()) + 1 + static_cast<double>(stream);
    for (double& value : p_) value /= sum;
    return p_;
  }

 private:
  mutable std::vector<double> p_;
};
class WithLogits : public Plain, public Logits {
 public:
  WithLogits(std::size_t streams, std::vector<float> logits) : Plain(streams), logits_(std::move(logits)) {}
  std::span<const float> logits(std::size_t) const override { return logits_; }
  std::span<const float> hidden(std::size_t) const override { return {}; }

 private:
  std::vector<float> logits_;
};

template <class Open>
class Fake final : public Model {
 public:
  Fake(std::uint32_t size, Open open) : size_(size), open_(std::move(open)) {}
  Vocabulary vocabulary() const override { return {size_, size_ - 1, "fake"}; }
  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    EXPECT_THAT(seed, ElementsAre(size_ - 1));
    return open_(streams);
  }

 private:
  std::uint32_t size_;
  Open open_;
};

// interval and find agree over the whole vocabulary, which has several blocks of the cumulative table.
TEST(OpenDistribution, IntervalsTileTheRangeAndFindInvertsThem) {
  for (const std::uint32_t size : {1u, 2u, 255u, 256u, 257u, 1000u}) {
    const Fake model(size, [size](std::size_t n) { return std::make_unique<WithProbabilities>(n, size); });
    const auto session = open_distribution(model, 2);
    const Token last[] = {3 % size, 5 % size};
    const std::uint8_t active[] = {1, 0};
    for (int step = 0; step < 2; ++step) {
      const Distribution& distribution = session->distribution();
      ASSERT_EQ(distribution.bits(), 30);
      for (std::size_t stream = 0; stream < 2; ++stream) {
        std::uint32_t cumulative = 0;
        for (Token symbol = 0; symbol < size; ++symbol) {
          const Interval interval = distribution.interval(stream, symbol);
          ASSERT_EQ(interval.cumulative, cumulative);
          ASSERT_GT(interval.frequency, 0u);
          for (const std::uint32_t target : {cumulative, cumulative + interval.frequency - 1}) {
            const auto [found, where] = distribution.find(stream, target);
            ASSERT_EQ(found, symbol);
            ASSERT_EQ(where.cumulative, cumulative);
            ASSERT_EQ(where.frequency, interval.frequency);
          }
          cumulative += interval.frequency;
        }
        ASSERT_EQ(cumulative, 1u << 30);
      }
      EXPECT_THROW(distribution.interval(0, size), Error);
      session->step(last, active);
    }
  }
}

TEST(OpenDistribution, RoundsAfreshAfterAStep) {
  const Fake model(4, [](std::size_t n) { return std::make_unique<WithProbabilities>(n, 4); });
  const auto session = open_distribution(model, 1);
  EXPECT_NEAR(session->distribution().interval(0, 0).frequency, 0.1 * (1 << 30), 4);  // weights 1 2 3 4
  const Token last[] = {3};
  const std::uint8_t active[] = {1};
  session->step(last, active);
  EXPECT_NEAR(session->distribution().interval(0, 0).frequency, 0.4 * (1 << 30), 4);  // weights 4 1 2 3
}

TEST(OpenDistribution, TakesTheSoftmaxOfLogits) {
  const std::vector<float> logits{1000, 999, 1000.5f, -1000};
  const Fake model(4, [&](std::size_t n) { return std::make_unique<WithLogits>(n, logits); });
  const auto session = open_distribution(model, 1);
  const double sum = std::exp(-.5) + std::exp(-1.5) + 1;
  const auto frequency = [&](Token s) { return session->distribution().interval(0, s).frequency; };
  EXPECT_NEAR(frequency(0), std::exp(-.5) / sum * (1 << 30), 200);
  EXPECT_NEAR(frequency(1), std::exp(-1.5) / sum * (1 << 30), 200);
  EXPECT_NEAR(frequency(2), 1 / sum * (1 << 30), 200);
  EXPECT_EQ(frequency(3), 1u);
}

TEST(OpenDistribution, RefusesLogitsThatAreNone) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const auto& logits : std::vector<std::vector<float>>{
           {}, {0}, {0, 0, 0}, {0, std::nanf("")}, {std::nanf(""), 0}, {infinity, 0}, {-infinity, -infinity}}) {
    const Fake model(2, [&](std::size_t n) { return std::make_unique<WithLogits>(n, logits); });
    const auto session = open_distribution(model, 1);
    EXPECT_THROW(session->distribution().interval(0, 0), Error) << testing::PrintToString(logits);
  }
}

TEST(OpenDistribution, RefusesASessionThatPredictsNothing) {
  const Fake model(2, [](std::size_t n) { return std::make_unique<Plain>(n); });
  EXPECT_THROW(open_distribution(model, 1), Error);
}

}  // namespace
}  // namespace tandem
