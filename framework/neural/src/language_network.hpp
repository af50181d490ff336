#pragma once

#include <algorithm>
#include <cstddef>
#include <hwy/base.h>
#include <memory>
#include <new>
#include <span>
#include <tandem/batch.hpp>
#include <tandem/neural/language_model.hpp>
#include <vector>

namespace tandem::neural {

/// Memory that begins at a cache line, zero at first.
template <class T>
struct CacheAligned {
  using value_type = T;
  CacheAligned() = default;
  template <class U>
  CacheAligned(const CacheAligned<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{64})); }
  void deallocate(T* memory, std::size_t) { ::operator delete (memory, std::align_val_t{64}); }
  bool operator==(const CacheAligned&) const = default;
};
using Floats = std::vector<float, CacheAligned<float>>;
/// IEEE half precision.
using HalfFloat = hwy::float16_t;
using HalfFloats = std::vector<HalfFloat, CacheAligned<HalfFloat>>;

/// The format's lanes: what is summed over lanes is summed over this many, however many the machine has. Rows of values
/// are padded to it with zeros.
constexpr std::size_t sixteen = 16;
constexpr std::size_t padded(std::size_t size) { return (size + sixteen - 1) / sixteen * sixteen; }

/// y = x W + b. Outputs are cut into panels of up to 64, and a panel holds input after input: products read it in
/// order.
struct LanguageMatrix final {
  static constexpr std::size_t panel = 64;
  std::size_t inputs = 0, outputs = 0;  ///< the outputs padded
  Floats weight, bias;

  LanguageMatrix() = default;
  LanguageMatrix(std::size_t in, std::size_t out)
      : inputs(in), outputs(padded(out)), weight(in * outputs), bias(outputs) {}
  /// Puts at(i, o) into the row first_input + i and the column first_output + o.
  template <class At>
  void place(std::size_t first_input, std::size_t count_inputs, std::size_t first_output, std::size_t count_outputs,
             At at) {
    for (std::size_t o = 0; o < count_outputs; ++o) {
      const std::size_t column = first_output + o, begin = column / panel * panel,
                        width = std::min(panel, outputs - begin);
      float* to = weight.data() + begin * inputs + column - begin + first_input * width;
      for (std::size_t i = 0; i < count_inputs; ++i) to[i * width] = at(i, o);
    }
  }
};

struct LanguageNorm final {
  Floats weight, bias;  ///< padded; an RMSNorm has no bias
};

/// Queries, keys and values are columns of one matrix, as are gate and up, each from a multiple of sixteen on.
struct LanguageLayer final {
  LanguageMatrix attention, output, widen, narrow;
  LanguageNorm attention_norm, feed_forward_norm;
  LanguageMatrix gates;  ///< lstm: inputs x, then h; four padded parts
};

/// How a position's queries, keys and values lie: `queries` heads of `width` channels, of which queries / keys each share keys
/// and values.
struct LanguageHeads final {
  std::size_t queries = 0, keys = 0, width = 0;

  std::size_t key_width() const { return keys * width; }
  /// A head's values are padded to whole vectors of eight lanes.
  std::size_t value_width() const { return (width + 7) / 8 * 8; }
};

/// What the kernels see.
struct LanguageNetwork final {
  LanguageShape shape;
  Floats embedding, position;  ///< as in the file
  std::vector<LanguageLayer> layers;
  LanguageNorm final_norm;
  LanguageMatrix head;
  std::vector<double> frequencies;  ///< of the pairs of a head that rotary positions turn

  LanguageHeads heads() const { return {shape.heads, shape.key_heads, shape.head_width()}; }
  std::size_t key_width() const { return heads().key_width(); }
  std::size_t value_width() const { return heads().value_width(); }
};

/// What one stream remembers.
struct LanguageStream final {
  std::vector<Token> window;  ///< of a transformer
  std::size_t position = 0;
  /// A layer each. Keys: tiles of 16 positions, in a tile the channels, 16 positions a channel: growing appends.
  /// Values: position after position. Room for a multiple of 16 positions. Many streams are bound by reading them from
  /// beyond the second cache; half precision halves that.
  std::vector<HalfFloats> keys, values;
  Floats memory;  ///< lstm: of each layer c, then h, both padded
  Floats logits, hidden;
};

/// One token that one stream reads. Rows of a stream are in the order of their positions.
struct LanguageRow final {
  LanguageStream* stream;
  Token token;
  std::size_t position;
};

struct LanguageWorkspace final {
  Floats x, normal, wide, mixed, scores;
  HalfFloats halves;
  std::vector<float> angles, sine, cosine;
};

struct LanguageStreams final {
  std::shared_ptr<const LanguageNetwork> network;
  std::vector<LanguageStream> streams;
  std::size_t window = 0, overlap = 0;
  LanguageWorkspace workspace;
  std::vector<LanguageRow> rows;
};

/// Rows that go through a layer together at most: what lies between its matrices stays in the second cache.
constexpr std::size_t largest_language_batch = 64;

/// Reads up to `largest_language_batch` rows; `predict` says whether the streams get new logits.
void run_language(const LanguageNetwork& network, std::span<const LanguageRow> rows, bool predict,
                  LanguageWorkspace& workspace);

}  // namespace tandem::neural
