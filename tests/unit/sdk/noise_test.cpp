#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <random>
#include <tandem/noise.hpp>
#include <thread>
#include <vector>

#include "philox.hpp"
#include "targets.hpp"

namespace tandem {
namespace {

using test::Address;
using testing::Each;
using testing::ElementsAreArray;

// The known-answer vectors of the Random123 library.
TEST(Philox, ReferenceGivesTheKnownAnswers) {
  using Block = std::array<std::uint32_t, 4>;
  EXPECT_EQ(test::philox({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(test::philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(test::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

const Address addresses[] = {{1, "channel", 0},
                             {0, "", 0},
                             {42, "links/text/channel", 7, 3},
                             {~std::uint64_t{0}, "a", (std::uint64_t{1} << 32) - 1, ~std::uint32_t{0}},
                             {5, "b", (std::uint64_t{1} << 32) + 9, 1, 8},
                             {5, "b", ~std::uint64_t{0}, 2, 1'000'003}};

// Row 0 of noise that starts at the address.
Noise at(const Address& a) { return Noise(a.seed, a.node, a.frame).stream(a.purpose).group(a.group); }

TEST(Noise, BitsAreTheBitsOfPhiloxBlocks) {
  for (const auto& address : addresses) {
    std::vector<std::uint8_t> bits(1000);
    at(address).bits(0, bits);
    for (std::uint32_t i = 0; i < bits.size(); ++i)
      ASSERT_EQ(bits[i], address.block(2, i / 128)[i % 128 / 32] >> (i % 32) & 1) << i;
  }
}

TEST(Noise, UniformsAreTheTop23BitsOfWords) {
  for (const auto& address : addresses) {
    std::vector<float> values(3001);
    at(address).uniforms(0, values);
    for (std::uint32_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(values[i], (static_cast<float>(address.block(0, i / 4)[i % 4] >> 9) + 0.5f) * 0x1p-23f) << i;
  }
}

TEST(Noise, NormalsAreBoxAndMullersOfWordPairs) {
  for (const auto& address : addresses) {
    std::vector<float> values(3001);
    at(address).normals(0, values);
    for (std::uint32_t i = 0; i < values.size(); ++i) {
      const auto block = address.block(1, i / 4);
      const double a = block[i % 4 / 2 * 2], b = block[i % 4 / 2 * 2 + 1];
      const double radius = std::sqrt(-2 * std::log((a + 0.5) * 0x1p-32)), angle = 2 * std::numbers::pi * b * 0x1p-32;
      ASSERT_NEAR(static_cast<double>(values[i]), radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle)), 1e-6) << i;
    }
  }
}

template <class T>
using RowCall = void (Noise::*)(std::size_t, std::span<T>) const;
template <class T>
using BatchCall = void (Noise::*)(Ragged<T>&) const;

// A batch call gives what row calls give and touches nothing else.
template <class T>
void expect_rows(const Noise& noise, const std::vector<std::size_t>& lengths, RowCall<T> row_call,
                 BatchCall<T> batch_call) {
  Ragged<T> batch;
  for (const auto length : lengths) std::ranges::fill(batch.append(length), T{77});
  (noise.*batch_call)(batch);
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    std::vector<T> alone(lengths[row] + 2, T{77});
    (noise.*row_call)(row, std::span(alone).subspan(1, lengths[row]));
    ASSERT_EQ(alone.front(), T{77});
    ASSERT_EQ(alone.back(), T{77});
    ASSERT_TRUE(std::ranges::equal(batch[row], std::span(alone).subspan(1, lengths[row]))) << "row " << row;
  }
}
void expect_rows(const Noise& noise, const std::vector<std::size_t>& lengths) {
  expect_rows<float>(noise, lengths, &Noise::uniforms, &Noise::uniforms);
  expect_rows<float>(noise, lengths, &Noise::normals, &Noise::normals);
  expect_rows<std::uint8_t>(noise, lengths, &Noise::bits, &Noise::bits);
}

TEST(Noise, BatchesGiveTheValuesOfRowsOfOneLength) {
  for (const std::size_t length : {0, 1, 3, 4, 5, 16, 24, 49, 63, 64, 128, 129, 200, 2047, 2048, 2049, 9000})
    for (const std::size_t rows : {0, 1, 2, 7, 64, 257})
      if (rows * length < 200'000) expect_rows(Noise(3, "n", 11), std::vector<std::size_t>(rows, length));
}

TEST(Noise, BatchesGiveTheValuesOfRowsOfAnyLength) {
  std::mt19937 generator(2);
  const auto random = [&generator] { return static_cast<std::uint32_t>(generator()); };
  for (int trial = 0; trial < 30; ++trial) {
    std::vector<std::size_t> lengths(random() % 300);
    for (auto& length : lengths) length = random() % 5 == 0 ? 0 : random() % 150;
    if (trial % 3 == 0 && !lengths.empty()) lengths[random() % lengths.size()] = 5000;
    expect_rows(Noise(2, "n", random()).stream(random()).group(random() % 9), lengths);
  }
}

TEST(Noise, FramesMayStandAnywhere) {
  expect_rows(Noise(3, "n", (std::uint64_t{1} << 32) - 3), {5, 5, 5, 5, 5, 5});
  expect_rows(Noise(3, "n", ~std::uint64_t{0} - 2), {5, 5, 5, 5, 5, 5});  // wraps round
}

TEST(Noise, DoesNotDependOnBatchCuts) {
  Ragged<float> whole(100, 49);
  Noise(9, "channel", 1000).normals(whole);
  for (std::size_t first = 0; first < 100; first += 25) {
    Ragged<float> part(25, 49);
    Noise(9, "channel", 1000 + first).normals(part);
    EXPECT_TRUE(std::ranges::equal(part.values(), whole.values().subspan(first * 49, 25 * 49)));
  }
}

TEST(Noise, AShortRowIsTheBeginningOfALongOne) {
  std::vector<float> shorter(10), longer(1000);
  Noise(9, "channel", 0).normals(4, shorter);
  Noise(9, "channel", 0).normals(4, longer);
  EXPECT_THAT(shorter, ElementsAreArray(longer.begin(), longer.begin() + 10));
}

TEST(Noise, RowsOfAnAlignedGroupSeeTheSameValues) {
  Ragged<float> rows(20, 6);
  Noise(1, "fading", 6).group(4).normals(rows);  // frames 6 to 25
  for (std::size_t row = 1; row < rows.rows(); ++row)
    EXPECT_EQ(std::ranges::equal(rows[row], rows[row - 1]), (row + 6) % 4 != 0) << row;
  Ragged<float> singles(20, 6), plain(20, 6), zero(20, 6);
  Noise(1, "fading", 6).group(1).normals(singles);
  Noise(1, "fading", 6).normals(plain);
  Noise(1, "fading", 6).group(0).normals(zero);
  EXPECT_EQ(singles, plain);
  EXPECT_EQ(zero, plain);
  EXPECT_FALSE(std::ranges::equal(rows[0], plain[0]));
}

TEST(Noise, EveryPartOfTheAddressCounts) {
  const std::size_t n = 64;
  std::vector<std::vector<float>> all;
  const auto add = [&](const Noise& noise, std::size_t row) {
    noise.uniforms(row, all.emplace_back(n));
    all.emplace_back(n);
    noise.normals(row, all.back());
  };
  add(Noise(1, "a", 0), 0);
  add(Noise(2, "a", 0), 0);
  add(Noise(1, "b", 0), 0);
  add(Noise(1, "ab", 0), 0);
  add(Noise(1, "a", 0), 1);
  add(Noise(1, "a", 0).stream(1), 0);
  add(Noise(1, "a", 0).stream(1u << 30), 0);
  add(Noise(1, "a", 0).group(2), 0);
  add(Noise(1, "a", 0).group(3), 0);
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(all[i], all[j]) << i << ' ' << j;
}

TEST(Noise, TheLastStreamAndTheLastGroupHold) {
  std::vector<float> twice(9), once(9);
  Noise(1, "a", 4).stream(7).group(3).stream(2).group(5).normals(2, twice);
  Noise(1, "a", 4).group(5).stream(2).normals(2, once);
  EXPECT_EQ(twice, once);
}

TEST(Noise, ThreadsMayShareIt) {
  const Noise noise(4, "channel", 0);
  Ragged<float> expected(64, 49);
  noise.normals(expected);
  std::vector<int> right(4, 0);
  {
    std::vector<std::jthread> threads;
    for (int& count : right)
      threads.emplace_back([&noise, &expected, &count] {
        for (int i = 0; i < 200; ++i) {
          Ragged<float> rows(64, 49);
          noise.normals(rows);
          count += rows == expected;
        }
      });
  }
  EXPECT_THAT(right, Each(200));
}

TEST(Noise, BothTargetsGiveTheSameBytes) {
  if (!test::has_avx512()) GTEST_SKIP() << "needs AVX-512";
  const auto everything = [](std::int64_t targets) {
    const test::OnTarget target(targets);
    std::vector<std::uint32_t> words;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      Ragged<float> reals(300, 1 + 7 * seed), normals(300, 1 + 7 * seed);
      Ragged<std::uint8_t> bits(300, 1 + 7 * seed);
      const Noise noise(seed, "n", 99);
      noise.uniforms(reals);
      noise.normals(normals);
      noise.bits(bits);
      for (const auto* rows : {&reals, &normals})
        for (const float value : rows->values()) words.push_back(std::bit_cast<std::uint32_t>(value));
      words.insert(words.end(), bits.values().begin(), bits.values().end());
      std::vector<float> row(1 + 11 * seed);
      noise.normals(5, row);
      for (const float value : row) words.push_back(std::bit_cast<std::uint32_t>(value));
    }
    return words;
  };
  EXPECT_EQ(everything(HWY_AVX2), everything(HWY_AVX2 | HWY_AVX3));
}

}  // namespace
}  // namespace tandem
