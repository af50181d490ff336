// A model that learns the text first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tandem/coder.hpp>
#include <tandem/decoding.hpp>
#include <tandem/tokenizer.hpp>

#include "support/support.hpp"

namespace tandem::test {
namespace {

// Verse of a kind that its author has read, in letters that it has not: much to learn, quickly.
std::string strange_text(std::size_t size) {
  std::string out;
  for (int line = 0; out.size() < size; ++line) out += "[[" + std::to_string(line % 7) + "]] QZKW xx//yy QZKW <" + std::to_string(line * line % 97) + ">; ";
  out.resize(size);
  return out;
}

Tokens tokens_of(const std::string& text) {
  Tokens out;
  std::ranges::copy(text, out.append(text.size()).begin());
  return out;
}

class MemorisingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    tokenizer_ = make<Tokenizer>("bytes", R"({"end": 10})");
    model_ = make<Model>("transformer-lm", R"({"weights": ")" + (source_dir() / "registry/models/lm-bytes.safetensors").string() + "\"}");
    model_->bind(*tokenizer_);
  }
  std::shared_ptr<Coder> coder(const char* name, const std::string& fields) {
    auto made = make<Coder>(name, fields);
    made->bind(*model_);
    return made;
  }
  std::shared_ptr<Tokenizer> tokenizer_;
  std::shared_ptr<Model> model_;
};

TEST_F(MemorisingTest, PaysForItsAdapterWhereThereIsMuchToLearn) {
  const auto rows = tokens_of(strange_text(6'000));
  const auto plain = coder("arithmetic", R"({"chunk": 1024})")->encode(rows);
  for (const char* rank : {"0", "1"}) {
    const auto memorising = coder("memorising", std::string(R"({"coder": {"arithmetic": {"chunk": 1024}}, "passes": 6, "batch": 2, "rate": 0.01, "rank": )") + rank + "}");
    const auto coded = memorising->encode(rows);
    EXPECT_GT(coded.side_bits[0], 1'000u);
    EXPECT_LT(coded.bits.size(), plain.bits.size() * 8 / 10);
    const auto back = memorising->decode(coded.bits);
    EXPECT_TRUE(back.tokens == rows);
    EXPECT_EQ(back.clean[0], 1);
  }
}

TEST_F(MemorisingTest, GoesWithoutWhereThereIsNot) {
  const auto rows = tokens_of("The debate is closed.");
  const auto memorising = coder("memorising", R"({"coder": "arithmetic"})");
  const auto coded = memorising->encode(rows);
  EXPECT_EQ(coded.side_bits[0], 32u);
  EXPECT_EQ(coded.bits.size(), coder("arithmetic", "{}")->encode(rows).bits.size() + 32);
  EXPECT_TRUE(memorising->decode(coded.bits).tokens == rows);
}

// An adapter of anything is an adapter or none; the decoder ends and gives no row for good that is not whole. What makes a row
// certain is the check of a container, not of a coder.
TEST_F(MemorisingTest, DamagedAdaptersEnd) {
  const auto rows = tokens_of(strange_text(2'500));
  const auto memorising = coder("memorising", R"({"coder": {"arithmetic": {"chunk": 1024, "max_tokens": 5000}}, "passes": 6, "batch": 2, "rate": 0.02, "rank": 0})");
  const auto coded = memorising->encode(rows);
  ASSERT_GT(coded.side_bits[0], 32u);
  for (const std::size_t bit : {0u, 20u, 31u, 40u, 46u, 47u, 700u, 3'000u}) {
    Bits bits;
    const auto row = bits.append(coded.bits[0].size());
    std::ranges::copy(coded.bits[0], row.begin());
    row[bit] ^= 1;
    const auto back = memorising->decode(bits);
    EXPECT_FALSE(back.clean[0] && back.tokens == rows) << bit;
  }
  Bits cut;
  cut.append(coded.bits[0].first(17));
  EXPECT_EQ(memorising->decode(cut).clean[0], 0);
}

// Nothing is sent of a training that goes astray.
TEST_F(MemorisingTest, SurvivesATrainingThatGoesAstray) {
  const auto rows = tokens_of(strange_text(1'500));
  const auto memorising = coder("memorising", R"({"coder": {"arithmetic": {"chunk": 1024}}, "rate": 1, "passes": 20, "batch": 1, "rank": 1})");
  const auto coded = memorising->encode(rows);
  EXPECT_EQ(coded.side_bits[0], 32u);
  EXPECT_TRUE(memorising->decode(coded.bits).tokens == rows);
}

TEST_F(MemorisingTest, DecodesEverywhere) {
  const auto memorising = coder("memorising", R"({"coder": "arithmetic"})");
  EXPECT_EQ(memorising->exactness(), Exactness::build);
  EXPECT_EQ(dynamic_cast<const ExactDecoding&>(*memorising).decoding(), Exactness::portable);
  const auto words = make<Model>("markov", "{}");
  words->bind(*tokenizer_);
  EXPECT_THAT([&] { make<Coder>("memorising", R"({"coder": "arithmetic"})")->bind(*words); }, ::testing::ThrowsMessage<Error>(::testing::HasSubstr("network")));
}

}  // namespace
}  // namespace tandem::test
