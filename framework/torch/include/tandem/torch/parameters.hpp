#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <torch/types.h>
#include <vector>

namespace tandem::torch_kit {

/// "cpu", "cuda", or "auto" for a GPU where there is one. Throws FieldError for the field `device`.
torch::Device device_of(const std::string& name);

/// The tensors of a network, all of them in one flat tensor, as is their gradient: optimisers and files need no structure,
/// and a backward pass writes each gradient once, where it belongs.
class Parameters final {
 public:
  using Views = std::map<std::string, torch::Tensor>;

  Parameters(std::span<const float> values, const torch::Device& device);

  /// A tensor that learns: values from `offset` on, in that shape.
  void add(const std::string& name, const std::vector<std::size_t>& shape, std::size_t offset);

  /// Holds its gradient.
  const torch::Tensor& flat() const { return flat_; }
  const Views& tensors() const { return tensors_; }
  /// The same tensors of other values, laid out like the flat tensor; they do not learn.
  Views of(const torch::Tensor& values) const;

 private:
  torch::Tensor flat_;
  Views tensors_;
  std::map<std::string, std::size_t> offsets_;
};

}  // namespace tandem::torch_kit
