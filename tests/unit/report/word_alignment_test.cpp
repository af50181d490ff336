#include "report/word_alignment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tandem::report {
namespace {

using ::testing::ElementsAre;
using Kind = Piece::Kind;

std::size_t words_in(const std::string& text) {
  return text.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(text, ' '));
}

// The definition of the edit distance, by recursion alone.
std::size_t distance(const std::vector<std::string>& a, std::size_t i, const std::vector<std::string>& b, std::size_t j) {
  if (i == a.size()) return b.size() - j;
  if (j == b.size()) return a.size() - i;
  return std::min({distance(a, i + 1, b, j + 1) + (a[i] != b[j]), distance(a, i + 1, b, j) + 1, distance(a, i, b, j + 1) + 1});
}

TEST(WordAlignment, TellsWrongAddedAndMissingWordsApart) {
  EXPECT_THAT(align_words("the cat sat", "the cat sat"), ElementsAre(Piece{Kind::same, "the cat sat"}));
  EXPECT_THAT(align_words("the cat sat down", "the dog sat down"),
              ElementsAre(Piece{Kind::same, "the"}, Piece{Kind::wrong, "dog"}, Piece{Kind::same, "sat down"}));
  EXPECT_THAT(align_words("a b c d", "a d"), ElementsAre(Piece{Kind::same, "a"}, Piece{Kind::missing, "b c"}, Piece{Kind::same, "d"}));
  EXPECT_THAT(align_words("a d", "a b c d"), ElementsAre(Piece{Kind::same, "a"}, Piece{Kind::added, "b c"}, Piece{Kind::same, "d"}));
  EXPECT_THAT(align_words("a b", ""), ElementsAre(Piece{Kind::missing, "a b"}));
  EXPECT_THAT(align_words("", "x"), ElementsAre(Piece{Kind::added, "x"}));
  EXPECT_THAT(align_words("", ""), ElementsAre());
  EXPECT_THAT(align_words("  a   b ", "a b"), ElementsAre(Piece{Kind::same, "a b"}));
}

TEST(WordAlignment, CostsTheEditDistanceAndHoldsBothTexts) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> words[2];
    std::string texts[2];
    for (int t = 0; t < 2; ++t)
      for (auto left = random() % 7; left > 0; --left) {
        words[t].emplace_back(1, static_cast<char>('a' + random() % 3));
        texts[t] += (texts[t].empty() ? "" : " ") + words[t].back();
      }
    std::size_t cost = 0, sent = 0;
    std::string received;
    for (const Piece& piece : align_words(texts[0], texts[1])) {
      if (piece.kind != Kind::same) cost += words_in(piece.words);
      if (piece.kind != Kind::added) sent += words_in(piece.words);
      if (piece.kind != Kind::missing) received += (received.empty() ? "" : " ") + piece.words;
    }
    EXPECT_EQ(cost, distance(words[0], 0, words[1], 0)) << texts[0] << " / " << texts[1];
    EXPECT_EQ(sent, words[0].size());
    EXPECT_EQ(received, texts[1]);
  }
}

}  // namespace
}  // namespace tandem::report
