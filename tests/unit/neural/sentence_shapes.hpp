#pragma once

#include <tandem/neural/sentence_codec.hpp>
#include <tandem/noise.hpp>
#include <vector>

/// Small networks of every kind, and sizes that fill no vector.
inline std::vector<tandem::neural::SentenceShape> small_sentence_shapes() {
  using tandem::neural::SentenceFamily;
  return {
      {.family = SentenceFamily::deepsc, .vocabulary = 30, .layers = 2, .width = 32, .heads = 4, .hidden = 40, .features = 6, .narrowing = 20},
      {.family = SentenceFamily::deepsc, .vocabulary = 19, .layers = 1, .width = 24, .heads = 3, .hidden = 16, .features = 16, .narrowing = 17},
      {.family = SentenceFamily::ut, .vocabulary = 30, .layers = 2, .width = 32, .heads = 2, .hidden = 40, .features = 8, .narrowing = 20},
      {.family = SentenceFamily::ut, .vocabulary = 21, .layers = 1, .width = 48, .heads = 3, .hidden = 33, .features = 5, .narrowing = 12, .quantizer = 11},
  };
}

/// Matrices and biases at random, norms near one, and halting that differs from position to position.
inline std::vector<float> random_sentence_parameters(const tandem::neural::SentenceShape& shape, std::uint64_t seed) {
  std::vector<float> out(tandem::neural::parameters_of(shape));
  for (const auto& tensor : tandem::neural::tensors_of(shape)) {
    const std::span<float> values(out.data() + tensor.offset, tensor.size());
    tandem::Noise(seed, tensor.name, 0).normals(0, values);
    const bool one = tensor.name.ends_with("norm.weight");
    for (float& value : values) value = one ? 1 + 0.2f * value : 0.25f * value;
    if (tensor.name.ends_with("halt.bias")) values[0] = -0.3f;
  }
  return out;
}
