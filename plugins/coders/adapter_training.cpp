#include "adapter_training.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <tandem/neural/language_adapter.hpp>
#include <tandem/noise.hpp>
#include <tandem/torch/language_forward.hpp>
#include <tandem/torch/optimiser.hpp>
#include <tandem/torch/parameters.hpp>

namespace tandem::coders {
namespace {

using torch::Tensor;
using torch_kit::LanguageForward;
using torch_kit::Parameters;

/// The number of threads is libtorch's for all of the process.
class OneThread final {
 public:
  OneThread() { torch::set_num_threads(1); }
  ~OneThread() { torch::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_ = torch::get_num_threads();
};

/// P small and random, all else zero: the first step begins at the model itself.
std::vector<float> first_values(std::span<const neural::LanguageTensor> tensors, std::uint64_t seed) {
  std::vector<float> out(tensors.back().offset + tensors.back().size(), 0.0f);
  for (const auto& tensor : tensors) {
    if (!tensor.name.ends_with(".in")) continue;
    const auto values = std::span(out).subspan(tensor.offset, tensor.size());
    Noise(seed, tensor.name, 0).normals(0, values);
    for (float& value : values) value /= std::sqrt(static_cast<float>(tensor.shape[0]));
  }
  return out;
}

/// The model's tensors with the adapter's differences; what the adapter leaves alone stays.
LanguageForward::Tensors together(const LanguageForward::Tensors& model, const Parameters::Views& adapter) {
  LanguageForward::Tensors out = model;
  for (auto& [name, tensor] : out) {
    if (const auto delta = adapter.find(name); delta != adapter.end()) tensor = tensor + delta->second;
    if (const auto in = adapter.find(name + ".in"); in != adapter.end()) tensor = torch::addmm(tensor, in->second, adapter.at(name + ".out"));
  }
  return out;
}

}  // namespace

std::vector<float> train_adapter(const neural::LanguageModel& model, std::span<const Token> text, const AdapterTraining& training) {
  const OneThread one;
  const neural::LanguageShape& shape = model.shape();
  const torch::Device device = torch::kCPU;
  const auto base = model.parameters();
  Parameters frozen(base, device);
  for (const auto& tensor : neural::tensors_of(shape)) frozen.add(tensor.name, tensor.shape, tensor.offset);
  const auto tensors = frozen.of(frozen.flat());

  const auto parts = neural::adapter_tensors_of(shape, training.rank);
  Parameters adapter(first_values(parts, training.seed), device);
  for (const auto& part : parts) adapter.add(part.name, part.shape, part.offset);

  neural::Adam::Settings settings;
  settings.rate = training.rate;
  settings.steps = static_cast<std::uint64_t>(std::ceil(training.passes * static_cast<double>(text.size()) / static_cast<double>(training.batch * training.window)));
  settings.warm_up = std::min<std::uint64_t>(settings.steps / 10, 100);
  settings.average = std::min(0.99, 1 - 10 / static_cast<double>(settings.steps + 10));
  torch_kit::Adam adam(settings, adapter.flat(), torch::zeros_like(adapter.flat()));

  const LanguageForward forward(shape, device, training.window);
  const Tensor stream = torch_kit::tensor_of(text, device);
  const Tensor reach = torch::arange(static_cast<std::int64_t>(training.window) + 1, torch::kLong);
  std::vector<std::int64_t> starts(training.batch);
  std::vector<float> where(training.batch);
  const Noise noise(training.seed, "windows", 0);
  for (std::uint64_t step = 0; step < settings.steps; ++step) {
    noise.uniforms(step, where);
    for (std::size_t i = 0; i < starts.size(); ++i)
      starts[i] = static_cast<std::int64_t>(static_cast<double>(where[i]) * static_cast<double>(text.size() - training.window));
    const Tensor first = torch::from_blob(starts.data(), {static_cast<std::int64_t>(starts.size()), 1}, torch::kLong);
    const Tensor windows = stream.index({first + reach}).to(torch::kLong);
    const auto length = windows.size(1) - 1;
    const Tensor logits = forward(together(tensors, adapter.tensors()), windows.slice(1, 0, length), 0);
    torch::cross_entropy_loss(logits.flatten(0, 1), windows.slice(1, 1, length + 1).flatten()).backward();
    adam.step();
  }
  return torch_kit::values_of(adam.average());
}

}  // namespace tandem::coders
