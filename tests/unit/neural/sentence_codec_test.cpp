#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <tandem/error.hpp>
#include <tandem/neural/sentence_codec.hpp>

#include "../sdk/targets.hpp"
#include "sentence_shapes.hpp"
#include "slow_sentence_codec.hpp"
#include "support/process.hpp"

namespace {
using namespace tandem;
using namespace tandem::neural;
using namespace tandem::test;
using testing::HasSubstr;

/// Sentences of 0 to 9 words and one longer than the rows that go through the network together.
Tokens sentences(const SentenceShape& shape) {
  Tokens out;
  std::vector<float> uniform(200);
  Noise(9, "words", 0).uniforms(0, uniform);
  std::size_t next = 0;
  for (const std::size_t length : {3u, 0u, 9u, 1u, 70u, 5u}) {
    for (Token& word : out.append(length))
      word = first_word + static_cast<Token>(uniform[next++ % uniform.size()] * static_cast<float>(shape.vocabulary - first_word));
  }
  return out;
}

std::string label(const SentenceShape& shape) { return std::string(name(shape.family)) + " of width " + std::to_string(shape.width); }

SlowSentenceCodec::Rows rows_of(std::span<const float> features, std::size_t values) {
  SlowSentenceCodec::Rows out;
  for (std::size_t i = 0; i < features.size(); i += values) out.emplace_back(features.begin() + static_cast<std::ptrdiff_t>(i), features.begin() + static_cast<std::ptrdiff_t>(i + values));
  return out;
}

TEST(SentenceCodec, HasTheParametersOfThePublishedNetworks) {
  EXPECT_EQ(parameters_of(SentenceShape::deepsc(22'234)), 10'582'762u);
  EXPECT_EQ(parameters_of(SentenceShape::deepsc(5)) - 5 * 385, 2'022'672u);
  for (const std::size_t vocabulary : {5u, 6'000u, 40'988u}) {
    SentenceShape shape = SentenceShape::ut(vocabulary);
    EXPECT_EQ(parameters_of(shape), 2'253'234u + 385 * vocabulary);
    shape.unused_layer = true;
    EXPECT_EQ(parameters_of(shape), 2'649'394u + 385 * vocabulary);
    SentenceShape quantized = shape;
    quantized.quantizer = 30;
    EXPECT_EQ(parameters_of(quantized), parameters_of(shape) + 1'006);
  }
}

TEST(SentenceCodec, AgreesWithASlowOneInDouble) {
  for (const SentenceShape& shape : small_sentence_shapes()) {
    SCOPED_TRACE(label(shape));
    const auto parameters = random_sentence_parameters(shape, 1);
    const SentenceCodec codec(shape, parameters);
    const SlowSentenceCodec slow(shape, parameters);
    const Tokens words = sentences(shape);
    const Features features = codec.encode(words);
    ASSERT_EQ(features.rows(), words.rows());
    for (std::size_t row = 0; row < words.rows(); ++row) {
      const auto expected = slow.encode(words[row]);
      ASSERT_EQ(features.row_length(row), (words.row_length(row) + shape.frame()) * shape.values());
      for (std::size_t i = 0; i < features.row_length(row); ++i)
        ASSERT_NEAR(features[row][i], expected[i / shape.values()][i % shape.values()], 1e-3) << "sentence " << row << ", value " << i;
    }
    // What arrives is what was sent, and noise: random networks say something else to each.
    Features received = features;
    Noise(4, "noise", 0).normals(received);
    for (std::size_t i = 0; i < received.size(); ++i) received.values()[i] = features.values()[i] + 0.3f * received.values()[i];
    const Tokens back = codec.decode(received);
    std::size_t told = 0;
    for (std::size_t row = 0; row < words.rows(); ++row) {
      const auto expected = slow.decode(rows_of(received[row], shape.values()));
      EXPECT_EQ(std::vector<Token>(back[row].begin(), back[row].end()), expected) << "sentence " << row;
      told += expected.size();
    }
    EXPECT_GT(told, 10u);
  }
}

TEST(SentenceCodec, GivesTheSameBitsInAnyBatchAndOnAnyVectorLength) {
  for (const SentenceShape& shape : small_sentence_shapes()) {
    SCOPED_TRACE(label(shape));
    const SentenceCodec codec(shape, random_sentence_parameters(shape, 2));
    const Tokens words = sentences(shape);
    const Features together = codec.encode(words);
    const Tokens decoded = codec.decode(together);
    for (std::size_t row = 0; row < words.rows(); ++row) {
      Tokens one;
      one.append(words[row]);
      Features alone = codec.encode(one);
      EXPECT_TRUE(std::ranges::equal(alone[0], together[row])) << "sentence " << row;
      EXPECT_TRUE(std::ranges::equal(codec.decode(alone)[0], decoded[row])) << "sentence " << row;
    }
    if (!has_avx512()) continue;
    const OnTarget narrow(HWY_AVX2);
    EXPECT_TRUE(codec.encode(words) == together);
    EXPECT_TRUE(codec.decode(together) == decoded);
  }
}

TEST(SentenceCodec, IsWrittenAndReadBack) {
  const TemporaryFolder folder;
  for (const SentenceShape& shape : small_sentence_shapes()) {
    SCOPED_TRACE(label(shape));
    const auto parameters = random_sentence_parameters(shape, 3);
    SafetensorsWriter writer;
    describe(shape, writer);
    for (const auto& tensor : tensors_of(shape)) writer.add(tensor.name, tensor.shape, std::span(parameters).subspan(tensor.offset, tensor.size()));
    const std::string path = (folder.path() / "weights.safetensors").string();
    writer.write(path);
    const SentenceCodec read = SentenceCodec::load(Safetensors(path));
    EXPECT_TRUE(read.encode(sentences(shape)) == SentenceCodec(shape, parameters).encode(sentences(shape)));
  }
}

TEST(SentenceCodec, ReadsWeightsInBytesToHalfAStep) {
  const TemporaryFolder folder;
  for (const SentenceShape& shape : small_sentence_shapes()) {
    SCOPED_TRACE(label(shape));
    const auto parameters = random_sentence_parameters(shape, 3);
    SafetensorsWriter writer;
    describe(shape, writer);
    for (const auto& tensor : tensors_of(shape)) {
      const auto values = std::span(parameters).subspan(tensor.offset, tensor.size());
      if (tensor.shape.size() == 2)
        add_in_bytes(writer, tensor, values);
      else
        writer.add(tensor.name, tensor.shape, values);
    }
    const std::string path = (folder.path() / "weights.safetensors").string();
    writer.write(path);
    const Safetensors file(path);
    for (const auto& tensor : tensors_of(shape)) {
      const auto values = sentence_values(file, tensor);
      float most = 0;
      for (std::size_t i = 0; i < values.size(); ++i) most = std::max(most, std::abs(parameters[tensor.offset + i]));
      for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], parameters[tensor.offset + i], most / 127 * 0.501f) << tensor.name;
    }
    EXPECT_EQ(SentenceCodec::load(file).encode(sentences(shape)).size(), SentenceCodec(shape, parameters).encode(sentences(shape)).size());
  }
}

/// What a file of a small ut with one fault says.
std::string fault_of(const std::function<void(SafetensorsWriter&, LanguageTensor&, std::vector<float>&, bool&)>& change,
                     const std::function<void(SafetensorsWriter&)>& notes = {}) {
  const TemporaryFolder folder;
  const SentenceShape shape = small_sentence_shapes()[3];
  const auto parameters = random_sentence_parameters(shape, 3);
  SafetensorsWriter writer;
  describe(shape, writer);
  if (notes) notes(writer);
  for (LanguageTensor tensor : tensors_of(shape)) {
    std::vector<float> values(parameters.begin() + static_cast<std::ptrdiff_t>(tensor.offset), parameters.begin() + static_cast<std::ptrdiff_t>(tensor.offset + tensor.size()));
    bool kept = true;
    if (change) change(writer, tensor, values, kept);
    if (kept) writer.add(tensor.name, tensor.shape, values);
  }
  const std::string path = (folder.path() / "weights.safetensors").string();
  writer.write(path);
  try {
    SentenceCodec::load(Safetensors(path));
    return "none";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(path));
    return error.what();
  }
}

TEST(SentenceCodec, RefusesHostileWeights) {
  const auto note = [](const char* key, const char* value) {
    return fault_of({}, [=](SafetensorsWriter& writer) { writer.metadata(key, value); });
  };
  EXPECT_EQ(fault_of({}), "none");
  EXPECT_THAT(note("architecture", "ecct"), HasSubstr("no sentence codec"));
  for (const char* layers : {"x", "", "-1", "99999999999999999999"}) EXPECT_THAT(note("layers", layers), HasSubstr("is no size"));
  EXPECT_THAT(note("layers", "0"), HasSubstr("no size of 0"));
  EXPECT_THAT(note("layers", "1024"), HasSubstr("but a codec of these sizes has"));
  EXPECT_THAT(note("layers", "1025"), HasSubstr("1024 layers"));
  EXPECT_THAT(note("heads", "5"), HasSubstr("heads divide"));
  EXPECT_THAT(note("heads", "0"), HasSubstr("no size of 0"));
  EXPECT_THAT(fault_of([](auto&, auto& tensor, auto&, bool& kept) { kept = tensor.name != "head.bias"; }), HasSubstr("holds"));
  EXPECT_THAT(fault_of([](auto&, auto& tensor, auto&, bool&) {
                if (tensor.name == "decoder.norm.weight") tensor.name = "decoder.norm.wait";
              }),
              HasSubstr("decoder.norm.weight"));
  EXPECT_THAT(fault_of([](auto&, auto& tensor, auto&, bool&) {
                if (tensor.name == "receiver.1.weight") std::swap(tensor.shape[0], tensor.shape[1]);
              }),
              HasSubstr("receiver.1.weight"));
  // In bytes, but with a scale of another length, or without any.
  for (const std::size_t length : {std::size_t{0}, std::size_t{3}})
    EXPECT_THAT(fault_of([=](SafetensorsWriter& writer, auto& tensor, auto& values, bool& kept) {
                  if (tensor.name != "head.weight") return;
                  std::ranges::fill(values, 1.0f);
                  writer.add(tensor.name, tensor.shape, values, Safetensors::Type::i8);
                  if (length > 0) writer.add("head.weight.scale", {length}, std::vector<float>(length, 1.0f));
                  kept = false;
                }),
                HasSubstr("head.weight.scale"));
}

// Whatever a channel made of the values: words come out, the same on every machine and beside any others.
TEST(SentenceCodec, ReadsAnything) {
  for (const SentenceShape& shape : small_sentence_shapes()) {
    SCOPED_TRACE(label(shape));
    const SentenceCodec codec(shape, random_sentence_parameters(shape, 2));
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> odd = {0.0f, -0.0f, 1e30f, -1e30f, 3e38f, infinity, -infinity, std::nanf(""), 1e-45f};
    Features features;
    for (std::size_t row = 0; row < odd.size() + 1; ++row) {
      const auto values = features.append(6 * shape.values() + row % 3);  // a part of a position may follow
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = row < odd.size() ? odd[row] : odd[i % odd.size()];
    }
    const Tokens together = codec.decode(features);
    ASSERT_EQ(together.rows(), features.rows());
    for (std::size_t row = 0; row < features.rows(); ++row) {
      EXPECT_LE(together.row_length(row), 6 - shape.frame());
      Features one;
      one.append(std::as_const(features)[row]);
      EXPECT_TRUE(std::ranges::equal(codec.decode(one)[0], together[row])) << row;
    }
    if (!has_avx512()) continue;
    const OnTarget narrow(HWY_AVX2);
    EXPECT_TRUE(codec.decode(features) == together);
  }
}

TEST(SentenceCodec, RefusesWhatDoesNotFit) {
  const SentenceShape shape = small_sentence_shapes()[0];
  const auto parameters = random_sentence_parameters(shape, 1);
  const SentenceCodec codec(shape, parameters);
  Tokens words;
  words.append(1)[0] = static_cast<Token>(shape.vocabulary);
  EXPECT_THAT([&] { codec.encode(words); }, testing::ThrowsMessage<Error>(HasSubstr("not in the vocabulary")));
  Features features(1, shape.values());
  EXPECT_THAT([&] { codec.decode(features); }, testing::ThrowsMessage<Error>(HasSubstr("fewer positions")));
  EXPECT_THROW(SentenceCodec(shape, std::span(parameters).first(7)), Error);
  SentenceShape odd = shape;
  odd.heads = 5;
  EXPECT_THROW(parameters_of(odd), Error);
  odd = shape, odd.quantizer = 30;
  EXPECT_THROW(parameters_of(odd), Error);
}

}  // namespace
