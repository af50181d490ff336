#include <algorithm>

#include "channel_test.hpp"

namespace {
using namespace tandem;
using test::antipodal, test::make, test::moments;

struct Case {
  const char *name, *fields;
};
const Case cases[] = {{"ideal", "{}"},
                      {"awgn", "{}"},
                      {"laplace", R"({"scale": 1.5})"},
                      {"rayleigh", "{}"},
                      {"rayleigh", R"({"fading": "frame", "mean_square": 2})"},
                      {"rayleigh", R"({"fading": "group", "group_size": 3, "csi": "none"})"},
                      {"bsc", R"({"flip": 0.2})"},
                      {"bec", R"({"erase": 0.3})"}};

class EveryChannel : public testing::TestWithParam<Case> {
 protected:
  std::shared_ptr<Channel> channel_ = make<Channel>(GetParam().name, GetParam().fields);
};
INSTANTIATE_TEST_SUITE_P(Channels, EveryChannel, testing::ValuesIn(cases), [](const auto& info) {
  std::string name = info.param.name;
  return name + std::to_string(info.index);
});

TEST_P(EveryChannel, KeepsRowsAndDimensions) {
  for (const int dimensions : {1, 2}) {
    const auto x = antipodal({7, 0, 49, 49, 1}, dimensions);
    const auto out = channel_->transmit(x, 0.5f, Noise(1, "channel", 0));
    EXPECT_EQ(out.n0, 0.5f);
    EXPECT_EQ(out.y.dimensions_per_use, dimensions);
    ASSERT_EQ(out.y.values.rows(), x.values.rows());
    for (std::size_t row = 0; row < x.values.rows(); ++row) {
      const std::size_t uses = x.values.row_length(row) / static_cast<std::size_t>(dimensions);
      EXPECT_EQ(out.y.values.row_length(row), x.values.row_length(row));
      if (!out.h.empty()) {
        EXPECT_EQ(out.h.row_length(row), uses);
      }
      if (!out.csi.empty()) {
        EXPECT_EQ(out.csi.row_length(row), uses);
      }
    }
  }
  EXPECT_EQ(channel_->transmit({{}, 1}, 1, Noise(1, "channel", 0)).y.values.rows(), 0u);
}

TEST_P(EveryChannel, DoesNotDependOnHowTheBatchIsCut) {
  const auto x = antipodal({13, 13, 5, 64, 0, 13, 13, 13, 8, 49}, 2);
  constexpr std::uint64_t first = 40;
  const auto all = channel_->transmit(x, 0.8f, Noise(3, "channel", first));
  for (const std::size_t batch : {1u, 3u, 4u})
    for (std::size_t begin = 0; begin < x.values.rows(); begin += batch) {
      Symbols part{{}, 2};
      for (std::size_t row = begin; row < std::min(begin + batch, x.values.rows()); ++row)
        part.values.append(x.values[row]);
      const auto out = channel_->transmit(part, 0.8f, Noise(3, "channel", first + begin));
      for (std::size_t row = 0; row < part.values.rows(); ++row) {
        EXPECT_TRUE(std::ranges::equal(out.y.values[row], all.y.values[begin + row]));
        if (!all.h.empty()) {
          EXPECT_TRUE(std::ranges::equal(out.h[row], all.h[begin + row]));
        }
      }
    }
}

TEST_P(EveryChannel, TakesAnSnrUnlessItsQualityIsAField) {
  const std::string name = GetParam().name;
  EXPECT_EQ(channel_->has_snr(), name == "awgn" || name == "laplace" || name == "rayleigh");
  EXPECT_EQ(channel_->exactness(), Exactness::portable);
}

std::vector<double> noise_of(const Channel& channel, float n0) {
  const auto x = antipodal(std::vector<std::size_t>(1000, 500), 2, 0.7f);
  const auto out = channel.transmit(x, n0, Noise(5, "channel", 0));
  std::vector<double> noise;
  for (std::size_t i = 0; i < x.values.size(); ++i)
    noise.push_back(static_cast<double>(out.y.values.values()[i]) - static_cast<double>(x.values.values()[i]));
  return noise;
}

TEST(Awgn, NoiseHasVarianceHalfN0ADimensionAndGaussianMoments) {
  const auto channel = make<Channel>("awgn");
  for (const float n0 : {0.01f, 0.5f, 1.0f, 8.0f}) {
    const auto noise = noise_of(*channel, n0);
    const auto m = moments(noise);
    const double variance = static_cast<double>(n0) / 2;
    EXPECT_NEAR(m.mean, 0, 5 * std::sqrt(variance / m.count));
    EXPECT_NEAR(m.square, variance, 5 * variance * std::sqrt(2 / m.count));
    double fourth = 0;
    for (const double value : noise) fourth += value * value * value * value / m.count;
    EXPECT_NEAR(fourth, 3 * variance * variance, 5 * variance * variance * std::sqrt(96 / m.count));
  }
}

TEST(Awgn, NoiseScalesWithTheSnrAndNothingElse) {
  const auto channel = make<Channel>("awgn");
  const auto strong = noise_of(*channel, 4), weak = noise_of(*channel, 1);
  for (std::size_t i = 0; i < 1000; ++i) EXPECT_NEAR(strong[i], 2 * weak[i], 1e-6 * (1 + std::abs(strong[i])));
}

TEST(Laplace, NoiseHasTheVarianceAskedForAndLaplacianMoments) {
  for (const double scale : {1.0, 0.5}) {
    const auto channel = make<Channel>("laplace", R"({"scale": )" + std::to_string(scale) + "}");
    const auto m = moments(noise_of(*channel, 2));
    const double variance = scale * scale, b = std::sqrt(variance / 2);
    EXPECT_NEAR(m.mean, 0, 5 * std::sqrt(variance / m.count));
    EXPECT_NEAR(m.square, variance, 5 * b * b * std::sqrt(20 / m.count));
    EXPECT_NEAR(m.absolute, b, 5 * b / std::sqrt(m.count));
  }
}
}  // namespace
