// What learns and what runs are the same networks: libtorch's loss against slow ones in double.
#include "../../../plugins/trainers/sentence_learner.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "../neural/sentence_shapes.hpp"
#include "../neural/slow_sentence_codec.hpp"

namespace {
using namespace tandem;
using namespace tandem::neural;

constexpr std::size_t words = 7, rows = 6;

std::vector<Token> some_sentences(const SentenceShape& shape) {
  std::vector<float> uniform(words * rows);
  Noise(9, "words", 0).uniforms(0, uniform);
  std::vector<Token> out;
  for (const float u : uniform) out.push_back(first_word + static_cast<Token>(u * static_cast<float>(shape.vocabulary - first_word)));
  return out;
}

/// Gains and noise that depend on nothing but the place.
void gain_and_noise(std::size_t i, float& gain, float& noise) {
  gain = 0.5f + 0.1f * static_cast<float>(i % 7);
  noise = 0.2f * static_cast<float>(static_cast<int>(i % 11) - 5);
}
void channel(std::span<const float> sent, std::size_t, std::span<float> received, std::span<float> slope) {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    float gain, noise;
    gain_and_noise(i, gain, noise);
    received[i] = gain * sent[i] + noise;
    slope[i] = gain;
  }
}

/// What the receiver sees of a sentence through the same channel.
SlowSentenceCodec::Rows received(SlowSentenceCodec::Rows sent, std::size_t row) {
  std::size_t i = row * sent.size() * sent[0].size();
  for (auto& position : sent)
    for (double& value : position) {
      float gain, noise;
      gain_and_noise(i++, gain, noise);
      value = gain * value + noise;
    }
  return sent;
}

double slow_loss(const SentenceShape& shape, std::span<const float> parameters, const std::vector<Token>& sentences) {
  const SlowSentenceCodec codec(shape, parameters);
  double sum = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto sentence = std::span(sentences).subspan(row * words, words);
    std::vector<Token> known{sentence_start}, wanted(sentence.begin(), sentence.end());
    known.insert(known.end(), sentence.begin(), sentence.end());
    wanted.push_back(sentence_end);
    const auto logits = codec.logits(received(codec.encode(sentence), row), known);
    for (std::size_t t = 0; t < wanted.size(); ++t) {
      double total = 0;
      for (const double logit : logits[t]) total += std::exp(logit);
      sum += std::log(total) - logits[t][wanted[t]];
    }
  }
  return sum / static_cast<double>(rows * (words + 1));
}

SentenceLearner::Settings settings_of(const SentenceShape& shape) {
  return {.shape = shape, .adam = {.rate = 3e-3, .warm_up = 0, .steps = 1000}, .device = "cpu", .threads = 1};
}

double loss_of_a_step(SentenceLearner& learner, const std::vector<Token>& sentences) {
  learner.step(sentences, words, channel, 1);
  Running running;
  learner.add_loss(running);
  return running.mean();
}

TEST(SentenceLearner, LearnsWhatRuns) {
  for (const SentenceShape& shape : small_sentence_shapes()) {
    const auto parameters = random_sentence_parameters(shape, 5);
    const auto sentences = some_sentences(shape);
    SentenceLearner learner(settings_of(shape), parameters);
    const double expected = slow_loss(shape, parameters, sentences);
    EXPECT_NEAR(loss_of_a_step(learner, sentences), expected, 2e-5 * expected) << name(shape.family) << shape.width;
  }
}

TEST(SentenceLearner, LearnsAFewSentencesByHeart) {
  for (const SentenceShape& shape : small_sentence_shapes()) {
    const auto sentences = some_sentences(shape);
    SentenceLearner learner(settings_of(shape), random_sentence_parameters(shape, 5));
    const double first = loss_of_a_step(learner, sentences);
    double last = first;
    for (int i = 0; i < 60; ++i) last = loss_of_a_step(learner, sentences);
    EXPECT_LT(last, 0.6 * first) << name(shape.family) << shape.width;
  }
}

TEST(SentenceLearner, GoesOnExactlyWhereItWasSaved) {
  for (const double information : {0.0, 0.0009}) {
    const SentenceShape shape = small_sentence_shapes()[0];
    const auto sentences = some_sentences(shape);
    const auto parameters = random_sentence_parameters(shape, 5);
    auto settings = settings_of(shape);
    settings.mutual_information = information;
    SentenceLearner whole(settings, parameters), begun(settings, parameters), continued(settings, parameters);
    for (int i = 0; i < 3; ++i) loss_of_a_step(whole, sentences), loss_of_a_step(begun, sentences);
    SafetensorsWriter writer;
    begun.save(writer);
    const std::string path = testing::TempDir() + "sentence-learner.safetensors";
    writer.write(path);
    continued.load(Safetensors(path));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(loss_of_a_step(whole, sentences), loss_of_a_step(continued, sentences));
    EXPECT_EQ(whole.average(), continued.average());
  }
}

// A quantizer that learns alone leaves everything else as it was.
TEST(SentenceLearner, TrainsTheQuantizerAlone) {
  const SentenceShape shape = small_sentence_shapes()[3];
  const auto sentences = some_sentences(shape);
  const auto parameters = random_sentence_parameters(shape, 5);
  auto settings = settings_of(shape);
  settings.quantizer_alone = true;
  settings.adam.weight_decay = 0.1;
  SentenceLearner learner(settings, parameters);
  const double first = loss_of_a_step(learner, sentences);
  double last = first;
  for (int i = 0; i < 100; ++i) last = loss_of_a_step(learner, sentences);
  EXPECT_LT(last, 0.8 * first);
  const auto after = learner.average();
  for (const auto& tensor : tensors_of(shape)) {
    const bool same = std::equal(after.begin() + static_cast<std::ptrdiff_t>(tensor.offset), after.begin() + static_cast<std::ptrdiff_t>(tensor.offset + tensor.size()),
                                 parameters.begin() + static_cast<std::ptrdiff_t>(tensor.offset));
    EXPECT_EQ(same, !tensor.name.starts_with("quantizer.")) << tensor.name;
  }
}

}  // namespace
