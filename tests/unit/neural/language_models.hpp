#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <tandem/neural/language_model.hpp>
#include <tandem/noise.hpp>
#include <vector>

#include "support/support.hpp"

// Language models with random weights, for tests.
namespace tandem::test {

/// Matrices that keep the size of what goes through them, norms near one and zero.
inline std::vector<float> random_parameters(const neural::LanguageShape& shape, std::uint64_t seed) {
  std::vector<float> out(neural::parameters_of(shape));
  for (const auto& tensor : neural::tensors_of(shape)) {
    const auto values = std::span(out).subspan(tensor.offset, tensor.size());
    Noise(seed, "language model", static_cast<std::uint32_t>(tensor.offset)).normals(0, values);
    const bool gain = tensor.name.ends_with("norm.weight");
    const bool table = tensor.name == "embedding" || tensor.name == "position";
    const float scale = tensor.shape.size() == 1 ? 0.2f
                        : table                  ? 0.5f
                                                 : 1 / std::sqrt(static_cast<float>(tensor.shape[0]));
    for (float& value : values) value = (gain ? 1.0f : 0.0f) + scale * value;
  }
  return out;
}

/// One of each family, and llamas of every kind, with sizes that are no multiple of a vector.
inline std::vector<neural::LanguageShape> small_shapes() {
  using enum neural::LanguageFamily;
  return {
      {.family = lmic, .vocabulary = 37, .context = 40, .layers = 2, .width = 24, .heads = 3, .hidden = 50},
      {.family = gpt2, .vocabulary = 130, .context = 70, .layers = 2, .width = 36, .heads = 2, .hidden = 30},
      {.family = gpt2, .vocabulary = 61, .context = 150, .layers = 1, .width = 128, .heads = 2, .hidden = 64},
      {.family = llama,
       .vocabulary = 64,
       .context = 90,
       .layers = 3,
       .width = 48,
       .heads = 8,
       .key_heads = 4,
       .hidden = 44},
      {.family = llama,
       .vocabulary = 33,
       .context = 60,
       .layers = 2,
       .width = 96,
       .heads = 3,
       .key_heads = 3,
       .hidden = 70,
       .own_head = true},
      {.family = llama,
       .vocabulary = 20,
       .context = 50,
       .layers = 2,
       .width = 72,
       .heads = 6,
       .key_heads = 2,
       .hidden = 17},
      {.family = llama,
       .vocabulary = 20,
       .context = 50,
       .layers = 1,
       .width = 160,
       .heads = 10,
       .key_heads = 1,
       .hidden = 40},
      {.family = llama,
       .vocabulary = 20,
       .context = 30,
       .layers = 1,
       .width = 200,
       .heads = 2,
       .key_heads = 2,
       .hidden = 16},
      {.family = llama,
       .vocabulary = 20,
       .context = 50,
       .layers = 1,
       .width = 96,
       .heads = 12,
       .key_heads = 12,
       .hidden = 16},
      {.family = llama,
       .vocabulary = 20,
       .context = 50,
       .layers = 1,
       .width = 128,
       .heads = 16,
       .key_heads = 2,
       .hidden = 16},
      {.family = lstm, .vocabulary = 41, .layers = 2, .width = 27},
  };
}

inline std::vector<Token> random_tokens(std::size_t vocabulary, std::size_t count, std::uint64_t seed) {
  std::vector<float> uniforms(count);
  Noise(seed, "tokens", 0).uniforms(0, uniforms);
  std::vector<Token> out;
  for (const float u : uniforms) out.push_back(static_cast<Token>(u * static_cast<float>(vocabulary)));
  return out;
}

// Files: intact, and with one thing wrong.
struct Damage {
  std::string left_out = {}, reshaped = {}, not_finite = {}, added = {}, key = {}, value = {};
};
/// Rewrites the first value of a tensor as NaN, which no writer would.
inline void put_nan(const std::string& path, const std::string& tensor) {
  const Safetensors file(path);
  std::string bytes = read_file(path);
  const std::string_view data(reinterpret_cast<const char*>(file[tensor].bytes.data()), file[tensor].bytes.size());
  const float bad = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data() + bytes.find(data), &bad, sizeof bad);
  std::ofstream(path + ".nan", std::ios::binary) << bytes;
  std::filesystem::rename(path + ".nan", path);
}
/// A name of the process's own, and no file there when it ends.
struct Removed {
  std::string path = testing::TempDir() + "tandem-language-" + std::to_string(::getpid()) + ".safetensors";
  ~Removed() { std::filesystem::remove(path); }
};
/// The file's path, the same each time.
inline std::string file_of(const neural::LanguageShape& shape, const std::vector<float>& parameters,
                           const Damage& damage = {}) {
  SafetensorsWriter writer;
  neural::describe(shape, writer);
  if (!damage.key.empty()) writer.metadata(damage.key, damage.value);
  for (const auto& tensor : neural::tensors_of(shape)) {
    if (tensor.name == damage.left_out) continue;
    const auto values = std::span(parameters).subspan(tensor.offset, tensor.size());
    auto sizes = tensor.shape;
    if (tensor.name == damage.reshaped) std::ranges::reverse(sizes), sizes.push_back(1);
    writer.add(tensor.name, sizes, values);
  }
  if (!damage.added.empty()) writer.add(damage.added, {1}, std::vector<float>{1});
  static const Removed file;
  const std::string& path = file.path;
  writer.write(path);
  if (!damage.not_finite.empty()) put_nan(path, damage.not_finite);
  return path;
}

}  // namespace tandem::test
