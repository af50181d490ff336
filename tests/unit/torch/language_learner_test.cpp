// What learns and what runs are the same network: libtorch's forward pass against the stepwise kernels.
#include <gtest/gtest.h>

#include <cmath>
#include <tandem/noise.hpp>

#include "../../../plugins/trainers/language_learner.hpp"

namespace {
using namespace tandem;
using namespace tandem::neural;

std::vector<float> random_parameters(const LanguageShape& shape) {
  std::vector<float> out(parameters_of(shape));
  Noise(3, "parameters", 0).normals(0, out);
  for (float& value : out) value *= 0.2f;
  return out;
}

/// Nats a token of the windows of a text, each read from its beginning, by the kernels.
double stepwise(const LanguageModel& model, const std::vector<Token>& text, std::size_t window) {
  double sum = 0, count = 0;
  const std::uint8_t active = 1;
  for (std::size_t first = 0; first + window + 1 <= text.size(); first += window + 1) {
    auto state = model.open(1);
    for (std::size_t t = first; t < first + window; ++t) {
      state.step({&text[t], 1}, {&active, 1});
      const auto logits = state.logits(0);
      double total = 0;
      for (const float logit : logits) total += std::exp(static_cast<double>(logit));
      sum += std::log(total) - static_cast<double>(logits[text[t + 1]]);
      ++count;
    }
  }
  return sum / count;
}

class Families : public ::testing::TestWithParam<LanguageShape> {};

TEST_P(Families, LearnWhatTheyRun) {
  const LanguageShape& shape = GetParam();
  const auto parameters = random_parameters(shape);
  std::vector<Token> text;
  std::vector<std::uint8_t> bits(8 * 200);
  Noise(5, "text", 0).bits(0, bits);
  for (std::size_t i = 0; i < 200; ++i) {
    Token token = 0;
    for (std::size_t b = 0; b < 8; ++b) token = 2 * token + bits[8 * i + b];
    text.push_back(token % static_cast<Token>(shape.vocabulary));
  }
  constexpr std::size_t window = 24;
  LanguageLearner learner({.shape = shape, .adam = {.steps = 10}, .window = window, .dropout = 0, .device = "cpu", .threads = 1}, parameters, text);
  const double expected = stepwise(LanguageModel(shape, parameters), text, window);
  EXPECT_NEAR(learner.judge(text, 1000), expected, 2e-6 * expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, Families,
    ::testing::Values(
        LanguageShape{.family = LanguageFamily::lmic, .vocabulary = 50, .context = 24, .layers = 2, .width = 24, .heads = 3, .key_heads = 3, .hidden = 40},
        LanguageShape{.family = LanguageFamily::gpt2, .vocabulary = 50, .context = 24, .layers = 2, .width = 24, .heads = 3, .key_heads = 3, .hidden = 40},
        LanguageShape{.family = LanguageFamily::llama, .vocabulary = 50, .context = 24, .layers = 2, .width = 24, .heads = 6, .key_heads = 2, .hidden = 40},
        LanguageShape{.family = LanguageFamily::llama, .vocabulary = 50, .context = 24, .layers = 1, .width = 16, .heads = 2, .key_heads = 2, .hidden = 24, .own_head = true},
        LanguageShape{.family = LanguageFamily::lstm, .vocabulary = 50, .context = 24, .layers = 2, .width = 24}),
    [](const auto& info) { return std::string(name(info.param.family)) + std::to_string(info.index); });

}  // namespace
