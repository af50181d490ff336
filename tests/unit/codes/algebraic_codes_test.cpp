// Codes that are computed, against published matrices, generators and weight distributions.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <tandem/code.hpp>
#include <tandem/noise.hpp>

#include "support/support.hpp"

namespace {
using namespace tandem;
using test::make;

std::shared_ptr<Code> bch(std::size_t n, std::size_t k, const std::string& more = "") {
  return make<Code>("bch", "{\"n\": " + std::to_string(n) + ", \"k\": " + std::to_string(k) + more + "}");
}
std::shared_ptr<Code> polar(std::size_t n, std::size_t k, const std::string& more = "") {
  return make<Code>("polar", "{\"n\": " + std::to_string(n) + ", \"k\": " + std::to_string(k) + more + "}");
}

// A file of zeros and ones, row for row.
SparseMatrix dense(const std::filesystem::path& path) {
  std::istringstream in(test::read_file(path));
  std::vector<std::vector<std::uint32_t>> rows;
  std::size_t columns = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream entries(line);
    std::uint32_t column = 0;
    double entry;
    std::vector<std::uint32_t> row;
    for (; entries >> entry; ++column)
      if (entry == 1) row.push_back(column);
    if (column == 0) continue;
    columns = column;
    rows.push_back(row);
  }
  return SparseMatrix(columns, rows);
}

// Not optimised with its callers: of a constant size g++ 12 warns of overflows that are not there.
[[gnu::noipa]] Bits random_bits(std::size_t rows, std::size_t length, std::uint64_t seed) {
  Bits bits(rows, length);
  Noise(seed, "information", 0).bits(bits);
  return bits;
}

void expect_systematic(const Code& code) {
  const Bits information = random_bits(50, code.k(), 1), codewords = code.encode(information);
  ASSERT_EQ(code.information_positions().size(), code.k());
  for (std::size_t row = 0; row < 50; ++row) {
    ASSERT_TRUE(code.checks()->satisfied(codewords[row]));
    for (std::size_t i = 0; i < code.k(); ++i)
      ASSERT_EQ(codewords[row][code.information_positions()[i]], information[row][i]);
  }
}

// Pairs of tokens that may attend to each other: bits of one check, a check and its bits, each to itself.
std::size_t attended(const SparseMatrix& checks) {
  std::set<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t r = 0; r < checks.rows(); ++r)
    for (const auto a : checks.row(r))
      for (const auto b : checks.row(r))
        if (a != b) pairs.emplace(a, b);
  return pairs.size() + 2 * checks.ones() + checks.rows() + checks.columns();
}

struct BchCode final {
  std::size_t n, k;
  std::uint64_t generator;  ///< highest coefficient first
  std::size_t cyclic_ones, cyclic_attended, standard_ones, standard_attended;
};
const BchCode bch_codes[] = {{31, 16, 0107657, 120, 826, 140, 816},
                             {63, 36, 01033500423, 486, 3930, 522, 3384},
                             {63, 45, 01701317, 432, 4191, 368, 3483},
                             {63, 51, 012471, 336, 4143, 340, 3929}};

TEST(Bch, EqualsThePublishedMatrices) {
  for (const auto& code : bch_codes) {
    const std::string file = "codes/ecct/BCH_N" + std::to_string(code.n) + "_K" + std::to_string(code.k) + ".txt";
    SCOPED_TRACE(file);
    TANDEM_REQUIRE_DATA(path, file);
    EXPECT_EQ(*bch(code.n, code.k)->checks(), dense(path));
  }
}

TEST(Bch, CodewordsAreMultiplesOfThePublishedGenerator) {
  for (const auto& [n, k, generator, a, b, c, d] : bch_codes) {
    const auto code = bch(n, k);
    expect_systematic(*code);
    const Bits codewords = code->encode(random_bits(200, k, 3));
    for (std::size_t row = 0; row < 200; ++row) {
      std::uint64_t polynomial = 0;
      for (std::size_t i = 0; i < n; ++i) polynomial |= std::uint64_t{codewords[row][i]} << i;
      for (std::size_t i = n; i-- > n - k;)
        if ((polynomial >> i) & 1) polynomial ^= generator << (i - (n - k));
      ASSERT_EQ(polynomial, 0u);
    }
    for (std::size_t i = 0; i < k; ++i) ASSERT_EQ(code->information_positions()[i], n - k + i);
  }
}

TEST(Bch, StandardChecksAreAnIdentityAndParity) {
  for (const auto& expected : bch_codes) {
    const std::size_t n = expected.n, k = expected.k;
    const auto cyclic = bch(n, k), standard = bch(n, k, R"(, "checks": "standard")");
    EXPECT_EQ(cyclic->checks()->ones(), expected.cyclic_ones);
    EXPECT_EQ(attended(*cyclic->checks()), expected.cyclic_attended);
    EXPECT_EQ(standard->checks()->ones(), expected.standard_ones);
    EXPECT_EQ(attended(*standard->checks()), expected.standard_attended);
    for (std::uint32_t r = 0; r < n - k; ++r) {
      const auto column = standard->checks()->column(r);
      EXPECT_TRUE(std::ranges::equal(column, std::array{r}));
    }
    const Bits information = random_bits(20, k, 5);
    EXPECT_EQ(cyclic->encode(information), standard->encode(information));
    expect_systematic(*standard);
  }
}

// All codewords; the counts are published.
TEST(Bch, WeightDistribution) {
  Bits information(65536, 16);
  for (std::size_t row = 0; row < 65536; ++row)
    for (std::size_t i = 0; i < 16; ++i) information[row][i] = static_cast<std::uint8_t>((row >> i) & 1);
  const Bits codewords = bch(31, 16)->encode(information);
  std::map<int, int> count;
  for (std::size_t row = 0; row < 65536; ++row)
    ++count[std::accumulate(codewords[row].begin(), codewords[row].end(), 0)];
  const std::map<int, int> expected = {{0, 1},      {7, 155},   {8, 465},   {11, 5208}, {12, 8680}, {15, 18259},
                                       {16, 18259}, {19, 8680}, {20, 5208}, {23, 465},  {24, 155},  {31, 1}};
  EXPECT_EQ(count, expected);
}

// The sizes of Lin and Costello's table of narrow-sense codes, and the repetition code at its end.
TEST(Bch, EverySizeOfTheTablesAndNoOther) {
  const std::map<std::size_t, std::set<std::size_t>> sizes = {
      {7, {4, 1}},
      {15, {11, 7, 5, 1}},
      {31, {26, 21, 16, 11, 6, 1}},
      {63, {57, 51, 45, 39, 36, 30, 24, 18, 16, 10, 7, 1}},
      {127, {120, 113, 106, 99, 92, 85, 78, 71, 64, 57, 50, 43, 36, 29, 22, 15, 8, 1}},
      {255, {247, 239, 231, 223, 215, 207, 199, 191, 187, 179, 171, 163, 155, 147, 139, 131, 123,
             115, 107, 99,  91,  87,  79,  71,  63,  55,  47,  45,  37,  29,  21,  13,  9,   1}}};
  for (const auto& [n, known] : sizes)
    for (std::size_t k = 1; k < n; ++k) {
      if (known.contains(k)) {
        EXPECT_EQ(bch(n, k)->k(), k);
        continue;
      }
      try {
        bch(n, k);
        ADD_FAILURE() << n << " " << k;
      } catch (const FieldError& error) {
        EXPECT_EQ(error.field(), "k");
      }
    }
  for (const auto& [n, k] :
       {std::pair{511u, 502u}, {511u, 493u}, {511u, 259u}, {1023u, 1013u}, {1023u, 1003u}, {1023u, 513u}})
    expect_systematic(*bch(n, k));
  EXPECT_THROW(bch(64, 45), FieldError);
}

const std::pair<std::size_t, std::size_t> polar_codes[] = {{64, 32}, {64, 48}, {128, 64}, {128, 86}, {128, 96}};

TEST(Polar, EqualsThePublishedMatrices) {
  for (const auto& [n, k] : polar_codes) {
    const std::string file = "codes/ecct/POLAR_N" + std::to_string(n) + "_K" + std::to_string(k) + ".txt";
    SCOPED_TRACE(file);
    TANDEM_REQUIRE_DATA(path, file);
    EXPECT_EQ(*polar(n, k)->checks(), dense(path));
  }
}

// u F for the n-th Kronecker power of [[1, 0], [1, 1]].
std::vector<std::uint8_t> transformed(std::vector<std::uint8_t> u) {
  const std::size_t n = u.size();
  if (n == 1) return u;
  std::vector<std::uint8_t> first(u.begin(), u.begin() + static_cast<std::ptrdiff_t>(n / 2)),
      second(u.begin() + static_cast<std::ptrdiff_t>(n / 2), u.end());
  for (std::size_t i = 0; i < n / 2; ++i) first[i] ^= second[i];
  first = transformed(first);
  second = transformed(second);
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

TEST(Polar, EncodesByTheTransform) {
  const auto plain = polar(8, 4, R"(, "frozen": [2, 0, 4, 1], "systematic": false)");
  const auto systematic = polar(8, 4, R"(, "frozen": [2, 0, 4, 1])");
  EXPECT_TRUE(plain->information_positions().empty());
  EXPECT_EQ(plain->k(), 4u);
  EXPECT_TRUE(std::ranges::equal(systematic->information_positions(), std::array{3u, 5u, 6u, 7u}));
  expect_systematic(*systematic);
  const Bits information = random_bits(30, 4, 2);
  const Bits codewords = plain->encode(information);
  for (std::size_t row = 0; row < 30; ++row) {
    const auto u = information[row];
    EXPECT_TRUE(std::ranges::equal(codewords[row], transformed({0, 0, 0, u[0], 0, u[1], u[2], u[3]})));
    EXPECT_TRUE(plain->checks()->satisfied(codewords[row]));
  }
}

TEST(Polar, FrozenInputsOfEveryCodewordAreZero) {
  for (const auto& [n, k] : polar_codes) {
    const auto code = polar(n, k);
    expect_systematic(*code);
    const Bits codewords = code->encode(random_bits(50, k, 4));
    for (std::size_t row = 0; row < 50; ++row) {
      auto u = transformed({codewords[row].begin(), codewords[row].end()});
      for (const auto position : code->information_positions()) u[position] = 0;
      ASSERT_EQ(std::ranges::count(u, 0), static_cast<std::ptrdiff_t>(n));
    }
  }
}

TEST(Polar, BhattacharyyaParametersOfAnErasureChannel) {
  // exp(-Es/N0) = 1/2: Arikan's example of length 8, and the recursion in its textbook form.
  const std::string half = R"(, "frozen": "bhattacharyya", "design_snr": -1.5917453770964)";
  EXPECT_TRUE(std::ranges::equal(polar(8, 4, half)->information_positions(), std::array{3u, 5u, 6u, 7u}));
  std::vector<long double> z = {0.5L};
  while (z.size() < 64) {
    std::vector<long double> next;
    for (const long double x : z) next.insert(next.end(), {2 * x - x * x, x * x});
    z = next;
  }
  for (const std::size_t k : {1u, 7u, 30u, 32u, 50u, 63u}) {
    std::vector<std::uint32_t> best(64);
    std::iota(best.begin(), best.end(), 0u);
    std::ranges::sort(best, {}, [&](auto i) { return z[i]; });
    best.resize(k);
    std::ranges::sort(best);
    const auto code = polar(64, k, half);
    EXPECT_TRUE(std::ranges::equal(code->information_positions(), best)) << k;
  }
}

// An input whose bits cover those of a good one is better still, whatever the channel.
TEST(Polar, FrozenSetsKeepTheOrderOfAllChannels) {
  for (const char* snr : {"-20", "-3", "0", "3", "20"})
    for (const std::size_t k : {3u, 100u, 512u, 900u, 1023u}) {
      const auto code = polar(1024, k, std::string(R"(, "design_snr": )") + snr);
      std::vector<std::uint8_t> free(1024, 0);
      for (const auto i : code->information_positions()) free[i] = 1;
      for (std::uint32_t i = 0; i < 1024; ++i)
        for (std::uint32_t bit = 1; bit < 1024; bit *= 2) ASSERT_LE(free[i], free[i | bit]) << snr << " " << k;
    }
  expect_systematic(*polar(4096, 2048));
}

TEST(Polar, RefusesWhatIsNoCode) {
  EXPECT_THROW(polar(48, 24), FieldError);
  EXPECT_THROW(polar(64, 64), FieldError);
  for (const char* frozen : {"[0, 1, 2]", "[0, 1, 2, 2]", "[0, 1, 2, 8]", "[0, 1, 2, -1]", "[0, 1, 2, 0.5]", "\"best\"",
                             "null", "[]", "{}", "[[0]]"}) {
    try {
      polar(8, 4, std::string(R"(, "frozen": )") + frozen);
      ADD_FAILURE() << frozen << " was accepted";
    } catch (const FieldError& error) {
      EXPECT_EQ(error.field(), "frozen") << frozen;
    }
  }
}

TEST(CcsdsLdpc, EqualsThePublishedMatrix) {
  TANDEM_REQUIRE_DATA(path, "codes/aff3ct/CCSDS_64_128.alist");
  const auto published = make<Code>("parity-check", "{\"matrix\": \"" + path.string() + "\"}");
  EXPECT_EQ(*make<Code>("ccsds-ldpc")->checks(), *published->checks());
}

// The generator that the standard prints beside the checks: the first row of each circulant, 4 by 4 of them.
TEST(CcsdsLdpc, EncodesAsThePublishedGenerator) {
  const std::map<std::size_t, std::array<std::string, 4>> generators = {
      {128, {"0E69166BEF4C0BC2", "7766137EBB248418", "C480FEB9CD53A713", "4EAA22FA465EEA11"}},
      {256,
       {"73F5E8390220CE5136ED68E9F39EB162", "BAC812C0BCD243794786D9285A09095C", "7DF83F76A5FF4C388E6C0D4E025EB712",
        "BAA37B3260CB31C5D0F66A31FAF511BC"}},
      {512,
       {"1D21794A22761FAE59945014257E130D74D60540037940142DADEB9CA25EF12E",
        "60E0B6623C5CE5124D2C81ECC7F469AB20678DBFB7523ECE2B54B906A9DBE98C",
        "F6739BCF54273E77167BDA120C6C47744C071EFF5E32A7593138670C095C39B5",
        "28706BD0453002582DAB85F05B9201D08DFDEE2D9D84CA88B371FAE63A4EB07E"}}};
  for (const auto& [n, table] : generators) {
    const auto code = make<Code>("ccsds-ldpc", "{\"n\": " + std::to_string(n) + "}");
    const std::size_t k = n / 2, size = n / 8;
    ASSERT_EQ(code->n(), n);
    ASSERT_EQ(code->k(), k);
    EXPECT_EQ(code->checks()->ones(), 4 * n);
    expect_systematic(*code);
    Bits units(k, k);
    for (std::size_t i = 0; i < k; ++i)
      for (std::size_t j = 0; j < k; ++j) units[i][j] = i == j;
    const Bits codewords = code->encode(units);
    for (std::size_t i = 0; i < k; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        bool expected = i == j;
        if (j >= k) {
          const std::size_t b = (j - k) / size, column = ((j - k) % size + size - i % size) % size + b * size;
          const int digit = std::stoi(table[i / size].substr(column / 4, 1), nullptr, 16);
          expected = (digit >> (3 - column % 4)) & 1;
        }
        ASSERT_EQ(codewords[i][j], expected) << n << " " << i << " " << j;
      }
  }
  EXPECT_THROW(make<Code>("ccsds-ldpc", R"({"n": 192})"), FieldError);
}

}  // namespace
