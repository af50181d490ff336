#include "language_learner.hpp"

#include <torch/torch.h>
#include <torch/version.h>

#include <cmath>
#include <tandem/error.hpp>
#include <tandem/torch/language_forward.hpp>
#include <tandem/torch/optimiser.hpp>
#include <tandem/torch/parameters.hpp>

namespace {

using torch::Tensor;
using tandem::torch_kit::tensor_of;
using Parameters = tandem::torch_kit::Parameters::Views;

}  // namespace

struct LanguageLearner::State final {
  State(const Settings& settings, std::span<const float> values, std::span<const tandem::Token> stream)
      : settings(settings),
        device(tandem::torch_kit::device_of(settings.device)),
        tensors(tandem::neural::tensors_of(settings.shape)),
        parameters(values, device),
        adam(settings.adam, parameters.flat(), decayed()),
        forward(settings.shape, device, settings.window),
        stream(tensor_of(stream, device)),
        reach(torch::arange(static_cast<std::int64_t>(settings.window) + 1, torch::dtype(torch::kLong).device(device))),
        loss(torch::zeros({}, torch::device(device))) {
    for (const auto& tensor : tensors) parameters.add(tensor.name, tensor.shape, tensor.offset);
  }

  /// Weight decay acts on matrices alone.
  Tensor decayed() const {
    Tensor out = torch::zeros({parameters.flat().numel()});
    for (const auto& tensor : tensors)
      if (tensor.shape.size() == 2)
        out.slice(0, static_cast<std::int64_t>(tensor.offset), static_cast<std::int64_t>(tensor.offset + tensor.size())).fill_(1);
    return out.to(device);
  }

  /// The mean loss of windows {batch, window + 1}.
  Tensor loss_of(const Parameters& of, const Tensor& windows, double dropout) const {
    const auto length = windows.size(1) - 1;
    const Tensor logits = forward(of, windows.slice(1, 0, length), dropout);
    return torch::cross_entropy_loss(logits.flatten(0, 1), windows.slice(1, 1, length + 1).flatten());
  }

  Settings settings;
  torch::Device device;
  std::vector<tandem::neural::LanguageTensor> tensors;
  tandem::torch_kit::Parameters parameters;
  tandem::torch_kit::Adam adam;
  tandem::torch_kit::LanguageForward forward;
  Tensor stream, reach, loss;
  std::uint64_t summed = 0;
};

LanguageLearner::LanguageLearner(const Settings& settings, std::span<const float> parameters, std::span<const tandem::Token> stream) {
  torch::set_num_threads(settings.threads);
  at::globalContext().setFloat32MatmulPrecision("high");
  state_ = std::make_unique<State>(settings, parameters, stream);
}
LanguageLearner::~LanguageLearner() = default;

void LanguageLearner::step(std::span<const std::int64_t> starts, std::uint64_t seed) {
  State& s = *state_;
  const Tensor first = torch::from_blob(const_cast<std::int64_t*>(starts.data()), {static_cast<std::int64_t>(starts.size()), 1}, torch::kLong);
  const Tensor windows = s.stream.index({first.to(s.device) + s.reach}).to(torch::kLong);
  if (s.settings.dropout > 0) torch::manual_seed(seed);
  const Tensor loss = s.loss_of(s.parameters.tensors(), windows, s.settings.dropout);
  loss.backward();
  s.adam.step();
  s.loss += loss.detach();
  ++s.summed;
}

void LanguageLearner::add_loss(tandem::neural::Running& running) {
  State& s = *state_;
  if (s.summed == 0) return;
  running.sum += s.loss.item<double>();
  running.count += s.summed;
  s.loss.zero_();
  s.summed = 0;
}

double LanguageLearner::judge(std::span<const tandem::Token> text, std::size_t most) {
  torch::NoGradGuard none;
  State& s = *state_;
  const std::size_t length = s.settings.window + 1, windows = text.size() / length, counted = std::min(most, windows), at_once = 64;
  double sum = 0;
  for (std::size_t first = 0; first < counted; first += at_once) {
    const std::size_t now = std::min(at_once, counted - first);
    std::vector<tandem::Token> part;
    for (std::size_t i = first; i < first + now; ++i) {
      const auto window = text.subspan(i * windows / counted * length, length);
      part.insert(part.end(), window.begin(), window.end());
    }
    const Tensor tokens = tensor_of(part, s.device).view({static_cast<std::int64_t>(now), static_cast<std::int64_t>(length)});
    sum += s.loss_of(s.parameters.of(s.adam.average()), tokens.to(torch::kLong), 0).item<double>() * static_cast<double>(now);
  }
  return counted == 0 ? 0 : sum / static_cast<double>(counted);
}

std::uint64_t LanguageLearner::steps() const { return state_->adam.steps(); }
double LanguageLearner::rate() const { return state_->adam.rate(); }
std::string LanguageLearner::device() const { return state_->device.str() + ", libtorch " TORCH_VERSION; }
std::vector<float> LanguageLearner::average() const { return tandem::torch_kit::values_of(state_->adam.average()); }
void LanguageLearner::save(tandem::SafetensorsWriter& file) const { state_->adam.save(file); }
void LanguageLearner::load(const tandem::Safetensors& file) { state_->adam.load(file); }
