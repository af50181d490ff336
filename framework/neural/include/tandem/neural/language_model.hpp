#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tandem/batch.hpp>
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

/// Refuses sizes that a file only claims, before anything is allocated for them: they may come to a few times what it holds.
/// Which tensor is missing or too small is found while they are read. Throws Error naming the file.
void require_room(const LanguageShape& shape, const Safetensors& file);

/// What a file of such weights says of itself in its metadata, and back; `shape_of` takes the rest from the tensors.
void describe(const LanguageShape& shape, SafetensorsWriter& file);
LanguageShape shape_of(const Safetensors& file);

struct LanguageNetwork;
struct LanguageStreams;
class LanguageState;

/// A language model that predicts the next token, without libtorch. Every result is the same bits on AVX2 and AVX-512,
/// with any number of streams beside it, on any thread: lanes hold outputs, each output sums its inputs one after the
/// other by fma, sums of norms and of attention run in sixteen lanes that a fixed tree joins, and no function of the C
/// library decides anything.
///
/// Computes in single precision, but keeps keys and values in half precision: 11 bits, the nearest, and of two as near
/// the even one. What is larger than 65504 is kept as 65504, with its sign; so are infinity and, as a positive one, NaN,
/// lest one position spoils all that follow. An lstm keeps single precision.
///
/// Immutable; const calls are thread-safe. Copies share the weights.
class LanguageModel final {
 public:
  /// The values of a tensor, row-major; called once for each of `tensors_of`, in order.
  using Tensors = std::function<std::vector<float>(const LanguageTensor&)>;

  /// `where` stands in errors: the file that the tensors are from. Throws Error where the sizes do not fit each other,
  /// and naming the tensor that has another number of values or one that is not finite.
  LanguageModel(const LanguageShape& shape, const Tensors& tensors, const std::string& where = {});
  /// From all values, tensor after tensor.
  LanguageModel(const LanguageShape& shape, std::span<const float> parameters);
  /// From a file that `describe` and the tensors of `tensors_of` are in, in any floating-point type. Throws Error naming
  /// file and tensor for one that is missing, of another shape, not finite, or does not belong to the model.
  static LanguageModel load(const Safetensors& file);

  const LanguageShape& shape() const;
  /// All values again, as they were given, tensor after tensor.
  std::vector<float> parameters() const;
  /// Streams that have read nothing: until their first token every logit is 0, and there is nothing hidden.
  /// They look back over `window` positions at most; 0, and more than `context`, mean all of those. Of a full window the last
  /// `overlap` tokens are kept, at most all but one; half of them where nothing is said.
  LanguageState open(std::size_t streams, std::size_t window = 0, std::optional<std::size_t> overlap = {}) const;

 private:
  std::shared_ptr<const LanguageNetwork> network_;
};

/// Streams of one model that advance in lockstep, each at its own position. It keeps the model's weights alive.
///
/// A stream whose window is full (position() == window) starts again before it takes the next token: it reads the last
/// `overlap` tokens anew at positions 0, 1, ..., and then that one. An lstm has no window. Memory grows with the
/// longest window so far. One thread at a time; states are independent of each other.
class LanguageState final {
 public:
  LanguageState(LanguageState&&) noexcept;
  LanguageState& operator=(LanguageState&&) noexcept;
  ~LanguageState();
  /// Goes on alone with the same predictions.
  LanguageState clone() const;

  std::size_t streams() const;
  /// Tokens of the stream's window; of an lstm, all that it read.
  std::size_t position(std::size_t stream) const;
  /// Stream s with active[s] != 0 reads tokens[s]; the others keep what they have. Both spans have streams() values.
  /// Throws Error, and changes nothing, for other lengths and for a token that is not in the vocabulary.
  void step(std::span<const Token> tokens, std::span<const std::uint8_t> active);
  /// Of the next token, `vocabulary` values: valid until the stream's next token.
  std::span<const float> logits(std::size_t stream) const;
  /// What the head saw, `width` values: behind the final norm; lmic: what the last layer gave; lstm: h of the last layer.
  std::span<const float> hidden(std::size_t stream) const;

 private:
  friend class LanguageModel;
  explicit LanguageState(std::unique_ptr<LanguageStreams> streams);
  std::unique_ptr<LanguageStreams> streams_;
};

}  // namespace tandem::neural
