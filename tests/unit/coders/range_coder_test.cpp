#include "../../../plugins/coders/range_coder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <tandem/model.hpp>

#include "models.hpp"

namespace {
using namespace tandem;
using coders::PackedBits;
using coders::RangeDecoder;
using coders::RangeEncoder;

struct Symbol {
  std::uint32_t cumulative, frequency;
  int total_bits;
};

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string out;
  for (const auto byte : bytes)
    for (const int nibble : {byte >> 4, byte & 15}) out += "0123456789abcdef"[nibble];
  return out;
}

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = ~0u;
  for (const auto byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
  }
  return ~crc;
}

RangeEncoder encoder_of(const std::vector<Symbol>& symbols) {
  RangeEncoder encoder;
  for (const auto& s : symbols) encoder.encode(s.cumulative, s.frequency, s.total_bits);
  return encoder;
}
std::string text(const PackedBits& bits) {
  std::vector<std::uint8_t> out(bits.size);
  bits.unpack(out);
  return test::text_of(out);
}
bool decodes(const std::string& bits, const std::vector<Symbol>& symbols) {
  std::vector<std::uint8_t> packed;
  coders::pack(test::bits_of(bits)[0], packed);
  RangeDecoder decoder(packed);
  for (const auto& s : symbols) {
    const auto target = decoder.target(s.total_bits);
    if (target < s.cumulative || target - s.cumulative >= s.frequency) return false;
    decoder.consume(s.cumulative, s.frequency);
  }
  return true;
}

// The interval [low, low + range) as a whole number of any length: one addition over all bytes, no carry logic.
class SlowEncoder {
 public:
  void encode(const Symbol& s) {
    const std::uint64_t r = range_ >> s.total_bits;
    add(r * s.cumulative);
    range_ = r * s.frequency;
    for (; range_ < std::uint64_t{1} << 56; range_ <<= 8) digits_.push_back(0);
  }
  std::vector<std::uint8_t> finish() {
    for (std::size_t bytes = 0;; ++bytes) {
      SlowEncoder rounded = *this;
      std::uint64_t tail = 0;
      for (std::size_t i = bytes; i < 8; ++i) tail = tail << 8 | digits_[digits_.size() - 8 + i];
      const std::uint64_t up = bytes == 8
                                   ? 0
                                   : ((std::uint64_t{0} - tail) &
                                      (bytes == 0 ? ~std::uint64_t{0} : (std::uint64_t{1} << (64 - 8 * bytes)) - 1));
      if (up >= range_) continue;
      rounded.add(up);
      rounded.digits_.resize(digits_.size() - 8 + bytes);
      return rounded.digits_;
    }
  }
  int longest_carry = 0;

 private:
  void add(std::uint64_t value) {
    unsigned carry = 0;
    int run = 0;
    for (std::size_t i = digits_.size(); i-- > 0;) {
      const bool sent = i + 8 < digits_.size();
      const unsigned sum = digits_[i] + static_cast<unsigned>(value & 0xFF) + carry;
      run = sent && carry && digits_[i] == 0xFF ? run + 1 : 0;
      longest_carry = std::max(longest_carry, run);
      digits_[i] = static_cast<std::uint8_t>(sum);
      carry = sum >> 8;
      value >>= 8;
    }
  }
  std::vector<std::uint8_t> digits_ = std::vector<std::uint8_t>(8, 0);
  std::uint64_t range_ = ~std::uint64_t{0};
};

// P(A), P(I), P(X) at each step of the published example; what it codes is A, I, X, I.
constexpr std::array<std::array<double, 3>, 4> aixi = {{{.45, .3, .25}, {.2, .6, .2}, {.2, .45, .35}, {.6, .2, .2}}};
constexpr std::array<Token, 4> aixi_message = {0, 1, 2, 1};

std::vector<Symbol> aixi_symbols(int total_bits) {
  std::vector<Symbol> out;
  for (std::size_t step = 0; step < 4; ++step) {
    std::array<std::uint32_t, 3> f{};
    round_distribution(aixi[step], total_bits, f);
    const std::array<std::uint32_t, 3> cumulative = {0, f[0], f[0] + f[1]};
    out.push_back({cumulative[aixi_message[step]], f[aixi_message[step]], total_bits});
  }
  return out;
}

TEST(RangeCoder, RoundsTheExampleAsPublished) {
  const std::array<std::array<std::uint32_t, 3>, 4> rows = {
      {{29492, 19660, 16384}, {13107, 39322, 13107}, {13107, 29492, 22937}, {39322, 13107, 13107}}};
  std::array<std::uint32_t, 3> f{};
  for (std::size_t step = 0; step < 4; ++step) {
    round_distribution(aixi[step], 16, f);
    EXPECT_EQ(f, rows[step]);
  }
  round_distribution(aixi[0], 30, f);
  EXPECT_EQ(f, (std::array<std::uint32_t, 3>{483183821, 322122547, 268435456}));
}

TEST(RangeCoder, CodesTheExample) {
  for (const int total_bits : {16, 24, 30}) {
    const auto symbols = aixi_symbols(total_bits);
    EXPECT_EQ(hex(encoder_of(symbols).finish_bytes()), "53");
    EXPECT_EQ(text(encoder_of(symbols).finish_bits()), "0101010");
    EXPECT_TRUE(decodes("0101010", symbols));
    EXPECT_TRUE(decodes("0101010111111111111111111111111111111111111111111111111111111111111111111111111", symbols));
    // One bit less names a point of the interval, but not with everything behind it.
    EXPECT_TRUE(decodes("010101", symbols));
    EXPECT_FALSE(decodes("010101" + std::string(80, '1'), symbols));
  }
}

TEST(RangeCoder, CodesTheTernaryVector) {
  std::array<std::uint32_t, 3> f{};
  round_distribution(std::array{.9, .09, .01}, 30, f);
  ASSERT_EQ(f, (std::array<std::uint32_t, 3>{966367641, 96636764, 10737419}));
  const std::array<std::uint32_t, 3> cumulative = {0, f[0], f[0] + f[1]};
  std::vector<Symbol> symbols;
  double ideal = 0;
  std::uint64_t x = 12345;
  for (int i = 0; i < 1000; ++i) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    const std::uint64_t u = (x >> 33) % 100;
    const std::size_t s = u < 90 ? 0 : u < 99 ? 1 : 2;
    symbols.push_back({cumulative[s], f[s], 30});
    ideal -= std::log2(f[s] * 0x1p-30);
  }
  EXPECT_NEAR(ideal, 489.32, 0.005);
  const auto bytes = encoder_of(symbols).finish_bytes();
  EXPECT_EQ(bytes.size(), 61u);
  EXPECT_EQ(hex(bytes).substr(0, 16), "6f5ee7f0bf345c31");
  EXPECT_EQ(hex(bytes).substr(114), "9b5e45a6");
  EXPECT_EQ(crc32(bytes), 0x3e9050eau);
}

TEST(RangeCoder, CodesTheLongRunOfOnes) {
  const Symbol last = {255 * 256, 256, 16};
  std::vector<Symbol> symbols(20, last);
  SlowEncoder slow;
  for (const auto& s : symbols) slow.encode(s);
  EXPECT_EQ(hex(encoder_of(symbols).finish_bytes()), hex(slow.finish()));
  symbols.push_back(last);
  EXPECT_EQ(hex(encoder_of(symbols).finish_bytes()), "fffffffffffeffffffffffffffffffffffffffffff01");
}

TEST(RangeCoder, CodesNothingInNoBits) {
  EXPECT_EQ(RangeEncoder().finish_bits().size, 0u);
  EXPECT_TRUE(RangeEncoder().finish_bytes().empty());
  EXPECT_EQ(encoder_of(std::vector<Symbol>(1000, {0, 1u << 30, 30})).finish_bits().size, 0u);
  // The upper half: one bit, although the coder's range ends a little below 1.
  EXPECT_EQ(text(encoder_of({{1u << 29, 1u << 29, 30}}).finish_bits()), "1");
}

// Symbols around a point whose digits are 0x80 0 0 0 ..., then one above it: the bytes that left before are 7F FF FF
// ...
std::vector<Symbol> straddle(test::Random& random, std::span<const std::uint8_t> point) {
  RangeDecoder walk(point);
  std::vector<Symbol> symbols;
  const auto steps = 1 + random.below(12);
  for (std::uint64_t i = 0;; ++i) {
    const int total_bits = static_cast<int>(1 + random.below(30));
    const std::uint32_t total = 1u << total_bits, target = walk.target(total_bits);
    if (i >= steps) {
      if (target + 1 == total) continue;
      symbols.push_back({target + 1, static_cast<std::uint32_t>(1 + random.below(total - target - 1)), total_bits});
      return symbols;
    }
    const auto cumulative = static_cast<std::uint32_t>(target - random.below(std::min(target, 3u) + 1));
    const auto frequency =
        static_cast<std::uint32_t>(target - cumulative + 1 + random.below(std::min(total - target, 4u)));
    if (cumulative == 0 && frequency == total) continue;
    symbols.push_back({cumulative, frequency, total_bits});
    walk.consume(cumulative, frequency);
  }
}

TEST(RangeCoder, CarriesThroughBytesThatHaveLeft) {
  test::Random random(1);
  const std::vector<std::uint8_t> points[] = {{0x80}, {0x12, 0x34, 0x56, 0x78, 0x9A}, {0, 0, 0, 0, 1}};
  std::array<int, 4> carries{};
  for (int trial = 0; trial < 30'000; ++trial) {
    auto symbols = straddle(random, points[trial % 3]);
    SlowEncoder slow;
    for (const auto& s : symbols) slow.encode(s);
    for (int i = 0; i < 3; ++i) {
      symbols.push_back({static_cast<std::uint32_t>(random.below(65536)), 1, 16});
      slow.encode(symbols.back());
    }
    ++carries[static_cast<std::size_t>(std::min(slow.longest_carry, 3))];
    const auto bytes = encoder_of(symbols).finish_bytes();
    ASSERT_EQ(hex(bytes), hex(slow.finish())) << trial;
    const auto bits = text(encoder_of(symbols).finish_bits());
    ASSERT_TRUE(decodes(bits, symbols));
    ASSERT_TRUE(decodes(bits + std::string(100, '1'), symbols));
  }
  EXPECT_GT(carries[3], 1000);
}

// Distributions of few symbols, coded a few times: the ending is compared with all shorter strings near it.
TEST(RangeCoder, EndsAsShortAsAnyContinuationAllows) {
  test::Random random(2);
  const std::string zeros(160, '0'), ones(160, '1');
  for (int trial = 0; trial < 10'000; ++trial) {
    std::vector<Symbol> symbols;
    for (auto count = 1 + random.below(12); count-- > 0;) {
      const int total_bits = static_cast<int>(1 + random.below(random.below(4) ? 4 : 30));
      const std::uint32_t total = 1u << total_bits;
      // Edges of the interval matter most: symbols at the bottom and at the top are frequent here. None is certain.
      const auto cumulative = static_cast<std::uint32_t>(random.below(3) ? random.below(total) : 0);
      const auto rest = total - cumulative;
      symbols.push_back(
          {cumulative, static_cast<std::uint32_t>(random.below(2) ? rest : 1 + random.below(rest)), total_bits});
      if (symbols.back().frequency == total) --symbols.back().frequency;
    }
    const auto bits = text(encoder_of(symbols).finish_bits());
    const auto good = [&](const std::string& prefix) {
      for (std::size_t i = 0; i <= 100; ++i)
        for (const char digit : {'0', '1'})
          if (!decodes(prefix + std::string(i, digit) + (digit == '0' ? ones : zeros), symbols)) return false;
      return true;
    };
    ASSERT_TRUE(good(bits)) << trial;
    for (int i = 0; i < 20; ++i) {
      std::string behind;
      for (int j = 0; j < 100; ++j) behind += static_cast<char>('0' + random.below(2));
      ASSERT_TRUE(decodes(bits + behind, symbols)) << trial;
    }
    if (bits.empty()) continue;
    // What decodes is one interval around these bits, so a shorter string in it begins like them or like a neighbour.
    const std::string shorter = bits.substr(0, bits.size() - 1);
    for (const int change : {-1, 0, 1}) {
      std::string other = shorter;
      for (std::size_t i = other.size(); change != 0 && i-- > 0;) {
        const bool flips_on = (other[i] == '1') == (change > 0);
        other[i] = other[i] == '1' ? '0' : '1';
        if (!flips_on) break;
      }
      ASSERT_FALSE(good(other)) << trial << ' ' << bits << ' ' << other;
    }
  }
}

TEST(RangeCoder, TenMillionSymbolsComeBack) {
  constexpr std::size_t count = 10'000'000;
  test::Random random(3);
  RangeEncoder encoder;
  const auto symbol = [](test::Random& source) {
    const std::uint64_t draw = source.next();
    const int total_bits = static_cast<int>(1 + (draw & 0xFF) % 30);
    const std::uint32_t total = 1u << total_bits;
    const auto cumulative = static_cast<std::uint32_t>((draw >> 8) % total);
    const auto frequency = static_cast<std::uint32_t>(1 + (draw >> 40) % (total - cumulative));
    return Symbol{cumulative, frequency, total_bits};
  };
  for (std::size_t i = 0; i < count; ++i) {
    const auto s = symbol(random);
    encoder.encode(s.cumulative, s.frequency, s.total_bits);
  }
  const auto bytes = encoder.finish_bytes();
  RangeDecoder decoder(bytes);
  test::Random again(3);
  for (std::size_t i = 0; i < count; ++i) {
    const auto s = symbol(again);
    const auto target = decoder.target(s.total_bits);
    ASSERT_TRUE(target >= s.cumulative && target - s.cumulative < s.frequency) << i;
    decoder.consume(s.cumulative, s.frequency);
  }
}

TEST(RangeCoder, CostsHardlyMoreThanTheCodeLength) {
  for (const int total_bits : {24, 30}) {
    test::Random random(4);
    std::vector<double> p(256);
    double sum = 0;
    for (auto& value : p) sum += value = std::pow(random.real(), 6);
    for (auto& value : p) value /= sum;
    std::vector<std::uint32_t> f(256), cumulative(257, 0);
    round_distribution(p, total_bits, f);
    for (std::size_t i = 0; i < 256; ++i) cumulative[i + 1] = cumulative[i] + f[i];
    ASSERT_EQ(cumulative[256], 1u << total_bits);
    RangeEncoder encoder;
    double ideal = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      const auto target = static_cast<std::uint32_t>(random.below(std::uint64_t{1} << total_bits));
      const auto s = static_cast<std::size_t>(std::upper_bound(cumulative.begin(), cumulative.end(), target) -
                                              cumulative.begin() - 1);
      encoder.encode(cumulative[s], f[s], total_bits);
      ideal += total_bits - std::log2(f[s]);
    }
    const auto size = static_cast<double>(encoder.finish_bytes().size());
    EXPECT_LE(size, ideal / 8 * 1.00001 + 8);
    EXPECT_GE(size, std::floor(ideal / 8));
  }
}

TEST(RangeCoder, TakesAnyBytes) {
  test::Random random(5);
  for (int trial = 0; trial < 2'000; ++trial) {
    std::vector<std::uint8_t> bytes(random.below(40));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(3) ? 0xFF : random.below(256));
    RangeDecoder decoder(bytes);
    for (int i = 0; i < 200; ++i) {
      const int total_bits = static_cast<int>(1 + random.below(30));
      const std::uint32_t target = decoder.target(total_bits);
      ASSERT_LT(target, 1u << total_bits);
      decoder.consume(target, 1);
    }
  }
}
}  // namespace
