#include <tandem/error.hpp>
#include <tandem/torch/parameters.hpp>
#include <torch/torch.h>

namespace tandem::torch_kit {
namespace {

torch::Tensor part(const torch::Tensor& flat, std::size_t offset, c10::IntArrayRef shape) {
  std::int64_t size = 1;
  for (const auto length : shape) size *= length;
  return flat.detach().narrow(0, static_cast<std::int64_t>(offset), size).view(shape);
}

}  // namespace

torch::Device device_of(const std::string& name) {
  if (name == "cpu" || (name == "auto" && !torch::cuda::is_available())) return torch::kCPU;
  if (!torch::cuda::is_available()) throw FieldError("device", "\"cuda\" is not to be had with this libtorch on this machine");
  return torch::kCUDA;
}

Parameters::Parameters(std::span<const float> values, const torch::Device& device)
    : flat_(torch::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())}).to(device, torch::kFloat, false, true)) {
  flat_.mutable_grad() = torch::zeros_like(flat_);
}

void Parameters::add(const std::string& name, const std::vector<std::size_t>& shape, std::size_t offset) {
  const std::vector<std::int64_t> lengths(shape.begin(), shape.end());
  auto tensor = part(flat_, offset, lengths).requires_grad_();
  tensor.mutable_grad() = part(flat_.grad(), offset, lengths);
  tensors_[name] = std::move(tensor);
  offsets_[name] = offset;
}

Parameters::Views Parameters::of(const torch::Tensor& values) const {
  Views out;
  for (const auto& [name, tensor] : tensors_) out[name] = part(values, offsets_.at(name), tensor.sizes());
  return out;
}

}  // namespace tandem::torch_kit
