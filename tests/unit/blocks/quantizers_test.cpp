#include <cmath>
#include <filesystem>
#include <fstream>
#include <tandem/safetensors.hpp>

#include "support/process.hpp"
#include "trainers/level_search.hpp"
#include "values.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;

std::shared_ptr<Block> uniform(int bits, double range, const char* labels = "natural") {
  return make<Block>("uniform-quantizer",
                     R"({"bits": )" + std::to_string(bits) + R"(, "range": )" + std::to_string(range) + R"(, "labels": ")" + labels + "\"}");
}

TEST(UniformQuantizer, UniformInputHasTheErrorOfAStep) {
  std::vector<float> values;
  constexpr int count = 1 << 18;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(-3 + 6 * (i + 0.5) / count));
  for (const int bits : {1, 2, 3, 4, 8}) {
    const double step = 6 / std::pow(2.0, bits), expected = step * step / 12;
    EXPECT_NEAR(mean_square(round_trip(*uniform(bits, 3), values), values), expected, 1e-3 * expected) << bits << " bits";
  }
}

// Max 1960, table II: the step that is best for N equal steps on a normal distribution of variance 1, and its error.
TEST(UniformQuantizer, NormalInputHasTheErrorsOfMax) {
  const auto values = normal_values(200'000);
  const struct {
    int bits;
    double step, error;
  } table[] = {{1, 1.596, 0.3634}, {2, 0.9957, 0.1188}, {3, 0.5860, 0.03744}, {4, 0.3352, 0.01154}, {5, 0.1881, 0.003490}};
  for (const auto& [bits, step, error] : table) {
    const auto at = [&](double s) { return mean_square(round_trip(*uniform(bits, s * std::pow(2.0, bits - 1)), values), values); };
    EXPECT_NEAR(at(step), error, 1e-3 * error) << bits << " bits";
    EXPECT_GT(at(1.05 * step), at(step)) << bits << " bits";
    EXPECT_GT(at(0.95 * step), at(step)) << bits << " bits";
  }
}

TEST(UniformQuantizer, OneBitIsTheSign) {
  const auto block = uniform(1, 2);
  EXPECT_EQ(round_trip(*block, {1, -1, 0.25f, -7, 1000, -0.001f}), (std::vector<float>{1, -1, 1, -1, 1, -1}));
  EXPECT_EQ(bits_of(*block, {1, -1}), (std::vector<std::uint8_t>{1, 0}));
}

TEST(UniformQuantizer, ValuesBeyondTheRangeTakeTheLastStep) {
  EXPECT_EQ(round_trip(*uniform(2, 2), {9, -9, INFINITY, -INFINITY}), (std::vector<float>{1.5f, -1.5f, 1.5f, -1.5f}));
}

TEST(UniformQuantizer, LabelsAreNumbersOrGray) {
  std::vector<float> values;
  for (int step = 0; step < 8; ++step) values.push_back(static_cast<float>(step) - 3.5f);
  const auto natural = bits_of(*uniform(3, 4), values), gray = bits_of(*uniform(3, 4, "gray"), values);
  const std::string published = "000001011010110111101100";  // Gray 1953: the reflected code of 3 bits
  for (std::size_t i = 0; i < gray.size(); ++i) {
    EXPECT_EQ(gray[i], published[i] - '0') << i;
    EXPECT_EQ(natural[i], (i / 3) >> (2 - i % 3) & 1) << i;
  }
  EXPECT_EQ(round_trip(*uniform(3, 4, "gray"), values), values);
  EXPECT_EQ(round_trip(*uniform(16, 4, "gray"), values), round_trip(*uniform(16, 4), values));
}

// A natural label's bit i is worth 2^i steps.
TEST(UniformQuantizer, WhatAWrongBitCosts) {
  std::vector<float> values;
  for (int step = 0; step < 64; ++step) values.push_back(static_cast<float>((step + 0.5) / 32 - 1));
  for (std::size_t bit = 0; bit < 6; ++bit) {
    const double expected = std::pow(4.0, static_cast<double>(bit)) / 1024;
    EXPECT_NEAR(error_of_bit(*uniform(6, 1), values, 6, bit), expected, 1e-6 * expected) << bit;
  }
}

TEST(UniformQuantizer, RefusesFieldsOutOfRange) {
  for (const char* fields : {R"({"bits": 0})", R"({"bits": 17})", R"({"range": 0})", R"({"labels": "grey"})"})
    EXPECT_THROW(make<Block>("uniform-quantizer", fields), FieldError) << fields;
}

class LloydMax : public testing::Test {
 protected:
  std::string file(const std::vector<float>& levels, const char* name = "levels") const {
    SafetensorsWriter writer;
    writer.add(name, {levels.size()}, levels);
    writer.write((folder_.path() / "levels.safetensors").string());
    return (folder_.path() / "levels.safetensors").string();
  }
  std::shared_ptr<Block> block(const std::vector<float>& levels, const char* labels = "natural") const {
    return make<Block>("lloyd-max", R"({"weights": ")" + file(levels) + R"(", "labels": ")" + labels + "\"}");
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(LloydMax, TakesTheNearestLevel) {
  const std::vector<float> levels{-2, -0.5f, 1, 4};
  EXPECT_EQ(round_trip(*block(levels), levels), levels);
  EXPECT_EQ(round_trip(*block(levels, "gray"), levels), levels);
  EXPECT_EQ(round_trip(*block(levels), {-9, -1.3f, -1.2f, 0.2f, 0.3f, 2.4f, 2.6f, 99}), (std::vector<float>{-2, -2, -0.5f, -0.5f, 1, 1, 4, 4}));
  EXPECT_EQ(bits_of(*block(levels), {1}), (std::vector<std::uint8_t>{1, 0}));
  EXPECT_EQ(bits_of(*block(levels, "gray"), {1}), (std::vector<std::uint8_t>{1, 1}));
}

TEST_F(LloydMax, RefusesWhatIsNoRowOfLevels) {
  EXPECT_THROW(block({1, 2, 3}), FieldError);
  EXPECT_THROW(block({1}), FieldError);
  EXPECT_THROW(block({2, 1}), FieldError);
  EXPECT_THROW(block({1, 1}), FieldError);
  EXPECT_THROW(make<Block>("lloyd-max", R"({"weights": ")" + file({1, 2}, "others") + "\"}"), FieldError);
  EXPECT_THROW(make<Block>("lloyd-max", R"({"weights": "/nowhere.safetensors"})"), Error);
}

// Max 1960, table I: the best levels for a normal distribution of variance 1, and their error.
TEST(LevelSearch, FindsTheLevelsOfMax) {
  const auto values = normal_values(200'000);
  const struct {
    std::vector<double> upper;
    double error;
  } table[] = {{{0.7980}, 0.3634},
               {{0.4528, 1.510}, 0.1175},
               {{0.2451, 0.7560, 1.344, 2.152}, 0.03454},
               {{0.1284, 0.3881, 0.6568, 0.9424, 1.256, 1.618, 2.069, 2.733}, 0.009497}};
  for (const auto& [upper, error] : table) {
    trainers::LevelSearch search(values, 2 * upper.size());
    double before = search.mean_square_error();
    for (int round = 0; round < 2000 && search.step(); ++round) {
      EXPECT_LE(search.mean_square_error(), before + 1e-12);
      before = search.mean_square_error();
    }
    EXPECT_NEAR(search.mean_square_error(), error, 1e-3 * error);
    for (std::size_t i = 0; i < upper.size(); ++i) {
      EXPECT_NEAR(search.levels()[upper.size() + i], upper[i], 2e-3 * upper[i] + 1e-3) << upper.size() << ' ' << i;
      EXPECT_NEAR(search.levels()[upper.size() - 1 - i], -upper[i], 2e-3 * upper[i] + 1e-3) << upper.size() << ' ' << i;
    }
  }
}

TEST(LevelSearch, FewValuesAreTheirOwnLevels) {
  trainers::LevelSearch search({3, 1, 1, 1, 2, 2, 7}, 4);
  while (search.step()) {
  }
  EXPECT_EQ(std::vector<float>(search.levels().begin(), search.levels().end()), (std::vector<float>{1, 2, 3, 7}));
  EXPECT_EQ(search.mean_square_error(), 0);
  EXPECT_THROW(trainers::LevelSearch({3, 1, 1, 2}, 4), Error);
}

}  // namespace
