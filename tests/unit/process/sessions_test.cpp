// Executables as language models: sessions that live in a child.
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>
#include <tandem/coder.hpp>
#include <tandem/model.hpp>
#include <thread>

#include "children.hpp"
#include "support/process.hpp"

namespace tandem::test {
namespace {
using ::testing::HasSubstr;

// What child.py predicts.
double probability(std::size_t size, Token symbol, Token last, Token before) {
  const auto weight = [&](Token t) { return 1.0 + static_cast<double>((7 * t + 13 * last + 5 * before) % 101); };
  double total = 0;
  for (Token t = 0; t < size; ++t) total += weight(t);
  return weight(symbol) / total;
}

class ProcessModel : public ::testing::Test {
 protected:
  std::shared_ptr<Model> bound(nlohmann::json fields = nlohmann::json::object(),
                               nlohmann::json others = nlohmann::json::object()) {
    auto model = make<Model>("process-model", child_fields(std::move(fields), std::move(others)));
    model->bind(*tokenizer_);
    return model;
  }
  std::shared_ptr<Tokenizer> tokenizer_ = make<Tokenizer>("bytes");
  Vocabulary vocabulary_ = tokenizer_->vocabulary();
};

TEST_F(ProcessModel, HasTheVocabularyOfItsTokenizerAndKnowsItsSpellings) {
  const TemporaryFolder folder;
  const auto told = folder.path() / "told.json";
  const auto model = bound({{"told", told.string()}});
  EXPECT_EQ(model->vocabulary().size, vocabulary_.size);
  EXPECT_EQ(model->vocabulary().end, vocabulary_.end);
  EXPECT_EQ(model->vocabulary().fingerprint, vocabulary_.fingerprint);
  const auto hello = nlohmann::json::parse(read_file(told));
  EXPECT_EQ(hello["tokenizer"]["size"], vocabulary_.size);
  EXPECT_EQ(hello["tokenizer"]["spellings"].size(), vocabulary_.size);
  EXPECT_EQ(hello["tokenizer"]["spellings"]['a'], "61");
}

TEST_F(ProcessModel, MovesOnlyActiveStreams) {
  const auto model = bound();
  const Token seed[] = {vocabulary_.end};
  const auto session = model->open(2, seed);
  const auto& predicts = dynamic_cast<const Probabilities&>(*session);
  EXPECT_EQ(session->streams(), 2u);
  EXPECT_NEAR(predicts.probabilities(1)['x'], probability(vocabulary_.size, 'x', vocabulary_.end, 0), 1e-12);
  session->step(std::array<Token, 2>{'a', 'b'}, std::array<std::uint8_t, 2>{0, 1});
  session->step(std::array<Token, 2>{'c', 'd'}, std::array<std::uint8_t, 2>{1, 1});
  EXPECT_NEAR(predicts.probabilities(0)['x'], probability(vocabulary_.size, 'x', 'c', vocabulary_.end), 1e-12);
  EXPECT_NEAR(predicts.probabilities(1)['x'], probability(vocabulary_.size, 'x', 'd', 'b'), 1e-12);
  EXPECT_THROW(session->step(std::array<Token, 2>{vocabulary_.size, 'd'}, std::array<std::uint8_t, 2>{1, 1}), Error);
}

TEST_F(ProcessModel, ClonesGoTheirOwnWay) {
  const auto model = bound();
  const Token seed[] = {vocabulary_.end};
  const auto session = model->open(1, seed);
  session->step(std::array<Token, 1>{'a'}, std::array<std::uint8_t, 1>{1});
  const auto copy = dynamic_cast<Cloneable&>(*session).clone();
  session->step(std::array<Token, 1>{'b'}, std::array<std::uint8_t, 1>{1});
  EXPECT_NEAR(dynamic_cast<Probabilities&>(*copy).probabilities(0)['x'],
              probability(vocabulary_.size, 'x', 'a', vocabulary_.end), 1e-12);
  copy->step(std::array<Token, 1>{'c'}, std::array<std::uint8_t, 1>{1});
  EXPECT_NEAR(dynamic_cast<Probabilities&>(*session).probabilities(0)['x'],
              probability(vocabulary_.size, 'x', 'b', 'a'), 1e-12);
  EXPECT_NEAR(dynamic_cast<Probabilities&>(*copy).probabilities(0)['x'], probability(vocabulary_.size, 'x', 'c', 'a'),
              1e-12);
}

TEST_F(ProcessModel, GivesLogitsAndNoClonesWhenItSaysSo) {
  const auto model = bound({{"logits", true}, {"description", {{"predicts", "logits"}, {"clones", false}}}});
  const auto session = model->open(1, {});
  EXPECT_EQ(dynamic_cast<Probabilities*>(session.get()), nullptr);
  EXPECT_EQ(dynamic_cast<Cloneable*>(session.get()), nullptr);
  EXPECT_NEAR(dynamic_cast<Logits&>(*session).logits(0)['x'], std::log(probability(vocabulary_.size, 'x', 0, 0)), 1e-5);
}

TEST_F(ProcessModel, CodesTextAndBack) {
  const auto coder = make<Coder>("arithmetic");
  const auto model = bound({}, {{"processes", 2}});
  coder->bind(*model);
  Tokens tokens;
  for (const std::string_view text : {"hello", "", "a longer line than that"})
    std::ranges::copy(text, tokens.append(text.size()).begin());
  const Coded whole = coder->encode(tokens);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      const Recovered back = coder->decode(whole.bits);
      EXPECT_EQ(back.tokens, tokens);
    });
  for (auto& thread : threads) thread.join();
  for (std::size_t row = 0; row < tokens.rows(); ++row) {
    Tokens one;
    one.append(std::as_const(tokens)[row]);
    EXPECT_TRUE(std::ranges::equal(coder->encode(one).bits.values(), whole.bits[row]));
  }
}

TEST_F(ProcessModel, RefusesAnotherVocabularyThanItsTokenizers) {
  try {
    bound({{"description", {{"size", 50}}}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("predicts 50 tokens"));
  }
}

TEST_F(ProcessModel, SessionsOfAChildThatDiedAreLostButNewOnesOpen) {
  const auto model = bound({{"fault", "exit"}, {"at", 4}});
  const Token seed[] = {vocabulary_.end};
  const auto session = model->open(1, seed);
  const auto step = [](Session& moving) { moving.step(std::array<Token, 1>{'a'}, std::array<std::uint8_t, 1>{1}); };
  step(*session);
  EXPECT_THROW(step(*session), Error);
  try {
    step(*session);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("has ended, and with it what it knew. What happened first: it ended with exit "
                                        "status 3 before it answered \"step\""));
    EXPECT_THAT(error.what(), HasSubstr("out of cheese"));
  }
  const auto fresh = model->open(1, seed);
  step(*fresh);
}

}  // namespace
}  // namespace tandem::test
