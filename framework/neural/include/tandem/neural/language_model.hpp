#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tandem/safetensors.hpp>
#include <vector>

namespace tandem::neural {

/// Which network predicts the next token. All read tokens left to right.
enum class LanguageFamily : std::uint8_t {
  lmic,   ///< Deletang et al., ICLR 2024: LayerNorm behind each branch, learned positions, GELU, a head of its own
  gpt2,   ///< Radford et al. 2019: LayerNorm before each branch, learned positions, GELU, the embedding as head
  llama,  ///< Touvron et al. 2023: RMSNorm before each branch, rotary positions, SwiGLU
  lstm,   ///< Hochreiter and Schmidhuber 1997, with forget gates; the embedding as head
};
/// "lmic", "gpt2", "llama", "lstm", and back.
std::string_view name(LanguageFamily family);
std::optional<LanguageFamily> family_of(std::string_view name);

/// The sizes of a language model.
struct LanguageShape final {
  LanguageFamily family = LanguageFamily::llama;
  std::size_t vocabulary = 0;
  std::size_t context = 0;       ///< positions of a window; an lstm has none
  std::size_t layers = 0, width = 0;
  std::size_t heads = 0;         ///< an lstm has none
  std::size_t key_heads = 0;     ///< heads of keys and values, of which heads / key_heads queries share each; llama only
  std::size_t hidden = 0;        ///< between the two (llama: three) matrices of a feed-forward branch; an lstm has none
  bool own_head = false;         ///< llama only: a matrix of its own in front of the logits, not the embedding

  std::size_t head_width() const { return heads == 0 ? 0 : width / heads; }
};

/// One tensor of a language model. Matrices have the shape {inputs, outputs}: y = x W + b.
struct LanguageTensor final {
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t offset = 0;  ///< of its first value, all tensors laid end to end
  std::size_t size() const;
};

/// All of them, in order. Throws Error where the sizes do not fit each other.
///
/// Every family: `embedding` {vocabulary, width}. With L = "layers.N.":
///
/// | family | further tensors |
/// |---|---|
/// | lmic   | `position` {context, width}; L`attention.`{`query key value output`}`.weight`; L`attention_norm.`{`weight bias`}; L`feed_forward.`{`0 1`}`.`{`weight bias`}; L`feed_forward_norm.`{`weight bias`}; `head.`{`weight bias`} |
/// | gpt2   | the same, with biases in the attention and `final_norm.`{`weight bias`} instead of the head |
/// | llama  | L`attention.`{`query key value output`}`.weight`; L`attention_norm.weight`; L`feed_forward.`{`gate up down`}`.weight`; L`feed_forward_norm.weight`; `final_norm.weight`; `head.weight` if it has its own |
/// | lstm   | L`input.weight` {width, 4 width}, L`state.weight` the same, L`bias`: gates input, forget, cell, output; `head.bias` {vocabulary} |
std::vector<LanguageTensor> tensors_of(const LanguageShape& shape);
/// Values in all of them.
std::size_t parameters_of(const LanguageShape& shape);

/// What a file of such weights says of itself in its metadata, and back; `shape_of` takes the rest from the tensors.
void describe(const LanguageShape& shape, SafetensorsWriter& file);
LanguageShape shape_of(const Safetensors& file);

}  // namespace tandem::neural
