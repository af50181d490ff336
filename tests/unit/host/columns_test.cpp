#include "host/columns.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <tandem/error.hpp>

namespace tandem::host {
namespace {

std::vector<std::uint64_t> bits(const std::vector<double>& values) {
  std::vector<std::uint64_t> out;
  for (const double value : values) out.push_back(std::bit_cast<std::uint64_t>(value));
  return out;
}

void expect_exact(const std::vector<double>& values) {
  EXPECT_EQ(bits(decode_column(encode_column(values), values.size())), bits(values));
}

std::vector<double> generate(std::size_t count, const std::function<double()>& next) {
  std::vector<double> out(count);
  for (double& value : out) value = next();
  return out;
}

TEST(Columns, EveryValueComesBackWithTheSameBits) {
  const double infinity = std::numeric_limits<double>::infinity();
  expect_exact({});
  for (const double value :
       {0.0, -0.0, 1.0, -17.0, 0.1, 1e300, -0x1p61, 0x1p61, 0x1p62, 5e-324, infinity, -infinity, std::nan("7")}) {
    expect_exact({value});
    expect_exact({value, value, value});
    expect_exact({value, 0.0});
    expect_exact({1.0, value, 1.0, 1.0});
  }
  expect_exact({0.0, -0.0, 0.0});
  expect_exact({-0x1p61, 0x1p61, 0x1p61, 0x1p61});
  expect_exact({-0x1p61, 0x1p61, 0.0, 1.0, 0x1p53 + 2});
  expect_exact({0x1p80, 1, 2});
}

TEST(Columns, EveryWidthAndLengthComesBack) {
  std::mt19937_64 random(1);
  for (const std::size_t count : {1u, 2u, 3u, 7u, 8u, 9u, 64u, 1000u})
    for (int width = 0; width <= 61; ++width)
      for (const double offset : {0.0, -3.0, 1e15}) {
        const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
        const double span = width > 52 ? 0 : offset;  // sums beyond 2^53 would be rounded before they are encoded
        expect_exact(generate(count, [&] { return static_cast<double>(random() & mask) + span; }));
      }
  for (const double share : {0.001, 0.1, 0.5, 0.9}) {
    std::bernoulli_distribution event(share);
    expect_exact(generate(5000, [&] { return event(random) ? -static_cast<double>(random() % 50) : 4.0; }));
    expect_exact(
        generate(5000, [&] { return event(random) ? std::ldexp(static_cast<double>(random() >> 11), -60) : 4.0; }));
  }
}

TEST(Columns, TheSmallestFormIsChosen) {
  EXPECT_EQ(encode_column(std::vector<double>(100'000, 0.1)).size(), 9u);
  std::vector<double> values(100'000, 0.0);
  values[7] = 3, values[70'000] = 1;
  // The form, the common value, gaps of 7 (one byte) and 69,992 (three), two values.
  EXPECT_EQ(encode_column(values).size(), 1u + 1 + (1 + 1) + (3 + 1));
  std::mt19937_64 random(2);
  const auto coins = generate(80'000, [&] { return static_cast<double>(random() & 1); });
  EXPECT_LT(encode_column(coins).size(), 10'100u);  // a bit a value, and a head
  EXPECT_GE(encode_column(coins).size(), 10'000u);
}

TEST(Columns, DamagedBytesAreAnErrorOrValues) {
  std::mt19937_64 random(3);
  const auto attempt = [](const Column& column, std::uint64_t frames) {
    try {
      EXPECT_EQ(decode_column(column, frames).size(), frames);
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    Column column(random() % 40);
    for (auto& byte : column) byte = static_cast<std::uint8_t>(random());
    if (!column.empty()) column[0] = static_cast<std::uint8_t>(random() % 5);
    refused += !attempt(column, random() % 100);
  }
  EXPECT_GT(refused, 10'000);
  const std::vector<Column> good = {
      encode_column(generate(300, [&] { return static_cast<double>(random() % 200); })),
      encode_column(generate(300, [&] { return random() % 20 ? 0.0 : static_cast<double>(random() % 9); })),
      encode_column(generate(300, [&] { return std::ldexp(static_cast<double>(random() >> 11), -53); })),
      encode_column(std::vector<double>(300, 2.5))};
  for (const auto& column : good) {
    for (std::size_t cut = 0; cut < column.size(); ++cut)
      attempt(Column(column.begin(), column.begin() + static_cast<std::ptrdiff_t>(cut)), 300);
    for (int i = 0; i < 3000; ++i) {
      Column changed = column;
      changed[random() % changed.size()] ^= static_cast<std::uint8_t>(1 << random() % 8);
      attempt(changed, 300);
    }
  }
  EXPECT_FALSE(attempt({}, 1));
  EXPECT_FALSE(attempt({0, 0, 0, 0, 0, 0, 0, 0, 0}, 0));
  EXPECT_FALSE(attempt({0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 5));  // more than a constant
  EXPECT_FALSE(attempt({1, 0, 5, 2}, 5));                    // the gap ends behind the last frame
  EXPECT_TRUE(attempt({1, 0, 4, 2}, 5));
  EXPECT_FALSE(attempt(good[0], 299));
  EXPECT_FALSE(attempt(good[0], 301));
  EXPECT_FALSE(attempt(good[2], 299));
}

// A column cannot make more than its frames: this one says 512 MiB of zeros and fits in 20 kB.
TEST(Columns, ASmallColumnThatUnfoldsToALotIsRefused) {
  const Column large = encode_column([] {
    std::vector<double> values(1 << 22, 0.0);
    for (std::size_t i = 0; i < values.size(); i += 2) values[i] = 0.5;
    return values;
  }());
  EXPECT_LT(large.size(), 100'000u);
  EXPECT_THROW(decode_column(large, 10), Error);
}

// LDPC(49,24), 10^7 frames with an error in one of a thousand, in units as they grow: the values of the metrics ber,
// bler, frame and decoder and the flag of the engine, of which those that vary are six.
TEST(Columns, TenMillionFramesTakeLessThanTwoMegabytes) {
  std::mt19937_64 random(4);
  std::geometric_distribution<int> size(0.15), iterations(0.75);
  std::bernoulli_distribution failed(1e-3), undetected(0.05);
  constexpr std::uint64_t frames = 10'000'000;
  std::size_t rare = 0, all = 0;
  std::uint64_t first = 0;
  for (int j = 0; first < frames; ++j) {
    const std::size_t count = std::min(frames - first, std::uint64_t{16} << std::min(j / 4, 12));
    first += count;
    std::vector<double> code_errors(count, 0.0), information_errors(count, 0.0), wrong(count, 0.0),
        text_wrong(count, 0.0), silent(count, 0.0), steps(count);
    for (std::size_t i = 0; i < count; ++i) {
      steps[i] = std::min(50, 1 + iterations(random));
      if (!failed(random)) continue;
      code_errors[i] = 1 + size(random);
      information_errors[i] = std::floor(code_errors[i] / 2);
      wrong[i] = 1;
      text_wrong[i] = information_errors[i] > 0;
      silent[i] = undetected(random);
      steps[i] = silent[i] != 0 ? 5 : 50;
    }
    for (const auto* column : {&code_errors, &information_errors, &wrong, &text_wrong, &silent, &wrong})
      rare += encode_column(*column).size();
    for (const double constant : {24.0, 49.0, 1.0}) rare += encode_column(std::vector<double>(count, constant)).size();
    all += encode_column(steps).size();
    if (j % 50 == 0) expect_exact(steps), expect_exact(code_errors);
  }
  all += rare;
  RecordProperty("bytes_of_rare_events", static_cast<int>(rare));
  RecordProperty("bytes_with_iterations", static_cast<int>(all));
  EXPECT_LT(rare, 250'000u);
  EXPECT_LT(all, 2'000'000u);
}

}  // namespace
}  // namespace tandem::host
