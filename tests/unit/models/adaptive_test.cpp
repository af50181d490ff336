// A model that goes on learning.
#include <gtest/gtest.h>

#include "model_support.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;

const std::string sure_of_a = R"({"table": {"symbols": ["A", "B", "C"], "distributions": {"": {"A": 0.8, "B": 0.15, "C": 0.05}}}})";
std::string fields(const std::string& model, const std::string& rates) { return R"({"model": )" + model + ", " + rates + "}"; }
const std::string network = R"({"transformer-lm": {"weights": ")" + (source_dir() / "registry/models/lm-bytes.safetensors").string() + "\"}}";

void feed(Session& session, const std::vector<Token>& tokens) {
  const std::uint8_t active[] = {1};
  for (const Token& token : tokens) session.step({&token, 1}, active);
}
double bits_of(Session& session, const std::vector<Token>& tokens) {
  double out = 0;
  for (const Token token : tokens) {
    out -= std::log2(probabilities(session)[token]);
    feed(session, {token});
  }
  return out;
}

TEST(Adaptive, WithoutRatesIsTheModelItself) {
  const auto session = make<Model>("adaptive", fields(sure_of_a, R"("bias": 0, "scale": 0, "head": 0)"))->open(1, {});
  feed(*session, {1, 2, 1, 1});
  EXPECT_NEAR(probabilities(*session)[0], 0.8, 1e-6);
  EXPECT_NEAR(probabilities(*session)[2], 0.05, 1e-6);
}

// One step down the slope of -ln p: b += rate (1[symbol] - p), then the logarithms are ln p + b.
TEST(Adaptive, ABiasMovesByTheError) {
  const auto session = make<Model>("adaptive", fields(sure_of_a, R"("bias": 0.5, "scale": 0, "head": 0)"))->open(1, {});
  feed(*session, {1});
  const double p[] = {0.8, 0.15, 0.05};
  double raw[3], sum = 0;
  for (int i = 0; i < 3; ++i) sum += raw[i] = p[i] * std::exp(0.5 * ((i == 1) - p[i]));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(probabilities(*session)[i], raw[i] / sum, 1e-6);
}

// Three symbols that take turns: a model that is sure of one of them learns to be less sure.
TEST(Adaptive, AScaleLearnsHowFarToTrust) {
  const auto session = make<Model>("adaptive", fields(sure_of_a, R"("bias": 0, "scale": 0.05, "head": 0)"))->open(1, {});
  for (int i = 0; i < 400; ++i) feed(*session, {static_cast<Token>(i % 3)});
  for (const double p : probabilities(*session)) EXPECT_NEAR(p, 1.0 / 3, 0.12);
}

TEST(Adaptive, EachStreamLearnsForItself) {
  const auto session = make<Model>("adaptive", fields(sure_of_a, R"("bias": 0.3)"))->open(2, {});
  const Token symbols[] = {1, 2};
  const std::uint8_t both[] = {1, 1}, second_only[] = {0, 1};
  for (int i = 0; i < 50; ++i) session->step(symbols, both);
  EXPECT_GT(probabilities(*session, 0)[1], 0.8);
  EXPECT_GT(probabilities(*session, 1)[2], 0.8);
  const auto before = probabilities(*session, 0);
  session->step(symbols, second_only);
  EXPECT_EQ(probabilities(*session, 0), before);
  const auto copy = dynamic_cast<const Cloneable&>(*session).clone();
  copy->step(symbols, both);
  EXPECT_EQ(probabilities(*session, 0), before);
  session->step(symbols, both);
  EXPECT_EQ(probabilities(*copy, 0), probabilities(*session, 0));
}

// A network meets a text of another kind again and again: what it was taught shows, and most of it is the head's.
TEST(Adaptive, ANetworksHeadLearnsAForeignText) {
  const std::string newline = R"({"end": 10})", text = "#define QUARTZ(x) ((x) >> 7 & 0x1F) // JINX?? #define WALTZ(x) ((x) >> 9 & 0x3C) // FJORD??";
  const auto bits = [&](const std::string& rates) {
    const auto model = bound_model("adaptive", fields(network, rates), "bytes", newline);
    const auto session = model.model->open(1, std::vector<Token>{10});
    const auto tokens = tokens_of(*model.tokenizer, text);
    for (int i = 0; i < 10; ++i) feed(*session, tokens), feed(*session, {10});
    return bits_of(*session, tokens);
  };
  const double none = bits(R"("bias": 0, "scale": 0, "head": 0)"), bias = bits(R"("bias": 0.02, "scale": 0.002, "head": 0)"), all = bits("\"bias\": 0.02");
  EXPECT_LT(bias, 0.95 * none);
  EXPECT_LT(all, 0.8 * bias);
}

TEST(Adaptive, LearnsFromItsSeed) {
  const auto model = make<Model>("adaptive", fields(sure_of_a, R"("bias": 0.3)"));
  const std::vector<Token> seed = {0, 2, 2, 2};
  const auto session = model->open(1, std::vector<Token>{0});
  feed(*session, {2, 2, 2});
  EXPECT_EQ(probabilities(*model->open(1, seed)), probabilities(*session));
}

}  // namespace
