#include <algorithm>
#include <random>

#include "link.hpp"

namespace {
using namespace tandem;
using test::make;

std::shared_ptr<DigitalModem> modem(const char* name) { return make<DigitalModem>(name); }

Bits bits(const std::vector<std::vector<std::uint8_t>>& rows) {
  Bits out;
  for (const auto& row : rows) out.append(row);
  return out;
}
Observation observed(const std::vector<std::vector<float>>& rows, int dimensions, float n0,
                     const std::vector<std::vector<float>>& csi = {}) {
  Observation out{.y = {{}, dimensions}, .h = {}, .csi = {}, .n0 = n0};
  for (const auto& row : rows) out.y.values.append(row);
  for (const auto& row : csi) out.csi.append(row);
  return out;
}

// A law of the test's own: Gaussian noise whose variance differs between the dimensions, and a part that ties them.
struct Tilted final : Law {
  double tie = 0;
  explicit Tilted(double t) : tie(t) {}
  double value(std::span<const float> y, std::span<const float> point) const {
    double sum = 0, across = 1;
    for (std::size_t d = 0; d < point.size(); ++d) {
      const double difference = static_cast<double>(y[d]) - static_cast<double>(point[d]);
      sum -= difference * difference * (1.5 + static_cast<double>(d));
      across *= difference;
    }
    return sum + tie * across;
  }
  void log_likelihood(const Observation& o, std::span<const float> point, Ragged<float>& out) const override {
    out.clear();
    for (std::size_t row = 0; row < o.y.values.rows(); ++row) {
      const auto y = o.y.values[row];
      const auto to = out.append(y.size() / point.size());
      for (std::size_t use = 0; use < to.size(); ++use)
        to[use] = static_cast<float>(value(y.subspan(use * point.size(), point.size()), point));
    }
  }
};

TEST(Bpsk, SendsBit0AsPlusOne) {
  const auto x = modem("bpsk")->modulate(bits({{0, 1, 1}, {}, {1}}));
  EXPECT_EQ(x.dimensions_per_use, 1);
  ASSERT_EQ(x.values.rows(), 3u);
  EXPECT_TRUE(std::ranges::equal(x.values[0], std::vector{1.0f, -1.0f, -1.0f}));
  EXPECT_EQ(x.values.row_length(1), 0u);
  EXPECT_EQ(x.values[2][0], -1.0f);
}

TEST(Qpsk, MapsPairsInTheOrderOfTs38211) {
  const auto x = modem("qpsk")->modulate(bits({{0, 0, 0, 1, 1, 0, 1, 1}, {1, 0}}));
  EXPECT_EQ(x.dimensions_per_use, 2);
  const float a = static_cast<float>(1 / std::sqrt(2.0));
  EXPECT_TRUE(std::ranges::equal(x.values[0], std::vector{a, a, a, -a, -a, a, -a, -a}));
  EXPECT_TRUE(std::ranges::equal(x.values[1], std::vector{-a, a}));
}

TEST(Bpsk, GaussianLlrsAreFourGainTimesYOverN0) {
  const auto plain = modem("bpsk")->demodulate(observed({{0.5f, -1.25f}, {0}}, 1, 0.5f), nullptr);
  EXPECT_TRUE(std::ranges::equal(plain.llr[0], std::vector{4.0f, -10.0f}));
  EXPECT_TRUE(std::ranges::equal(plain.y[0], std::vector{0.5f, -1.25f}));
  EXPECT_EQ(plain.llr[1][0], 0);
  const auto faded = modem("bpsk")->demodulate(observed({{0.5f, -1.25f}, {3}}, 1, 0.5f, {{2, 0.5f}, {0}}), nullptr);
  EXPECT_TRUE(std::ranges::equal(faded.llr[0], std::vector{8.0f, -5.0f}));
  EXPECT_TRUE(std::ranges::equal(faded.y[0], std::vector{1.0f, -0.625f}));
  EXPECT_EQ(faded.llr[1][0], 0);
}

TEST(Qpsk, GaussianLlrsAreTwoRootTwoGainTimesYOverN0) {
  const auto out =
      modem("qpsk")->demodulate(observed({{0.5f, -1.25f}, {1, 2, 3, 4}}, 2, 0.5f, {{2}, {0.5f, 1}}), nullptr);
  const double scale = 2 * std::sqrt(2.0) / 0.5, root = std::sqrt(2.0);
  const double expected[] = {0.5 * 2, -1.25 * 2, 0.5, 1, 3, 4};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(out.llr.values()[i], scale * expected[i], 1e-5);
    EXPECT_NEAR(out.y.values()[i], root * expected[i], 1e-6);
  }
  EXPECT_EQ(out.llr.row_length(0), 2u);
  EXPECT_EQ(out.y.row_length(1), 4u);
}

TEST(Modems, RefuseCsiThatIsNotOneGainAUse) {
  EXPECT_THROW(modem("bpsk")->demodulate(observed({{1, 2}}, 1, 1, {{1}}), nullptr), Error);
  EXPECT_THROW(modem("qpsk")->demodulate(observed({{1, 2}}, 2, 1, {{1, 1}}), nullptr), Error);
}

TEST(Bpsk, LlrsFollowTheLaw) {
  const Tilted law(0);
  const auto o = observed({{0.3f, -2}, {1.5f}}, 1, 0.7f);
  const auto out = modem("bpsk")->demodulate(o, &law);
  for (std::size_t i = 0; i < 3; ++i) {
    const float y[] = {o.y.values.values()[i]}, plus[] = {1}, minus[] = {-1};
    EXPECT_NEAR(out.llr.values()[i], law.value(y, plus) - law.value(y, minus), 1e-5);
  }
  EXPECT_EQ(out.y, o.y.values);
  EXPECT_EQ(out.llr.row_length(0), 2u);
}

TEST(Qpsk, LlrsSumTheLawOverTheOtherBit) {
  const auto qpsk = modem("qpsk");
  const float a = static_cast<float>(1 / std::sqrt(2.0));
  std::mt19937_64 random(3);
  std::normal_distribution<float> normal(0, 2);
  for (const double tie : {0.0, 1.0, -3.0}) {
    const Tilted law(tie);
    Observation o{.y = {{}, 2}, .h = {}, .csi = {}, .n0 = 1};
    for (const std::size_t length : {10u, 0u, 400u})
      for (float& y : o.y.values.append(length)) y = normal(random);
    const auto out = qpsk->demodulate(o, &law);
    const auto p = [&](std::size_t use, float i, float q) {
      const float point[] = {i, q};
      return std::exp(law.value(o.y.values.values().subspan(2 * use, 2), point));
    };
    for (std::size_t use = 0; use < o.y.values.size() / 2; ++use) {
      const double first = std::log((p(use, a, a) + p(use, a, -a)) / (p(use, -a, a) + p(use, -a, -a)));
      const double second = std::log((p(use, a, a) + p(use, -a, a)) / (p(use, a, -a) + p(use, -a, -a)));
      EXPECT_NEAR(out.llr.values()[2 * use], first, 1e-5 * (2 + std::abs(first)));
      EXPECT_NEAR(out.llr.values()[2 * use + 1], second, 1e-5 * (2 + std::abs(second)));
    }
  }
}

TEST(Qpsk, PointsThatTheLawRulesOutGiveInfiniteLlrsAndNoNan) {
  struct Impossible final : Law {
    void log_likelihood(const Observation& o, std::span<const float> point, Ragged<float>& out) const override {
      out.clear();
      out.append(1, o.y.values.size() / 2);
      for (float& value : out.values()) value = point[0] > 0 ? 0 : -std::numeric_limits<float>::infinity();
    }
  };
  const auto out = modem("qpsk")->demodulate(observed({{1, 1}}, 2, 1), std::make_unique<Impossible>().get());
  EXPECT_EQ(out.llr.values()[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(out.llr.values()[1], 0);
}
}  // namespace
