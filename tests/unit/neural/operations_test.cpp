// Operations as published tables have them, and as closed forms.
#include <gtest/gtest.h>

#include <tandem/neural/operations.hpp>

#include "sentence_shapes.hpp"

namespace {
using namespace tandem;
using namespace tandem::neural;

// The twelve sentences of the published demo, as GPT-2's tokenizer and as lists of words have them.
constexpr std::size_t demo_tokens[] = {39, 40, 22, 47, 12, 11, 10, 24, 30, 56, 21, 14};
constexpr std::size_t demo_words[] = {36, 31, 20, 40, 8, 9, 7, 23, 25, 50, 18, 12};
constexpr std::size_t demo_blocks[] = {12, 13, 7, 14, 6, 6, 4, 8, 10, 15, 8, 6};

constexpr LanguageShape gpt2{.family = LanguageFamily::gpt2, .vocabulary = 50'257, .context = 1'024, .layers = 12, .width = 768, .heads = 12, .key_heads = 12, .hidden = 3'072};
constexpr CodeTransformerShape ecct{.n = 49, .m = 28};

double demo(const LanguageShape& shape, Counting counting) {
  double sum = 0;
  for (const std::size_t tokens : demo_tokens) sum += operations_of(shape, tokens + 1, counting);
  return sum;
}
double demo(const SentenceShape& shape, Counting counting) {
  double sum = 0;
  for (const std::size_t words : demo_words) sum += operations_of(shape, words, counting);
  return sum;
}

TEST(Operations, OfLmSsccAreThePublishedOnes) {
  EXPECT_EQ(parameters_of(gpt2), 124'439'808u);
  EXPECT_EQ(parameters_of(gpt2) + CodeTransformer::parameters_of(ecct), 124'522'479u);
  EXPECT_NEAR(demo(gpt2, Counting::published), 961.4e9, 0.1e9);
  // Reading the prefix anew 6,215 times at both ends, with all matrices; and every symbol once at both ends. Attention, which the
  // figures of the literature leave out, adds a quarter of a per cent at these lengths.
  EXPECT_NEAR(demo(gpt2, Counting::anew), 3'071e9, 0.005 * 3'071e9);
  EXPECT_NEAR(demo(gpt2, Counting::kept), 167e9, 0.005 * 167e9);
}

TEST(Operations, OfEcctAreThePublishedOnes) {
  constexpr std::size_t pairs = 1'447;
  EXPECT_EQ(operations_of(ecct, pairs, Counting::published), 11'642'554);
  double sum = 0;
  for (const std::size_t blocks : demo_blocks) sum += static_cast<double>(blocks) * operations_of(ecct, pairs, Counting::published);
  EXPECT_NEAR(demo(gpt2, Counting::published) + sum, 962.7e9, 0.1e9);
  EXPECT_NEAR(operations_of(ecct, pairs, Counting::anew) / 2 - 5'683'293, 2.28e6, 0.01e6);
  EXPECT_EQ(operations_of(ecct, pairs, Counting::kept), 2 * (5'683'293 + 6.0 * 1'447 * 2 * 32));
}

TEST(Operations, OfJointCodecsAreThePublishedOnes) {
  EXPECT_NEAR(demo(SentenceShape::deepsc(22'234), Counting::published), 57.1e9, 0.3e9);
  EXPECT_NEAR(demo(SentenceShape::ut(40'988), Counting::published), 11.91e9, 0.01e9);
  // As the page on joint systems has them.
  EXPECT_NEAR(demo(SentenceShape::deepsc(22'234), Counting::anew), 13.9e9, 0.05e9);
  EXPECT_NEAR(demo(SentenceShape::deepsc(22'234), Counting::kept), 2.90e9, 0.01e9);
  EXPECT_NEAR(demo(SentenceShape::ut(40'988), Counting::anew), 93.7e9, 0.05e9);
  EXPECT_NEAR(demo(SentenceShape::ut(40'988), Counting::kept), 11.8e9, 0.05e9);
}

TEST(Operations, OfACodecAreWhatItDoes) {
  const SentenceShape shape = small_sentence_shapes()[0];
  const SentenceCodec codec(shape, random_sentence_parameters(shape, 1));
  Tokens words;
  for (Token& word : words.append(6)) word = first_word;
  const SentenceWork work = codec.work(words);
  EXPECT_EQ(work.positions, 8u);
  EXPECT_EQ(work.encoder_rows, 8u);
  EXPECT_EQ(work.decoder_rows, work.told);
  ASSERT_GE(work.told, 1u);
  EXPECT_LE(work.told, 6u);
  EXPECT_EQ(work.pairs, shape.layers * (8 * 8 + work.told * (work.told + 1) / 2 + work.told * 8));
  const double w = 32, h = 40;
  const double encoder = 8 * (2 * (4 * w * w + 2 * w * h) + w * 20 + 20 * 6 + 6 * w + 2 * w * h + 2 * 2 * w * w);
  const double decoder = static_cast<double>(work.told) * (2 * (6 * w * w + 2 * w * h) + w * 30);
  EXPECT_EQ(operations_of(shape, work), 2 * (encoder + decoder + static_cast<double>(work.pairs) * 2 * w));
}

TEST(Operations, OfAUniversalTransformerAreBoundedByItsHops) {
  for (const SentenceShape& shape : small_sentence_shapes()) {
    if (shape.family != SentenceFamily::ut) continue;
    const SentenceCodec codec(shape, random_sentence_parameters(shape, 1));
    Tokens words;
    for (Token& word : words.append(6)) word = first_word;
    const SentenceWork work = codec.work(words);
    EXPECT_GE(work.encoder_rows, 7u);
    EXPECT_LE(work.encoder_rows, 7 * SentenceShape::hops);
    EXPECT_GE(work.decoder_rows, work.told);
    EXPECT_LE(operations_of(shape, work), operations_of(shape, 6, Counting::kept));
    EXPECT_LT(operations_of(shape, 6, Counting::kept), operations_of(shape, 6, Counting::anew));
  }
}

}  // namespace
