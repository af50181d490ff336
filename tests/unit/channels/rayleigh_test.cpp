#include <algorithm>
#include <numbers>

#include "channel_test.hpp"

namespace {
using namespace tandem;
using test::antipodal, test::log_likelihood, test::make, test::moments;

std::shared_ptr<Channel> rayleigh(const std::string& fields) { return make<Channel>("rayleigh", "{" + fields + "}"); }

TEST(Rayleigh, GainsHaveTheMomentsOfTheRayleighDistribution) {
  for (const double omega : {1.0, 2.0, 0.25}) {
    const auto channel = rayleigh(R"("mean_square": )" + std::to_string(omega));
    const auto h = channel->transmit(antipodal(std::vector<std::size_t>(1000, 1000), 1), 1, Noise(1, "channel", 0)).h;
    ASSERT_GE(*std::ranges::min_element(h.values()), 0);
    const auto m = moments(h.values());
    EXPECT_NEAR(m.square, omega, 5 * omega / std::sqrt(m.count));
    const double variance = omega * (1 - std::numbers::pi / 4);
    EXPECT_NEAR(m.mean, std::sqrt(std::numbers::pi * omega) / 2, 5 * std::sqrt(variance / m.count));
    for (const double level : {0.1, 0.5, 1.0, 2.0, 3.0}) {
      const double p = 1 - std::exp(-level * level / omega);
      const double below =
          static_cast<double>(std::ranges::count_if(h.values(), [level](double v) { return v < level; }));
      EXPECT_NEAR(below, m.count * p, 5 * std::sqrt(m.count * p * (1 - p)) + 1e-9);
    }
  }
}

TEST(Rayleigh, YIsGainTimesSentPlusGaussianNoise) {
  for (const int dimensions : {1, 2}) {
    const auto x = antipodal(std::vector<std::size_t>(500, 1000), dimensions, 0.8f);
    const auto out = rayleigh("")->transmit(x, 0.6f, Noise(1, "channel", 0));
    std::vector<double> noise;
    double with_gain = 0;
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      const double gain = static_cast<double>(out.h.values()[i / static_cast<std::size_t>(dimensions)]);
      noise.push_back(static_cast<double>(out.y.values.values()[i]) - gain * static_cast<double>(x.values.values()[i]));
      with_gain += noise.back() * (gain - std::sqrt(std::numbers::pi) / 2);
    }
    const auto m = moments(noise);
    EXPECT_NEAR(m.mean, 0, 5 * std::sqrt(0.3 / m.count));
    EXPECT_NEAR(m.square, 0.3, 5 * 0.3 * std::sqrt(2 / m.count));
    EXPECT_NEAR(with_gain / m.count, 0, 5 * std::sqrt(0.3 * (1 - std::numbers::pi / 4) / m.count));
  }
}

TEST(Rayleigh, CsiIsTheGainOrNothing) {
  const auto x = antipodal({10, 20}, 2);
  const auto perfect = rayleigh("")->transmit(x, 1, Noise(1, "channel", 0));
  EXPECT_EQ(perfect.csi, perfect.h);
  const auto none = rayleigh(R"("csi": "none")")->transmit(x, 1, Noise(1, "channel", 0));
  EXPECT_TRUE(none.csi.empty());
  EXPECT_EQ(none.h, perfect.h);
  EXPECT_EQ(none.y.values, perfect.y.values);
  EXPECT_FALSE(dynamic_cast<const Law&>(*rayleigh("")).applies());
  EXPECT_TRUE(dynamic_cast<const Law&>(*rayleigh(R"("csi": "none")")).applies());
}

TEST(Rayleigh, FramesAndAlignedGroupsShareOneGain) {
  const auto x = antipodal(std::vector<std::size_t>(12, 9), 1);
  constexpr std::uint64_t first = 5;
  const auto use = rayleigh("")->transmit(x, 1, Noise(1, "channel", first)).h;
  const auto frame = rayleigh(R"("fading": "frame")")->transmit(x, 1, Noise(1, "channel", first)).h;
  const auto group = rayleigh(R"("fading": "group", "group_size": 4)")->transmit(x, 1, Noise(1, "channel", first)).h;
  for (std::size_t row = 0; row < 12; ++row) {
    for (std::size_t i = 1; i < 9; ++i) {
      EXPECT_NE(use[row][i], use[row][0]);
      EXPECT_EQ(frame[row][i], frame[row][0]);
      EXPECT_EQ(group[row][i], group[row][0]);
    }
    if (row == 0) continue;
    EXPECT_NE(frame[row][0], frame[row - 1][0]);
    EXPECT_EQ(group[row][0] == group[row - 1][0], (first + row) / 4 == (first + row - 1) / 4);
  }
}

TEST(Rayleigh, OneGainAFrameIsRayleighToo) {
  for (const char* fields : {R"("fading": "frame")", R"("fading": "group", "group_size": 2)"}) {
    const auto h =
        rayleigh(fields)->transmit(antipodal(std::vector<std::size_t>(200'000, 1), 1), 1, Noise(1, "channel", 0)).h;
    const auto m = moments(h.values());
    EXPECT_NEAR(m.square, 1, 5 * std::sqrt(2 / m.count));
    EXPECT_NEAR(m.mean, std::sqrt(std::numbers::pi) / 2, 5 * std::sqrt(2 * (1 - std::numbers::pi / 4) / m.count));
  }
}

// ln of the integral over h of (2 h / omega) exp(-h^2 / omega) exp(-|y - h s|^2 / n0), up to the term |y|^2 / n0, by
// Simpson's rule around the peak of the integrand.
double integrated(const std::vector<double>& y, const std::vector<double>& s, double omega, double n0) {
  double energy = 0, inner = 0;
  for (std::size_t d = 0; d < y.size(); ++d) {
    energy += s[d] * s[d];
    inner += y[d] * s[d];
  }
  const auto exponent = [&](double h) { return -h * h / omega - (h * h * energy - 2 * h * inner) / n0; };
  const double a = 1 / omega + energy / n0, peak = std::max(0.0, inner / n0 / a), width = 1 / std::sqrt(2 * a);
  const double low = std::max(0.0, peak - 12 * width), high = peak + 14 * width, top = exponent(peak);
  constexpr int steps = 20'000;
  const double step = (high - low) / steps;
  double sum = 0;
  for (int i = 0; i <= steps; ++i) {
    const double h = low + step * i;
    sum += (i == 0 || i == steps ? 1 : i % 2 ? 4 : 2) * 2 * h / omega * std::exp(exponent(h) - top);
  }
  return std::log(sum * step / 3) + top;
}

TEST(Rayleigh, LikelihoodWithoutCsiEqualsTheNumericalIntegral) {
  for (const double omega : {1.0, 2.0})
    for (const double n0 : {0.02, 0.3, 1.0, 5.0}) {
      const auto channel = rayleigh(R"("csi": "none", "mean_square": )" + std::to_string(omega));
      const auto& law = dynamic_cast<const Law&>(*channel);
      for (const double y : {-6.0, -2.5, -1.0, -0.4, -0.1, -0.01, 0.0, 0.003, 0.2, 0.7, 1.3, 4.0, 7.0}) {
        Observation real{.y = {{}, 1}, .h = {}, .csi = {}, .n0 = static_cast<float>(n0)};
        real.y.values.append(std::vector{static_cast<float>(y)});
        for (const double s : {1.0, -1.0, 0.5, 0.0}) {
          const double expected = integrated({y}, {s}, omega, static_cast<double>(real.n0));
          EXPECT_NEAR(log_likelihood(law, real, {static_cast<float>(s)}), expected, 1e-5 + 1e-6 * std::abs(expected))
              << "omega " << omega << " n0 " << n0 << " y " << y << " s " << s;
        }
        Observation complex{.y = {{}, 2}, .h = {}, .csi = {}, .n0 = static_cast<float>(n0)};
        complex.y.values.append(std::vector{static_cast<float>(y), 0.6f});
        for (const auto& [i, q] : {std::pair(0.7, 0.7), {0.7, -0.7}, {-0.7, -0.7}, {0.3, 1.2}}) {
          const double expected = integrated({y, 0.6}, {i, q}, omega, static_cast<double>(real.n0));
          EXPECT_NEAR(log_likelihood(law, complex, {static_cast<float>(i), static_cast<float>(q)}), expected,
                      1e-5 + 1e-6 * std::abs(expected))
              << "omega " << omega << " n0 " << n0 << " y " << y << " i " << i << " q " << q;
        }
      }
    }
}

TEST(Rayleigh, LikelihoodIsFiniteAndMonotoneFarOut) {
  const auto channel = rayleigh(R"("csi": "none")");
  const auto& law = dynamic_cast<const Law&>(*channel);
  Observation out{.y = {{}, 1}, .h = {}, .csi = {}, .n0 = 1e-3f};
  std::vector<float> ys;
  for (float y = -100; y <= 100; y += 0.01f) ys.push_back(y);
  out.y.values.append(ys);
  Ragged<float> likelihoods;
  law.log_likelihood(out, std::vector{1.0f}, likelihoods);
  for (std::size_t i = 0; i < ys.size(); ++i) ASSERT_TRUE(std::isfinite(likelihoods.values()[i])) << ys[i];
  for (std::size_t i = 1; i < ys.size(); ++i) ASSERT_GE(likelihoods.values()[i], likelihoods.values()[i - 1]) << ys[i];
}

TEST(Rayleigh, LinearLlrsAreThoseOfTheMeanGain) {
  for (const double omega : {1.0, 2.0}) {
    const auto channel = rayleigh(R"("csi": "none", "llr": "linear", "mean_square": )" + std::to_string(omega));
    const auto& law = dynamic_cast<const Law&>(*channel);
    for (const double y : {-3.0, -0.2, 0.0, 0.9}) {
      Observation out{.y = {{}, 1}, .h = {}, .csi = {}, .n0 = 0.5f};
      out.y.values.append(std::vector{static_cast<float>(y)});
      const double llr = log_likelihood(law, out, {1}) - log_likelihood(law, out, {-1});
      const double sigma_square = 0.25;
      EXPECT_NEAR(llr, 2 * std::sqrt(std::numbers::pi * omega / 4) * y / sigma_square, 1e-5 * (1 + std::abs(llr)));
    }
  }
}
}  // namespace
