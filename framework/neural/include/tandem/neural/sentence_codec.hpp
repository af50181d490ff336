#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tandem/batch.hpp>
#include <tandem/neural/language_model.hpp>
#include <tandem/safetensors.hpp>
#include <vector>

namespace tandem::neural {

/// Which network carries words as real values.
enum class SentenceFamily : std::uint8_t {
  deepsc,  ///< Xie et al., IEEE TSP 69, 2021: LayerNorm behind each branch, start and end sent with the words
  ut,      ///< Zhou et al., arXiv 2108.09119: a universal transformer whose layers run again until a position halts
};
/// "deepsc", "ut", and back.
std::string_view name(SentenceFamily family);
std::optional<SentenceFamily> sentence_family_of(std::string_view name);

/// The sizes of a joint source-channel network for sentences. Those of the literature but for the vocabulary.
struct SentenceShape final {
  SentenceFamily family = SentenceFamily::deepsc;
  std::size_t vocabulary = 0;
  std::size_t layers = 4;         ///< of the encoder, and of the decoder; ut: 3
  std::size_t width = 128, heads = 8;
  std::size_t hidden = 512;       ///< of a feed-forward branch; ut: 1024
  std::size_t features = 16;      ///< real values a position
  std::size_t narrowing = 256;    ///< between the two matrices in front of the channel; ut: also behind it
  std::size_t quantizer = 0;      ///< ut: signs that are sent in place of the features of a position; 0 for none
  bool unused_layer = false;      ///< ut: counts the decoder layer that the published code holds and never calls

  static SentenceShape deepsc(std::size_t vocabulary) { return {.vocabulary = vocabulary}; }
  static SentenceShape ut(std::size_t vocabulary) {
    return {.family = SentenceFamily::ut, .vocabulary = vocabulary, .layers = 3, .hidden = 1024};
  }

  std::size_t values() const { return quantizer != 0 ? quantizer : features; }   ///< sent for each position
  /// Positions beside the words: ut sends the end, deepsc start and end.
  std::size_t frame() const { return family == SentenceFamily::ut ? 1 : 2; }

  static constexpr std::size_t hops = 7;             ///< ut: passes through the layers at most
  static constexpr float halting = 0.9f;             ///< ut: a position stops above this sum of probabilities
};

/// Ids below the words'.
enum : Token { sentence_padding = 0, sentence_start = 1, sentence_end = 2, sentence_unknown = 3, first_word = 4 };

/// All tensors, in order; matrices are {inputs, outputs}. Throws Error where the sizes do not fit each other.
///
/// With L = `layers.N.`: `encoder.embedding`, `decoder.embedding` {vocabulary, width}; `encoder.`L and `decoder.`L with
/// `attention.`{`query key value output`}, `attention_norm`, `feed_forward.`{`0 1`}, `feed_forward_norm`, in the decoder
/// also `memory.` and `memory_norm`; `transmitter.`{`0 1`}; `receiver.`{`0 1`}, `head`.
/// deepsc: `receiver.`{`2 norm`}. ut: `encoder.halt`, `decoder.halt` {width, 1}, `encoder.norm` (learned by nobody: the
/// published encoder does not call it), `decoder.norm`, `transmitter.norm`, `quantizer.`{`0 1`} and
/// `decoder.unused.`L where there are such.
std::vector<LanguageTensor> tensors_of(const SentenceShape& shape);
/// Values in all of them.
std::size_t parameters_of(const SentenceShape& shape);

/// What a file of such weights says of itself in its metadata, and back; `sentence_shape_of` takes the rest from the
/// tensors and refuses sizes that the file cannot hold. Throws Error naming the file.
void describe(const SentenceShape& shape, SafetensorsWriter& file);
SentenceShape sentence_shape_of(const Safetensors& file);

/// Writes a matrix in bytes, which a scale for each word of an embedding, or for each output, makes numbers of.
void add_in_bytes(SafetensorsWriter& file, const LanguageTensor& tensor, std::span<const float> values);
/// The values of a tensor of the network, whichever way it was written. Throws Error naming file and tensor.
std::vector<float> sentence_values(const Safetensors& file, const LanguageTensor& tensor);

/// What there was to compute.
struct SentenceWork final {
  std::uint64_t encoder_rows = 0, decoder_rows = 0;  ///< positions that passed all layers; ut: a count for each hop
  std::uint64_t pairs = 0;                           ///< of query and key, in all layers
  std::uint64_t positions = 0;                       ///< sent and received
  std::uint64_t told = 0;                            ///< words and ends that were chosen
};

struct SentenceNetwork;

/// Sentences to real values and back, without libtorch. Every result is the same bits on AVX2 and AVX-512, whatever
/// sentences share the batch, on any thread.
///
/// Immutable; const calls are thread-safe. Copies share the weights.
class SentenceCodec final {
 public:
  /// From a file that `describe` and the tensors of `tensors_of` are in. Throws Error naming file and tensor for one that
  /// is missing, of another shape or not finite.
  static SentenceCodec load(const Safetensors& file);
  /// From all values, tensor after tensor.
  SentenceCodec(const SentenceShape& shape, std::span<const float> parameters);

  const SentenceShape& shape() const;
  /// `words`: ids of a sentence a row. Rows of (words + frame()) values() features, of mean square 1.
  Features encode(const Tokens& words) const { return encode(words, nullptr); }
  /// Rows of positions * values() features, in which the frame's positions count; the words that are read out of them: as
  /// many as were sent at most, fewer where the end comes first.
  Tokens decode(const Features& features) const { return decode(features, nullptr); }

  /// What it takes to send such sentences and to read them where no noise is.
  SentenceWork work(const Tokens& words) const;

 private:
  SentenceCodec() = default;
  Features encode(const Tokens& words, SentenceWork* work) const;
  Tokens decode(const Features& features, SentenceWork* work) const;

  std::shared_ptr<const SentenceNetwork> network_;
};

}  // namespace tandem::neural
