#pragma once

#include <cstddef>
#include <cstdint>
#include <tandem/neural/code_transformer.hpp>
#include <vector>

namespace tandem::neural {

/// Which keys each query looks at, in compressed rows. Keys are tokens.
struct Neighbours final {
  std::vector<std::uint32_t> ends, keys;
};

/// One application of a layer: its queries are the tokens first .. first + count - 1.
struct Step final {
  std::size_t first, count;          ///< tokens that ask and are changed
  std::size_t key_first, key_count;  ///< tokens that are asked
  bool normalized_keys;              ///< keys and values come from the layer norm of the tokens, else from the tokens
  Neighbours neighbours;
};

struct Linear final {
  std::size_t weight, bias;  ///< offsets among the parameters; weight is [outputs, inputs]
  std::size_t inputs, outputs;
  std::size_t turned;        ///< offset of [inputs, outputs] among the turned weights
};
struct Norm final {
  std::size_t weight, bias;
};
struct Layer final {
  Linear query, key, value, output, widen, narrow;
  Norm attention, feed_forward;
};

/// What the kernels see.
struct Network final {
  CodeTransformerShape shape;
  std::vector<Step> steps;  ///< of one layer
  std::vector<Layer> layers;
  std::size_t embedding, head_weight, head_bias;
  Norm middle, final;
  std::size_t output_weight, output_bias;

  std::vector<float> parameters, turned;
  std::size_t most_keys = 0;

  const float* at(std::size_t offset) const { return parameters.data() + offset; }
};

struct Lesson final {
  const std::uint8_t* flipped;
  float weight;     ///< of the gradient
  float* gradient;
  double loss;      ///< sum over rows and bits
};

}  // namespace tandem::neural
