#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <tandem/error.hpp>
#include <tandem/neural/language_model.hpp>
#include <utility>

#include "tensor_list.hpp"

namespace tandem::neural {
namespace {

constexpr std::array<std::pair<LanguageFamily, std::string_view>, 4> families{
    {{LanguageFamily::lmic, "lmic"}, {LanguageFamily::gpt2, "gpt2"}, {LanguageFamily::llama, "llama"}, {LanguageFamily::lstm, "lstm"}}};

void check(const LanguageShape& s) {
  const auto require = [](bool fine, const char* what) {
    if (!fine) throw Error(std::string("a language model ") + what);
  };
  for (const std::size_t size : {s.vocabulary, s.context, s.layers, s.width, s.heads, s.key_heads, s.hidden})
    require(size <= largest_size, "has no size above 2^20");
  require(s.vocabulary >= 2, "has a vocabulary of two tokens at least");
  require(s.layers >= 1 && s.width >= 1, "has a layer and a channel at least");
  if (s.family == LanguageFamily::lstm) return;
  require(s.context >= 1 && s.hidden >= 1, "has a context and a hidden width");
  require(s.heads >= 1 && s.width % s.heads == 0, "has a width that its heads divide");
  if (s.family != LanguageFamily::llama) return;
  require(s.key_heads >= 1 && s.heads % s.key_heads == 0, "has heads that its key heads divide");
  require(s.head_width() % 2 == 0, "with rotary positions has heads of an even width");
}

}  // namespace

std::string_view name(LanguageFamily family) { return families[static_cast<std::size_t>(family)].second; }

std::optional<LanguageFamily> family_of(std::string_view name) {
  const auto found = std::ranges::find(families, name, &std::pair<LanguageFamily, std::string_view>::second);
  return found == families.end() ? std::nullopt : std::optional(found->first);
}

std::size_t LanguageTensor::size() const {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

std::vector<LanguageTensor> tensors_of(const LanguageShape& s) {
  check(s);
  TensorList list;
  list.add("embedding", {s.vocabulary, s.width});
  const bool lmic = s.family == LanguageFamily::lmic, gpt2 = s.family == LanguageFamily::gpt2, llama = s.family == LanguageFamily::llama;
  if (lmic || gpt2) list.add("position", {s.context, s.width});
  for (std::size_t n = 0; n < s.layers; ++n) {
    const std::string layer = "layers." + std::to_string(n) + ".";
    if (s.family == LanguageFamily::lstm) {
      list.add(layer + "input.weight", {s.width, 4 * s.width});
      list.add(layer + "state.weight", {s.width, 4 * s.width});
      list.add(layer + "bias", {4 * s.width});
      continue;
    }
    const std::size_t keys = llama ? s.key_heads * s.head_width() : s.width;
    list.matrix(layer + "attention.query", s.width, s.width, gpt2);
    list.matrix(layer + "attention.key", s.width, keys, gpt2);
    list.matrix(layer + "attention.value", s.width, keys, gpt2);
    list.matrix(layer + "attention.output", s.width, s.width, gpt2);
    list.norm(layer + "attention_norm", s.width, !llama);
    if (llama) {
      list.matrix(layer + "feed_forward.gate", s.width, s.hidden, false);
      list.matrix(layer + "feed_forward.up", s.width, s.hidden, false);
      list.matrix(layer + "feed_forward.down", s.hidden, s.width, false);
    } else {
      list.matrix(layer + "feed_forward.0", s.width, s.hidden, true);
      list.matrix(layer + "feed_forward.1", s.hidden, s.width, true);
    }
    list.norm(layer + "feed_forward_norm", s.width, !llama);
  }
  if (gpt2 || llama) list.norm("final_norm", s.width, gpt2);
  if (lmic) list.matrix("head", s.width, s.vocabulary, true);
  if (llama && s.own_head) list.matrix("head", s.width, s.vocabulary, false);
  if (s.family == LanguageFamily::lstm) list.add("head.bias", {s.vocabulary});
  return list.take();
}

std::size_t parameters_of(const LanguageShape& shape) {
  const auto tensors = tensors_of(shape);
  return tensors.back().offset + tensors.back().size();
}

void require_room(const LanguageShape& shape, const Safetensors& file) {
  std::size_t wanted = 0;
  try {
    wanted = parameters_of(shape);
  } catch (const Error& error) {
    throw Error(error.message(), file.path());
  }
  if (wanted > 4 * file.elements() + (std::size_t{1} << 20))
    throw Error("holds " + std::to_string(file.elements()) + " values, but a model of these sizes has " + std::to_string(wanted), file.path());
}

void describe(const LanguageShape& shape, SafetensorsWriter& file) {
  file.metadata("architecture", name(shape.family));
  file.metadata("layers", std::to_string(shape.layers));
  if (shape.family == LanguageFamily::lstm) return;
  file.metadata("context", std::to_string(shape.context));
  file.metadata("heads", std::to_string(shape.heads));
  if (shape.family == LanguageFamily::llama) file.metadata("key_heads", std::to_string(shape.key_heads));
}

LanguageShape shape_of(const Safetensors& file) {
  const std::string& architecture = file.metadata("architecture");
  const auto family = family_of(architecture);
  if (!family) throw Error("holds no language model: its architecture is \"" + architecture.substr(0, 40) + "\"", file.path());
  LanguageShape shape{.family = *family};
  shape.vocabulary = matrix_size(file, "embedding", 0);
  shape.width = matrix_size(file, "embedding", 1);
  shape.layers = size_note(file, "layers");
  if (*family == LanguageFamily::lstm) return shape;
  const bool llama = *family == LanguageFamily::llama;
  shape.context = size_note(file, "context");
  shape.heads = size_note(file, "heads");
  shape.key_heads = llama ? size_note(file, "key_heads") : shape.heads;
  shape.hidden = matrix_size(file, llama ? "layers.0.feed_forward.gate.weight" : "layers.0.feed_forward.0.weight", 1);
  shape.own_head = llama && file.contains("head.weight");
  return shape;
}

}  // namespace tandem::neural
