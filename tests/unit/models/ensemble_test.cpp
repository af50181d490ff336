// The mixture of two models.
#include <gtest/gtest.h>

#include "model_support.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;

const std::string sure_of_a = R"({"table": {"symbols": ["A", "B", "C"], "distributions": {"": {"A": 0.8, "B": 0.15, "C": 0.05}}}})";
const std::string sure_of_b = R"({"table": {"symbols": ["A", "B", "C"], "distributions": {"": {"A": 0.1, "B": 0.7, "C": 0.2}}}})";

std::string fields(const std::string& first, const std::string& second, const std::string& more = "") {
  return R"({"first": )" + first + R"(, "second": )" + second + (more.empty() ? "" : ", " + more) + "}";
}

TEST(Ensemble, IsTheWeightedGeometricMean) {
  const auto model = make<Model>("ensemble", fields(sure_of_a, sure_of_b, R"("weights": [0.6, 0.9], "mix": "static")"));
  const auto session = model->open(2, {});
  const double one[] = {0.8, 0.15, 0.05}, two[] = {0.1, 0.7, 0.2};
  double raw[3], sum = 0;
  for (int i = 0; i < 3; ++i) sum += raw[i] = std::pow(one[i], 0.6) * std::pow(two[i], 0.9);
  for (std::size_t stream = 0; stream < 2; ++stream) {
    const auto mixed = probabilities(*session, stream);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(mixed[i], raw[i] / sum, 1e-6);
  }
}

TEST(Ensemble, APartAloneIsThatPart) {
  const auto model = make<Model>("ensemble", fields(sure_of_a, sure_of_b, R"("weights": [0, 1], "mix": "static")"));
  const auto mixed = probabilities(*model->open(1, {}));
  EXPECT_NEAR(mixed[0], 0.1, 1e-6);
  EXPECT_NEAR(mixed[1], 0.7, 1e-6);
}

TEST(Ensemble, LearnsWhomToTrust) {
  const auto model = make<Model>("ensemble", fields(sure_of_a, sure_of_b, R"("rate": 0.05)"));
  const auto session = model->open(2, {});
  const Token symbols[] = {1, 0};
  const std::uint8_t both[] = {1, 1}, second_only[] = {0, 1};
  for (int i = 0; i < 100; ++i) session->step(symbols, both);
  EXPECT_GT(probabilities(*session, 0)[1], 0.9);  // more weight than one: surer than the part itself
  EXPECT_GT(probabilities(*session, 1)[0], 0.9);
  // What one stream learns, another does not; one that stands still keeps what it has.
  const auto before = probabilities(*session, 0);
  session->step(symbols, second_only);
  EXPECT_EQ(probabilities(*session, 0), before);
  // A copy goes on alike and apart.
  const auto copy = dynamic_cast<const Cloneable&>(*session).clone();
  EXPECT_EQ(probabilities(*copy, 0), before);
  copy->step(symbols, both);
  EXPECT_EQ(probabilities(*session, 0), before);
  session->step(symbols, both);
  EXPECT_EQ(probabilities(*copy, 0), probabilities(*session, 0));
}

TEST(Ensemble, BeatsItsPartsOnText) {
  const std::string ppm = R"({"ppm": {"text": ")" + prime() + R"(", "order": 5}})", weights = R"({"weights": ")" + (source_dir() / "registry/models/lm-bytes.safetensors").string() + "\"}", network = R"({"transformer-lm": )" + weights + "}";
  const std::string newline = R"({"end": 10})";
  const auto mix = bound_model("ensemble", fields(ppm, network), "bytes", newline);
  const auto deep = bound_model("ensemble", fields(ppm, R"({"ensemble": )" + fields(network, ppm) + "}"), "bytes", newline);
  const auto one = bound_model("ppm", text_fields(prime(), R"("order": 5)"), "bytes", newline);
  const auto two = bound_model("transformer-lm", weights, "bytes", newline);
  EXPECT_EQ(mix.model->exactness(), Exactness::portable);
  double sums[4] = {};
  std::ifstream lines(sample());
  for (std::string line; std::getline(lines, line);) {
    const auto frame = tokens_of(*mix.tokenizer, line);
    sums[0] += bits(*mix.model, frame);
    sums[1] += bits(*one.model, frame);
    sums[2] += bits(*two.model, frame);
    sums[3] += bits(*deep.model, frame);
  }
  EXPECT_LT(sums[0], std::min(sums[1], sums[2]));
  EXPECT_LT(sums[3], std::min(sums[1], sums[2]));
}

TEST(Ensemble, RefusesWhatItCannotMix) {
  EXPECT_THROW(make<Model>("ensemble", fields(sure_of_a, sure_of_b, R"("weights": [1])")), FieldError);
  EXPECT_THROW(make<Model>("ensemble", fields(sure_of_a, sure_of_b, R"("weights": [1, -0.5])")), FieldError);
  const auto other = R"({"table": {"symbols": ["A", "B"], "distributions": {"": {"A": 0.5, "B": 0.5}}}})";
  const auto model = make<Model>("ensemble", fields(sure_of_a, other));
  EXPECT_THROW(model->open(1, {}), Error);
}

}  // namespace
