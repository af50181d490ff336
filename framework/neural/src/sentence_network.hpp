#pragma once

#include <span>
#include <tandem/batch.hpp>
#include <tandem/neural/sentence_codec.hpp>
#include <vector>

#include "language_network.hpp"

namespace tandem::neural {

/// One layer of either side. Queries, keys and values are columns of one matrix, each from a multiple of sixteen on; keys and
/// values of the memory likewise.
struct SentenceLayer final {
  LanguageMatrix attention, output;
  LanguageMatrix memory_query, memory_keys, memory_output;  ///< the decoder's
  LanguageMatrix widen, narrow;
  LanguageNorm attention_norm, memory_norm, feed_forward_norm;
};

struct SentenceSide final {
  Floats embedding;  ///< as in the file
  std::vector<SentenceLayer> layers;
  Floats halt;       ///< ut: padded
  float halt_bias = 0;
};

/// What the kernels see.
struct SentenceNetwork final {
  SentenceShape shape;
  SentenceSide encoder, decoder;
  std::vector<LanguageMatrix> transmitter, quantizer, receiver;
  LanguageNorm transmitter_norm, receiver_norm, decoder_norm;
  LanguageMatrix head;

  LanguageHeads heads() const { return {shape.heads, shape.heads, shape.width / shape.heads}; }
};

/// Sentences that go through the network together, about as many positions as the second cache takes.
constexpr std::size_t sentence_rows = 64;

/// `words`: a sentence each. `out`: room for (words + frame()) values() a sentence, one behind the other. `work`: to be added to,
/// or null.
void encode_sentences(const SentenceNetwork& network, std::span<const std::span<const Token>> words, float* out, SentenceWork* work);
/// `features`: of whole positions, frame() at least; appends a row of ids each.
void decode_sentences(const SentenceNetwork& network, std::span<const std::span<const float>> features, Tokens& out, SentenceWork* work);

}  // namespace tandem::neural
