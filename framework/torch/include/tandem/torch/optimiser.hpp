#pragma once

#include <cstdint>
#include <string>
#include <tandem/neural/training.hpp>
#include <tandem/safetensors.hpp>
#include <torch/types.h>
#include <vector>

/// What plugins that learn with libtorch share. Compiles against libtorch 1.13 and 2.x.
namespace tandem::torch_kit {

/// neural::Adam on a device: the same rule and schedule, over one flat tensor, so that a step costs a dozen kernels however
/// many tensors a network has. Not thread-safe.
class Adam final {
 public:
  /// `parameters`: a flat float tensor, changed in place. `decayed`: of the same size, 1 where the weight decay acts, 0 else.
  Adam(const neural::Adam::Settings& settings, torch::Tensor parameters, torch::Tensor decayed);

  /// One step along the gradient that the parameters hold, which is then cleared. Throws Error when it is not finite, which is
  /// looked at now and then only.
  void step();
  std::uint64_t steps() const { return steps_; }
  double rate() const { return neural::Adam::rate_at(settings_, steps_); }
  /// The running average of the parameters, which is what is shipped.
  const torch::Tensor& average() const { return average_; }

  /// Throws Error when a parameter is not finite.
  void require_finite() const;
  /// `prefix` goes before the names of tensors and notes, where a file holds several.
  void save(SafetensorsWriter& file, const std::string& prefix = {}) const;
  /// Continues exactly where `save` was called, with its parameters.
  void load(const Safetensors& file, const std::string& prefix = {});

 private:
  neural::Adam::Settings settings_;
  std::uint64_t steps_ = 0;
  torch::Tensor parameters_, decayed_, first_, second_, average_;
};

/// The values of a tensor, in memory.
std::vector<float> values_of(const torch::Tensor& tensor);

}  // namespace tandem::torch_kit
