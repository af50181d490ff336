#include <gmock/gmock.h>

#include <tandem/error.hpp>
#include <tandem/neural/sentence_words.hpp>
#include <tandem/text.hpp>

namespace {
using namespace tandem;
using namespace tandem::neural;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(PlainWords, AreLettersAlone) {
  EXPECT_THAT(plain_words("Mr President, I'd like - briefly! - to thank the co-author."),
              ElementsAre("mr", "president", "id", "like", "briefly", "to", "thank", "the", "coauthor"));
  EXPECT_THAT(plain_words("in 2004 the B5-0123 was 3rd"), ElementsAre("in", "the", "was"));
  EXPECT_THAT(plain_words(""), IsEmpty());
  EXPECT_THAT(plain_words(" \t\n ... 12 "), IsEmpty());
}

TEST(PlainWords, LoseTheirAccents) {
  EXPECT_THAT(plain_words("Señor Příbram à Malmö naïve"), ElementsAre("senor", "pribram", "a", "malmo", "naive"));
  EXPECT_THAT(plain_words("don\u2019t \u201Cquote\u201D \u20AC five\u00A0hundred"), ElementsAre("dont", "quote", "five", "hundred"));
  EXPECT_THAT(plain_words("a\u0301 \u0391\u03B1 x\xC3"), ElementsAre("a", "x"));  // combining; Greek; cut off
}

TEST(SentenceWords, AreTheCommonest) {
  const std::vector<std::string> texts{"The the a b b c", "a the d"};
  const auto words = SentenceWords::of(texts, 3);
  EXPECT_EQ(words.lines(), "a\nb\nthe\n");
  EXPECT_EQ(words.vocabulary(), 7u);
  EXPECT_THAT(words.ids("The d, B!"), ElementsAre(6, sentence_unknown, 5));
  EXPECT_EQ(words.text(std::vector<Token>{6, sentence_unknown, 5, 99, 0}), "the b");
  EXPECT_EQ(SentenceWords::of_lines(words.lines()).ids("a b the"), words.ids("a b the"));
  EXPECT_THROW(SentenceWords::of_lines("a\nb\na\n"), Error);
  EXPECT_THROW(SentenceWords::of_lines("a\nB\n"), Error);
  EXPECT_THROW(SentenceWords::of_lines("a\n\nb\n"), Error);
}

TEST(SentenceParts, AreFoundAgainFromTheNumberOfPositions) {
  for (const std::size_t frame : {1u, 2u})
    for (const std::size_t longest : {1u, 2u, 7u, 20u})
      for (std::size_t words = 0; words < 150; ++words) {
        const SentenceParts cut{longest, frame};
        const auto parts = cut.of_words(words);
        std::size_t positions = 0, sum = 0;
        for (const std::size_t part : parts) {
          EXPECT_LE(part, longest);
          sum += part, positions += part + frame;
        }
        EXPECT_EQ(sum, words);
        EXPECT_EQ(cut.of_positions(positions), parts) << words << " words in parts of " << longest;
      }
  EXPECT_THAT(SentenceParts({0, 2}).of_words(500), ElementsAre(500));
  EXPECT_THAT(SentenceParts({0, 2}).of_positions(502), ElementsAre(500));
}

// What noise or padding leaves need not be a number of positions that anything was sent in.
TEST(SentenceParts, NeverTakeMorePositionsThanThereAre) {
  for (const std::size_t frame : {1u, 2u})
    for (const std::size_t longest : {0u, 1u, 7u, 20u})
      for (std::size_t positions = 0; positions < 200; ++positions) {
        std::size_t taken = 0;
        for (const std::size_t part : SentenceParts{longest, frame}.of_positions(positions)) taken += part + frame;
        EXPECT_LE(taken, positions);
        EXPECT_GE(taken + 2 * frame, positions);
      }
}

}  // namespace
