#include <iomanip>
#include <sstream>

#include "channel_test.hpp"

namespace {
using namespace tandem;
using test::antipodal, test::log_likelihood, test::make;

std::string field(const char* name, double value) {
  std::ostringstream out;
  out << "{\"" << name << "\": " << std::setprecision(17) << value << '}';
  return out.str();
}
Observation received(std::vector<float> y) {
  Observation out{.y = {{}, static_cast<int>(y.size())}, .h = {}, .csi = {}, .n0 = 1};
  out.y.values.append(y);
  return out;
}

TEST(Ideal, GivesBackWhatWasSentAndIsCertainOfIt) {
  const auto channel = make<Channel>("ideal");
  const auto x = antipodal({5, 3}, 2);
  EXPECT_EQ(channel->transmit(x, 1, Noise(1, "channel", 0)).y.values, x.values);
  const auto& law = dynamic_cast<const Law&>(*channel);
  EXPECT_TRUE(law.applies());
  EXPECT_EQ(log_likelihood(law, received({1}), {1}) - log_likelihood(law, received({1}), {-1}), 38);
  EXPECT_EQ(log_likelihood(law, received({-1}), {1}) - log_likelihood(law, received({-1}), {-1}), -38);
  EXPECT_EQ(log_likelihood(law, received({1, -1}), {1, -1}), 0);
  EXPECT_EQ(log_likelihood(law, received({1, -1}), {-1, 1}), -76);
  EXPECT_EQ(log_likelihood(law, received({0.25f, 0}), {0.75f, 0}), -38);
}

TEST(Bsc, TurnsSignsAsOftenAsAsked) {
  const auto x = antipodal(std::vector<std::size_t>(1000, 1000), 1);
  for (const double flip : {0.0, 0.001, 0.11, 0.5, 0.93, 1.0}) {
    const auto channel = make<Channel>("bsc", field("flip", flip));
    const auto y = channel->transmit(x, 1, Noise(2, "channel", 0)).y.values;
    double turned = 0;
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      ASSERT_EQ(std::abs(y.values()[i]), 1.0f);
      turned += y.values()[i] != x.values.values()[i];
    }
    EXPECT_NEAR(turned, 1e6 * flip, 5 * std::sqrt(1e6 * flip * (1 - flip))) << flip;
  }
}

TEST(Bsc, LikelihoodsAreThoseOfTheFlips) {
  for (const double flip : {0.001, 0.2, 0.5, 0.7}) {
    const auto channel = make<Channel>("bsc", field("flip", flip));
    const auto& law = dynamic_cast<const Law&>(*channel);
    const double llr = std::log((1 - flip) / flip);
    EXPECT_NEAR(log_likelihood(law, received({1}), {1}) - log_likelihood(law, received({1}), {-1}), llr,
                1e-6 * (1 + std::abs(llr)));
    EXPECT_NEAR(log_likelihood(law, received({-1}), {1}) - log_likelihood(law, received({-1}), {-1}), -llr,
                1e-6 * (1 + std::abs(llr)));
    EXPECT_NEAR(log_likelihood(law, received({0.7f, -0.7f}), {-0.7f, -0.7f}), std::log(flip) + std::log(1 - flip),
                1e-5);
  }
  for (const auto& [flip, llr] : {std::pair(0.0, 38.0), {1.0, -38.0}}) {
    const auto channel = make<Channel>("bsc", field("flip", flip));
    const auto& law = dynamic_cast<const Law&>(*channel);
    EXPECT_EQ(log_likelihood(law, received({1}), {1}) - log_likelihood(law, received({1}), {-1}), llr);
  }
}

// One uniform value has 2^-23 steps. A probability within a step must still count by its place in it.
TEST(Bsc, ProbabilitiesAreFinerThanAUniformValue) {
  const auto x = antipodal({1000}, 1);
  Ragged<float> uniforms(1, 1000);
  const Noise noise(4, "channel", 0);
  noise.uniforms(uniforms);
  for (std::size_t i = 0; i < 20; ++i) {
    const double step = std::floor(static_cast<double>(uniforms.values()[i]) * 0x1p23);
    for (const auto& [within, happens] : {std::pair(1e-6, false), {1 - 1e-6, true}}) {
      const auto channel = make<Channel>("bsc", field("flip", (step + within) * 0x1p-23));
      EXPECT_EQ(channel->transmit(x, 1, noise).y.values.values()[i] != x.values.values()[i], happens)
          << i << ' ' << within;
    }
  }
}

TEST(Bec, LosesAsOftenAsAskedAndLeavesTheRestAsItIs) {
  const auto x = antipodal(std::vector<std::size_t>(1000, 1000), 1);
  for (const double erase : {0.0, 0.02, 0.5, 1.0}) {
    const auto channel = make<Channel>("bec", field("erase", erase));
    const auto y = channel->transmit(x, 1, Noise(2, "channel", 0)).y.values;
    double lost = 0;
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      if (y.values()[i] != 0) {
        ASSERT_EQ(y.values()[i], x.values.values()[i]);
      }
      lost += y.values()[i] == 0;
    }
    EXPECT_NEAR(lost, 1e6 * erase, 5 * std::sqrt(1e6 * erase * (1 - erase))) << erase;
  }
}

TEST(Bec, WhatIsLostTellsNothingAndTheRestEverything) {
  const auto channel = make<Channel>("bec");
  const auto& law = dynamic_cast<const Law&>(*channel);
  EXPECT_EQ(log_likelihood(law, received({0}), {1}) - log_likelihood(law, received({0}), {-1}), 0);
  EXPECT_EQ(log_likelihood(law, received({0}), {1}) - log_likelihood(law, received({0}), {0}), 0);
  EXPECT_EQ(log_likelihood(law, received({1}), {1}) - log_likelihood(law, received({1}), {-1}), 38);
  EXPECT_EQ(log_likelihood(law, received({0, -1}), {1, -1}) - log_likelihood(law, received({0, -1}), {1, 1}), 38);
  EXPECT_EQ(log_likelihood(law, received({0, -1}), {1, -1}) - log_likelihood(law, received({0, -1}), {-1, -1}), 0);
}
}  // namespace
