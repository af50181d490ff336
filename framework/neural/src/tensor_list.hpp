#pragma once

#include <charconv>
#include <string>
#include <tandem/error.hpp>
#include <tandem/neural/language_model.hpp>
#include <tandem/safetensors.hpp>
#include <utility>
#include <vector>

namespace tandem::neural {

/// No size of a legal network is larger, and no product of three of them overflows.
inline constexpr std::size_t largest_size = std::size_t{1} << 20;

/// The tensors of a network, one behind the other.
class TensorList final {
 public:
  void matrix(const std::string& name, std::size_t inputs, std::size_t outputs, bool bias = true) {
    add(name + ".weight", {inputs, outputs});
    if (bias) add(name + ".bias", {outputs});
  }
  void norm(const std::string& name, std::size_t width, bool bias = true) {
    add(name + ".weight", {width});
    if (bias) add(name + ".bias", {width});
  }
  void add(std::string name, std::vector<std::size_t> shape) {
    const std::size_t offset = tensors_.empty() ? 0 : tensors_.back().offset + tensors_.back().size();
    tensors_.push_back({std::move(name), std::move(shape), offset});
  }
  std::vector<LanguageTensor> take() { return std::move(tensors_); }

 private:
  std::vector<LanguageTensor> tensors_;
};

/// A note of a file as a size.
inline std::size_t size_note(const Safetensors& file, std::string_view key) {
  const std::string& text = file.metadata(key);
  std::size_t value = 0;
  const auto end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, value); error != std::errc{} || stop != end || value > largest_size)
    throw Error("the note '" + std::string(key) + "' is no size: " + text.substr(0, 40), file.path());
  return value;
}

/// A matrix' number of rows (axis 0) or columns (axis 1).
inline std::size_t matrix_size(const Safetensors& file, std::string_view name, std::size_t axis) {
  const auto& found = file[name].shape;
  if (found.size() != 2) throw Error("the tensor '" + std::string(name) + "' is no matrix", file.path());
  return found[axis];
}

}  // namespace tandem::neural
