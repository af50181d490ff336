// A model of lines over texts of many lines.
#include <gtest/gtest.h>

#include "model_support.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;

const std::string lines = R"("tokenizer": {"bytes": {"end": 10}})";

TEST(Continuous, PredictsWhatTheModelOfLinesDoes) {
  const auto outside = bound_model("continuous", R"({"model": {"markov": {"text": ")" + prime() + R"(", "order": 2}}, )" + lines + "}");
  const auto inside = bound_model("markov", text_fields(prime(), R"("order": 2)"), "bytes", R"({"end": 10})");
  const auto text = tokens_of(*outside.tokenizer, "The line\nends here.");
  const auto outer = open(*outside.model);
  const auto inner = open_distribution(*inside.model, 1);
  const std::uint8_t active[] = {1};
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto values = probabilities(*outer);
    ASSERT_EQ(values.size(), 257u);
    EXPECT_EQ(values[256], 0x1p-20);
    for (const Token token : {Token{'e'}, Token{' '}, Token{10}}) {
      const auto interval = inner->distribution().interval(0, token);
      EXPECT_NEAR(values[token], std::ldexp(interval.frequency, -inner->distribution().bits()), 2e-6);
    }
    outer->step({&text[i], 1}, active);
    inner->step({&text[i], 1}, active);
  }
  EXPECT_THROW(outer->step({&text.back(), 1}, active), Error);
}

TEST(Continuous, WantsBytesOutsideAndLinesInside) {
  const std::string markov = R"({"model": {"markov": {"text": ")" + prime() + R"("}}, )";
  EXPECT_THROW(make<Model>("continuous", markov + R"("tokenizer": {"bytes": {}}})"), Error);
  EXPECT_THROW(bound_model("continuous", markov + lines + "}", "bytes", R"({"end": 10})"), Error);
}

}  // namespace
