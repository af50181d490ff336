#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <tandem/error.hpp>
#include <tandem/math.hpp>
#include <tandem/torch/optimiser.hpp>

namespace tandem::torch_kit {
namespace {

constexpr double first_decay = 0.9, second_decay = 0.999, epsilon = 1e-8;

void fill(torch::Tensor& tensor, const std::vector<float>& values) {
  torch::NoGradGuard none;
  tensor.copy_(torch::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())}));
}

}  // namespace

std::vector<float> values_of(const torch::Tensor& tensor) {
  const auto here = tensor.detach().to(torch::kCPU, torch::kFloat).contiguous();
  return {here.data_ptr<float>(), here.data_ptr<float>() + here.numel()};
}

Adam::Adam(const neural::Adam::Settings& settings, torch::Tensor parameters, torch::Tensor decayed)
    : settings_(settings),
      parameters_(std::move(parameters)),
      decayed_(std::move(decayed)),
      first_(torch::zeros_like(parameters_)),
      second_(torch::zeros_like(parameters_)),
      average_(parameters_.detach().clone()) {}

void Adam::step() {
  torch::NoGradGuard none;
  torch::Tensor& gradient = parameters_.mutable_grad();
  const double rate = this->rate();
  // The norm stays on the device; it is fetched now and then only, as a look at it waits for the device.
  const torch::Tensor norm = gradient.norm();
  if (steps_ % 64 == 0 && !std::isfinite(norm.item<double>()))
    throw Error("the training diverged: the gradient is not finite", {}, "lower the learning rate");
  if (settings_.clip > 0) gradient.mul_((settings_.clip / (norm + 1e-12)).clamp_max(1.0));
  ++steps_;
  const double t = static_cast<double>(steps_);
  const double first_bias = 1 - math::exp(t * math::log(first_decay)), second_bias = 1 - math::exp(t * math::log(second_decay));
  first_.mul_(first_decay).add_(gradient, 1 - first_decay);
  second_.mul_(second_decay).addcmul_(gradient, gradient, 1 - second_decay);
  if (settings_.weight_decay > 0) parameters_.addcmul_(parameters_, decayed_, -rate * settings_.weight_decay);
  parameters_.addcdiv_(first_, second_.div(second_bias).sqrt_().add_(epsilon), -rate / first_bias);
  average_.lerp_(parameters_, 1 - std::min(settings_.average, (1 + t) / (10 + t)));
  gradient.zero_();
}

void Adam::require_finite() const {
  if (!parameters_.detach().isfinite().all().item<bool>()) throw Error("the training diverged: a parameter is not finite", {}, "lower the learning rate");
}

void Adam::save(SafetensorsWriter& file, const std::string& prefix) const {
  require_finite();
  const auto add = [&](const char* name, const torch::Tensor& tensor) {
    const auto values = values_of(tensor);
    file.add(prefix + name, {values.size()}, values);
  };
  add("parameters", parameters_);
  add("adam.first", first_);
  add("adam.second", second_);
  add("average", average_);
  file.metadata(prefix + "steps", std::to_string(steps_));
}

void Adam::load(const Safetensors& file, const std::string& prefix) {
  const auto size = static_cast<std::size_t>(parameters_.numel());
  fill(parameters_, file.floats(prefix + "parameters", {size}));
  fill(first_, file.floats(prefix + "adam.first", {size}));
  fill(second_, file.floats(prefix + "adam.second", {size}));
  fill(average_, file.floats(prefix + "average", {size}));
  steps_ = neural::count_of(file, prefix + "steps", settings_.steps);
}

}  // namespace tandem::torch_kit
