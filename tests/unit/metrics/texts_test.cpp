// The forms of texts and the edit distance, against tables of Unicode, hand-made cases and the textbook recursion.
#include "texts.hpp"

#include <gtest/gtest.h>

#include <random>

#include "edits.hpp"

namespace {
using namespace tandem::metrics;
using tandem::stray_byte, tandem::take_code_point, tandem::without_accents;

TEST(Texts, WordsAreWhatJointSystemsKeep) {
  EXPECT_EQ(words_of("Mr President, the 27 states' vote -- it's done!"), "mr president the states vote its done");
  EXPECT_EQ(words_of("  ...  "), "");
  EXPECT_EQ(words_of(""), "");
  EXPECT_EQ(words_of("Café Ångström naïve façade Dvořák Wałęsa Nguyễn"),
            "cafe angstrom naive facade dvorak waesa nguyen");
  // The same letters with their accents behind them.
  EXPECT_EQ(words_of("Cafe\u0301 A\u030Angstro\u0308m"), words_of("Café Ångström"));
  EXPECT_EQ(words_of("stra\u00DFe \u03B1\u03B2 ok"), "strae ok");
  EXPECT_EQ(words_of("a\xFF\xC3"
                     "b\xED\xA0\x80"
                     "c"),
            "abc");
}

TEST(Texts, NormalizedKeepsDigitsAndOtherScripts) {
  EXPECT_EQ(normalized("Rule 27(a): Café!"), "rule 27 a cafe");
  EXPECT_EQ(normalized("\u201EGut\u201C \u2013 \u03B1\u03B2, \u4E2D\u6587"), "gut \u03B1\u03B2 \u4E2D\u6587");
  EXPECT_EQ(normalized("\xF0\x9F"), "");
}

// Unicode 14, UnicodeData.txt: letters that have a canonical decomposition, and letters that have none.
TEST(Texts, TakesAccentsOff) {
  for (const auto& [point, letter] : std::vector<std::pair<std::uint32_t, char>>{
           {0xC0, 'A'},  {0xC7, 'C'},   {0xFF, 'y'},   {0x100, 'A'}, {0x131, 0},    {0x141, 0},    {0x178, 'Y'},
           {0x17E, 'z'}, {0x1A0, 'O'},  {0x1B0, 'u'},  {0x1DC, 'u'}, {0x1F0, 'j'},  {0x219, 's'},  {0x21B, 't'},
           {0x233, 'y'}, {0x234, 0},    {0x1E00, 'A'}, {0x1E9E, 0},  {0x1EA1, 'a'}, {0x1EC7, 'e'}, {0x1EF9, 'y'},
           {0x1EFA, 0},  {0x212A, 'K'}, {0x212B, 'A'}, {0xC6, 0},    {0xD0, 0},     {0xD8, 0},     {0xDF, 0}})
    EXPECT_EQ(without_accents(point), letter) << std::hex << point;
}

TEST(Texts, TakesCodePointsAndStrayBytes) {
  const auto all = [](std::string_view text) {
    std::vector<std::uint32_t> out;
    while (!text.empty()) out.push_back(take_code_point(text));
    return out;
  };
  using Points = std::vector<std::uint32_t>;
  EXPECT_EQ(all("a\u00E9\u20AC\U0001F600"), (Points{0x61, 0xE9, 0x20AC, 0x1F600}));
  // Overlong, surrogate, too large, cut short, a byte that only continues.
  const auto stray = [](std::uint32_t byte) { return stray_byte + byte; };
  EXPECT_EQ(all("\xC0\xAF"), (Points{stray(0xC0), stray(0xAF)}));
  EXPECT_EQ(all("\xE0\x80\x80"), (Points{stray(0xE0), stray(0x80), stray(0x80)}));
  EXPECT_EQ(all("\xED\xA0\x80"), (Points{stray(0xED), stray(0xA0), stray(0x80)}));
  EXPECT_EQ(all("\xF4\x90\x80\x80"), (Points{stray(0xF4), stray(0x90), stray(0x80), stray(0x80)}));
  EXPECT_EQ(all("\xE2\x82"), (Points{stray(0xE2), stray(0x82)}));
}

std::uint64_t slow_edits(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  std::vector<std::vector<std::uint64_t>> d(a.size() + 1, std::vector<std::uint64_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j)
      d[i][j] = i == 0   ? j
                : j == 0 ? i
                         : std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
  return d[a.size()][b.size()];
}

TEST(Edits, EqualTheTextbookRecursion) {
  std::mt19937 random(3);
  for (int round = 0; round < 600; ++round) {
    // Around the 64 symbols of a band, and alphabets that make many or few matches.
    const std::uint32_t symbols = round % 3 ? 2 + static_cast<std::uint32_t>(round) % 5 : 60;
    std::vector<std::uint32_t> a(random() % 200), b(random() % 200);
    for (auto& symbol : a) symbol = static_cast<std::uint32_t>(random() % symbols);
    for (auto& symbol : b) symbol = static_cast<std::uint32_t>(random() % symbols);
    if (round % 4 == 0) {
      b = a;
      for (int change = 0; change < 5 && !b.empty(); ++change)
        b.erase(b.begin() + static_cast<std::ptrdiff_t>(random() % b.size()));
    }
    ASSERT_EQ(edits(a, b, symbols), slow_edits(a, b)) << a.size() << ' ' << b.size() << ' ' << round;
  }
}

}  // namespace
