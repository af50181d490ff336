#include <bit>
#include <cmath>
#include <random>

#include "values.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;

std::shared_ptr<Block> format(const std::string& name, const std::string& more = "") {
  return make<Block>("float-bits", R"({"format": ")" + name + "\"" + more + "}");
}
std::uint32_t word_of(const Block& block, float value) {
  std::uint32_t word = 0;
  for (const auto bit : bits_of(block, {value})) word = word << 1 | bit;
  return word;
}
std::vector<std::uint8_t> bits_of_word(std::uint32_t word, std::size_t width) {
  std::vector<std::uint8_t> out;
  for (std::size_t bit = width; bit-- > 0;) out.push_back(word >> bit & 1);
  return out;
}
std::vector<float> random_values(std::size_t count) {
  std::mt19937_64 random(11);
  std::normal_distribution<float> normal;
  std::vector<float> out(count);
  for (auto& value : out) value = normal(random);
  return out;
}

TEST(FloatBits, Binary32IsTheMachinesOwnAndComesBackExactly) {
  const auto block = format("f32");
  auto values = random_values(2000);
  values.insert(values.end(), {0.0f, -0.0f, 1.0f, 16.0f, -16.0f, 1e-30f, std::bit_cast<float>(1u), -std::bit_cast<float>(0x7fffffu), 0x1p-126f});
  for (const float value : values) ASSERT_EQ(word_of(*block, value), std::bit_cast<std::uint32_t>(value)) << value;
  EXPECT_EQ(bits_of(*block, values).size(), 32 * values.size());
  const auto back = round_trip(*block, values);
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(std::bit_cast<std::uint32_t>(back[i]), std::bit_cast<std::uint32_t>(values[i]));
}

// The examples of Wikipedia's and IEEE 754's tables of binary16.
TEST(FloatBits, Binary16HasThePublishedWords) {
  const auto block = format("f16", R"(, "clip": 1e5)");
  const std::pair<float, std::uint32_t> known[] = {{0, 0x0000},      {1, 0x3c00},          {-2, 0xc000},          {65504, 0x7bff},     {0x1p-14f, 0x0400},
                                                   {0x1p-24f, 1},    {0.333251953125f, 0x3555}, {1.0009765625f, 0x3c01}, {0x1p-14f - 0x1p-24f, 0x03ff},
                                                   {1 + 0x1p-11f, 0x3c00}, {1 + 3 * 0x1p-11f, 0x3c02}};  // ties to even
  for (const auto& [value, word] : known) EXPECT_EQ(word_of(*block, value), word) << value;
  EXPECT_EQ(values_of(*block, bits_of_word(0x3555, 16)).at(0), 0.333251953125f);
  EXPECT_EQ(word_of(*block, 1e5f), 0x7bffu) << "no infinity is sent";
}

// bfloat16 is the upper half of binary32, rounded to nearest, ties to even.
TEST(FloatBits, Bfloat16IsTheRoundedUpperHalf) {
  const auto block = format("bf16");
  for (const float value : random_values(2000)) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    ASSERT_EQ(word_of(*block, value), (bits + 0x7fff + (bits >> 16 & 1)) >> 16) << value;
  }
}

TEST(FloatBits, WhatAFormatHoldsComesBackExactly) {
  for (const auto& [name, width] : {std::pair("f16", 16u), std::pair("bf16", 16u)}) {
    const auto block = format(name);
    for (std::uint32_t word = 0; word < 0x10000; ++word) {
      const float value = values_of(*block, bits_of_word(word, width)).at(0);
      ASSERT_LE(std::abs(value), 16.0f) << word;
      if (value == 0) continue;  // of either sign, or a word that is no value
      ASSERT_EQ(word_of(*block, value), word) << name;
    }
  }
}

TEST(FloatBits, NoFlippedBitGivesMoreThanTheClip) {
  for (const auto& [name, width] : {std::pair("f32", 32u), std::pair("f16", 16u), std::pair("bf16", 16u)}) {
    const auto block = format(name, R"(, "clip": 7.3)");
    auto values = random_values(300);
    values.insert(values.end(), {7.3f, -7.3f, 1.5f, 0.0f, 100.0f, INFINITY, -INFINITY, NAN});
    for (const float value : values) {
      const auto sent = bits_of(*block, {value});
      ASSERT_LE(std::abs(values_of(*block, sent).at(0)), 7.3f);
      for (std::size_t i = 0; i < width; ++i) {
        auto wrong = sent;
        wrong[i] ^= 1;
        ASSERT_LE(std::abs(values_of(*block, wrong).at(0)), 7.3f) << name << ' ' << value << " bit " << i;  // false for NaN
      }
    }
  }
  // The highest exponent bit of 1.5 makes a NaN, that of 0.3 a value beyond any clip.
  for (const float value : {1.5f, 0.3f}) {
    auto wrong = bits_of(*format("f32"), {value});
    wrong[1] ^= 1;
    EXPECT_EQ(values_of(*format("f32"), wrong).at(0), 0.0f);
  }
}

TEST(FloatBits, LargeValuesAreSentAsTheClip) {
  EXPECT_EQ(round_trip(*format("f32"), {1e9f, -1e9f, INFINITY}), (std::vector<float>{16, -16, 16}));
  EXPECT_EQ(round_trip(*format("fixed", R"(, "clip": 2)"), {5, -5, 2}), (std::vector<float>{2, -2, 2}));
  EXPECT_EQ(round_trip(*format("f32"), {NAN}), std::vector<float>{0});
}

TEST(FloatBits, FixedPointIsUniform) {
  const auto block = format("fixed", R"(, "bits": 8, "clip": 2)");
  const double step = 2.0 / 127;
  std::vector<float> values;
  constexpr int count = 100'000;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(-2 + 4 * (i + 0.5) / count));
  EXPECT_NEAR(mean_square(round_trip(*block, values), values), step * step / 12, 1e-4 * step * step);
  EXPECT_EQ(bits_of(*block, {0.0f}), std::vector<std::uint8_t>(8, 0));
  EXPECT_EQ(bits_of(*block, {static_cast<float>(-step)}), std::vector<std::uint8_t>(8, 1));
  EXPECT_EQ(values_of(*block, {1, 0, 0, 0, 0, 0, 0, 0}), std::vector<float>{-2}) << "the word that no value has";
}

// Over all 2^q - 1 words that are sent, bit i moves a value by 2^i steps; where that leads to the one word that no value
// has, below the lowest, one step less.
TEST(FloatBits, WhatAWrongBitOfFixedPointCosts) {
  for (const std::size_t q : {4u, 6u, 8u}) {
    const auto block = format("fixed", R"(, "bits": )" + std::to_string(q) + R"(, "clip": 1)");
    const int most = (1 << (q - 1)) - 1;
    const double step = 1.0 / most, words = 2 * most + 1;
    std::vector<float> values;
    for (int k = -most; k <= most; ++k) values.push_back(static_cast<float>(k * step));
    for (std::size_t bit = 0; bit < q; ++bit) {
      const double weight = std::pow(2.0, static_cast<double>(bit)), lost = weight - 1;
      const double expected = step * step * ((words - 1) * weight * weight + lost * lost) / words;
      EXPECT_NEAR(error_of_bit(*block, values, q, bit), expected, 1e-6 * expected) << q << " bits, bit " << bit;
    }
  }
}

// Of values uniform over [1, 2), whose exponent is 01111111 and whose mean square is 7/3: a bit of the fraction moves
// them by its weight, a bit of the exponent divides them by 2^(2^b), the highest makes them no numbers, which become 0,
// and the sign costs twice the value.
TEST(FloatBits, WhatAWrongBitOfBinary32Costs) {
  const auto block = format("f32");
  std::vector<float> values;
  constexpr int count = 1 << 16;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(1 + (i + 0.5) / count));
  const double power = 7.0 / 3;
  for (std::size_t bit = 0; bit < 32; ++bit) {
    double expected = 0;
    if (bit < 23) expected = std::pow(4.0, static_cast<double>(bit) - 23);
    if (bit >= 23 && bit < 30) expected = power * std::pow(1 - std::pow(2.0, -std::pow(2.0, static_cast<double>(bit) - 23)), 2);
    if (bit == 30) expected = power;
    if (bit == 31) expected = 4 * power;
    EXPECT_NEAR(error_of_bit(*block, values, 32, bit), expected, 1e-6 * expected) << "bit " << bit;
  }
}

TEST(FloatBits, DropsWhatIsLessThanAWord) {
  const auto block = format("f16");
  auto bits = bits_of(*block, {1.25f, -3.0f});
  bits.insert(bits.end(), 15, 0);
  EXPECT_EQ(values_of(*block, bits), (std::vector<float>{1.25f, -3.0f}));
  EXPECT_EQ(values_of(*block, {1, 0, 1}), std::vector<float>{});
}

TEST(FloatBits, RefusesFieldsOutOfRange) {
  for (const char* fields : {R"({"format": "f64"})", R"({"bits": 1})", R"({"bits": 33})", R"({"clip": 0})", R"({"clip": -1})"})
    EXPECT_THROW(make<Block>("float-bits", fields), FieldError) << fields;
}

}  // namespace
