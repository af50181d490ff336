#include <algorithm>
#include <array>
#include <cmath>
#include <tandem/error.hpp>
#include <tandem/neural/sentence_codec.hpp>
#include <utility>

#include "tensor_list.hpp"

namespace tandem::neural {
namespace {

constexpr std::size_t most_values = 4096;

void attention(TensorList& list, const std::string& name, std::size_t width) {
  for (const char* part : {".query", ".key", ".value", ".output"}) list.matrix(name + part, width, width);
  list.norm(name + "_norm", width);
}

void layer(TensorList& list, const std::string& name, const SentenceShape& s, bool decoder) {
  attention(list, name + "attention", s.width);
  if (decoder) attention(list, name + "memory", s.width);
  list.matrix(name + "feed_forward.0", s.width, s.hidden);
  list.matrix(name + "feed_forward.1", s.hidden, s.width);
  list.norm(name + "feed_forward_norm", s.width);
}

void check(const SentenceShape& s) {
  const auto require = [](bool fine, const char* what) {
    if (!fine) throw Error(std::string("a sentence codec ") + what);
  };
  for (const std::size_t size : {s.vocabulary, s.layers, s.width, s.heads, s.hidden, s.features, s.narrowing}) {
    require(size >= 1, "has no size of 0");
    require(size <= largest_size, "has no size above 2^20");
  }
  require(s.vocabulary > first_word, "has a word at least");
  require(s.width % s.heads == 0, "has a width that its heads divide");
  require(s.width >= 2 && s.features >= 2, "has two channels, and sends two values a position, at least");
  require(s.features <= most_values && s.quantizer <= most_values, "sends 4096 values a position at most");
  require(s.family == SentenceFamily::ut || (s.quantizer == 0 && !s.unused_layer), "of the family deepsc has no quantizer");
}

}  // namespace

std::string_view name(SentenceFamily family) { return family == SentenceFamily::ut ? "ut" : "deepsc"; }

std::optional<SentenceFamily> sentence_family_of(std::string_view name) {
  if (name == "deepsc") return SentenceFamily::deepsc;
  if (name == "ut") return SentenceFamily::ut;
  return {};
}

std::vector<LanguageTensor> tensors_of(const SentenceShape& s) {
  check(s);
  const bool ut = s.family == SentenceFamily::ut;
  TensorList list;
  list.add("encoder.embedding", {s.vocabulary, s.width});
  for (std::size_t n = 0; n < s.layers; ++n) layer(list, "encoder.layers." + std::to_string(n) + ".", s, false);
  if (ut) list.norm("encoder.norm", s.width), list.matrix("encoder.halt", s.width, 1);
  list.matrix("transmitter.0", s.width, s.narrowing);
  list.matrix("transmitter.1", s.narrowing, s.features);
  if (ut) list.norm("transmitter.norm", s.features);
  if (s.quantizer != 0) {
    list.matrix("quantizer.0", s.features, s.quantizer);
    list.matrix("quantizer.1", s.quantizer, s.features);
  }
  if (ut) {
    list.matrix("receiver.0", s.features, s.narrowing);
    list.matrix("receiver.1", s.narrowing, s.width);
  } else {
    list.matrix("receiver.0", s.features, s.width);
    list.matrix("receiver.1", s.width, s.hidden);
    list.matrix("receiver.2", s.hidden, s.width);
    list.norm("receiver.norm", s.width);
  }
  list.add("decoder.embedding", {s.vocabulary, s.width});
  for (std::size_t n = 0; n < s.layers; ++n) layer(list, "decoder.layers." + std::to_string(n) + ".", s, true);
  if (ut) list.norm("decoder.norm", s.width), list.matrix("decoder.halt", s.width, 1);
  if (s.unused_layer) layer(list, "decoder.unused.", s, true);
  list.matrix("head", s.width, s.vocabulary);
  return list.take();
}

std::size_t parameters_of(const SentenceShape& shape) {
  const auto tensors = tensors_of(shape);
  return tensors.back().offset + tensors.back().size();
}

void describe(const SentenceShape& shape, SafetensorsWriter& file) {
  file.metadata("architecture", name(shape.family));
  file.metadata("layers", std::to_string(shape.layers));
  file.metadata("heads", std::to_string(shape.heads));
}

SentenceShape sentence_shape_of(const Safetensors& file) {
  const std::string& architecture = file.metadata("architecture");
  const auto family = sentence_family_of(architecture);
  if (!family) throw Error("holds no sentence codec: its architecture is \"" + architecture.substr(0, 40) + "\"", file.path());
  SentenceShape shape{.family = *family};
  shape.layers = size_note(file, "layers");
  shape.heads = size_note(file, "heads");
  shape.vocabulary = matrix_size(file, "encoder.embedding", 0);
  shape.width = matrix_size(file, "encoder.embedding", 1);
  shape.hidden = matrix_size(file, "encoder.layers.0.feed_forward.0.weight", 1);
  shape.narrowing = matrix_size(file, "transmitter.0.weight", 1);
  shape.features = matrix_size(file, "transmitter.1.weight", 1);
  if (file.contains("quantizer.0.weight")) shape.quantizer = matrix_size(file, "quantizer.0.weight", 1);
  shape.unused_layer = file.contains("decoder.unused.feed_forward.0.weight");
  std::size_t wanted = 0;
  try {
    if (shape.layers > 1024) throw Error("a sentence codec has no more than 1024 layers");
    wanted = parameters_of(shape);
  } catch (const Error& error) {
    throw Error(error.message(), file.path());
  }
  if (wanted > file.elements())
    throw Error("holds " + std::to_string(file.elements()) + " values, but a codec of these sizes has " + std::to_string(wanted), file.path());
  return shape;
}

namespace {

std::string scale_of(const std::string& name) { return name + ".scale"; }
/// Words have a scale each, other matrices one for each output.
bool by_row(const LanguageTensor& tensor) { return tensor.name.ends_with("embedding"); }

}  // namespace

void add_in_bytes(SafetensorsWriter& file, const LanguageTensor& tensor, std::span<const float> values) {
  const std::size_t rows = tensor.shape[0], columns = tensor.shape[1];
  const auto group = [&](std::size_t i) { return by_row(tensor) ? i / columns : i % columns; };
  std::vector<float> scale(by_row(tensor) ? rows : columns), whole(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) scale[group(i)] = std::max(scale[group(i)], std::abs(values[i]) / 127);
  for (std::size_t i = 0; i < values.size(); ++i) whole[i] = scale[group(i)] == 0 ? 0 : std::nearbyint(values[i] / scale[group(i)]);
  file.add(tensor.name, tensor.shape, whole, Safetensors::Type::i8);
  file.add(scale_of(tensor.name), {scale.size()}, scale);
}

std::vector<float> sentence_values(const Safetensors& file, const LanguageTensor& tensor) {
  if (!file.contains(tensor.name) || file[tensor.name].type != Safetensors::Type::i8) return file.floats(tensor.name, tensor.shape);
  const auto& stored = file[tensor.name];
  if (stored.shape != tensor.shape || tensor.shape.size() != 2) throw Error("tensor \"" + tensor.name + "\": has another shape", file.path());
  const std::size_t columns = tensor.shape[1];
  const auto scale = file.floats(scale_of(tensor.name), {by_row(tensor) ? tensor.shape[0] : columns});
  std::vector<float> out(tensor.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = scale[by_row(tensor) ? i / columns : i % columns] * static_cast<float>(static_cast<std::int8_t>(stored.bytes[i]));
  return out;
}

}  // namespace tandem::neural
