#include <gmock/gmock.h>

#include "language_support.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;
using neural::LanguageFamily;
using neural::LanguageShape;
using testing::HasSubstr;

std::vector<LanguageShape> byte_shapes() {
  auto shapes = small_shapes();
  std::vector<LanguageShape> out = {shapes[0], shapes[1], shapes[4], shapes.back()};
  for (auto& shape : out) shape.vocabulary = 257;
  return out;
}
std::string plugin_of(const LanguageShape& shape) {
  return shape.family == LanguageFamily::lstm ? "lstm-lm" : "transformer-lm";
}
Bound trained(const LanguageShape& shape, std::uint64_t seed = 1, const std::string& fingerprint = "") {
  const std::string path = file_of(shape, random_parameters(shape, seed),
                                   {.key = fingerprint.empty() ? "" : "tokenizer", .value = fingerprint});
  return bound_model(plugin_of(shape), weights_fields(path));
}

TEST(TrainedModels, PredictWhatTheirWeightsSay) {
  for (const LanguageShape& shape : byte_shapes()) {
    const auto model = trained(shape).model;
    EXPECT_EQ(model->vocabulary().size, 257u);
    EXPECT_EQ(model->exactness(), Exactness::portable);
    const auto tokens = random_tokens(shape.vocabulary, 90, 2);
    EXPECT_EQ(trace(*model, tokens), trace(neural::LanguageModel(shape, random_parameters(shape, 1)), tokens));
  }
}
TEST(TrainedModels, EveryStreamStandsBehindTheSeed) {
  for (const LanguageShape& shape : byte_shapes()) {
    const auto model = trained(shape).model;
    const std::vector<Token> seed = {256, 7, 9};
    const auto session = model->open(3, seed);
    EXPECT_EQ(session->streams(), 3u);
    for (std::size_t s = 0; s < 3; ++s) EXPECT_EQ(logits(*session, s), trace(*model, seed).back());
    EXPECT_EQ(dynamic_cast<const Logits&>(*session).hidden(1).size(), shape.width);
  }
}
// 128 kB that claim gigabytes.
TEST(TrainedModels, AClaimedSizeIsNotAllocated) {
  SafetensorsWriter file;
  for (const auto& [key, value] : {std::pair{"architecture", "llama"}, {"layers", "1"}, {"context", "8"}, {"heads", "1"}, {"key_heads", "1"}})
    file.metadata(key, value);
  file.add("embedding", {2, 32768}, std::vector<float>(65536), Safetensors::Type::f16);
  file.add("layers.0.feed_forward.gate.weight", {0, 1 << 20}, {});
  const TextFile path("");
  file.write(path.path());
  EXPECT_THAT(refusal("transformer-lm", weights_fields(path.path())), HasSubstr("holds 65536 values, but a model of these sizes has"));
}
// What stands behind the last restart decides alone.
TEST(TrainedModels, AShorterWindowForgetsSooner) {
  for (const LanguageShape& shape : byte_shapes()) {
    if (shape.family == LanguageFamily::lstm) continue;
    const std::string path = file_of(shape, random_parameters(shape, 1), {});
    const auto model = bound_model("transformer-lm", weights_fields(path, R"("window": 4)")).model;
    const auto whole = bound_model("transformer-lm", weights_fields(path)).model;
    const auto tokens = random_tokens(shape.vocabulary, 5, 3);
    const auto shorter = trace(*model, tokens), longer = trace(*whole, tokens);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(shorter[i], longer[i]);
    EXPECT_EQ(shorter[4], trace(*whole, {tokens[2], tokens[3], tokens[4]}).back());
    EXPECT_NE(shorter[4], longer[4]);
  }
}
TEST(TrainedModels, ACloneGoesOnAlone) {
  for (const LanguageShape& shape : byte_shapes()) {
    std::unique_ptr<Session> clone;
    std::vector<float> expected;
    {
      const auto model = trained(shape).model;
      const auto session = open(*model);
      step(*session, 5);
      clone = dynamic_cast<const Cloneable&>(*session).clone();
      step(*session, 6);
      expected = logits(*session);
    }
    step(*clone, 6);
    EXPECT_EQ(logits(*clone), expected);
  }
}
TEST(TrainedModels, CodersGetDistributions) {
  for (const LanguageShape& shape : byte_shapes()) {
    const auto model = trained(shape).model;
    const auto coding = open_distribution(*model, 2);
    EXPECT_EQ(coding->distribution().bits(), 30);
    const auto last = coding->distribution().interval(1, 256);
    EXPECT_EQ(last.cumulative + last.frequency, std::uint32_t{1} << 30);
  }
}

TEST(TrainedModels, TakeTheirTokenizerOnly) {
  const std::string fingerprint = make<Tokenizer>("bytes")->vocabulary().fingerprint;
  for (LanguageShape shape : byte_shapes()) {
    EXPECT_NO_THROW(trained(shape, 1, fingerprint));
    try {
      trained(shape, 1, "words of another text");
      FAIL();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("words of another text"), HasSubstr(fingerprint)));
    }
    shape.vocabulary = 256;
    try {
      trained(shape);
      FAIL();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("256"), HasSubstr("257")));
    }
  }
}
TEST(TrainedModels, RefuseTheFamilyOfAnotherPlugin) {
  for (const LanguageShape& shape : byte_shapes()) {
    const std::string other = plugin_of(shape) == "lstm-lm" ? "transformer-lm" : "lstm-lm";
    EXPECT_THAT(refusal(other, weights_fields(file_of(shape, random_parameters(shape, 1)))),
                HasSubstr(std::string(name(shape.family))));
  }
}
TEST(TrainedModels, RefuseDamagedFiles) {
  for (const LanguageShape& shape : byte_shapes()) {
    const auto parameters = random_parameters(shape, 1);
    for (const Damage& damage : {Damage{.left_out = "embedding"}, Damage{.reshaped = "embedding"},
                                 Damage{.not_finite = "embedding"}, Damage{.added = "embedding.bias"}}) {
      const std::string path = file_of(shape, parameters, damage);
      EXPECT_THAT(refusal(plugin_of(shape), weights_fields(path)),
                  testing::AllOf(HasSubstr("embedding"), HasSubstr(path)));
    }
  }
}
TEST(TrainedModels, RefuseTokensBeyondTheVocabulary) {
  const auto model = trained(byte_shapes()[0]).model;
  const auto session = open(*model);
  EXPECT_THROW(step(*session, 257), Error);
  EXPECT_THROW(model->open(1, std::vector<Token>{300}), Error);
}

}  // namespace
