#include "language_learner.hpp"

#include <torch/torch.h>
#include <torch/version.h>

#include <cmath>
#include <tandem/error.hpp>
#include <tandem/torch/optimiser.hpp>
#include <tandem/torch/parameters.hpp>

namespace {

using tandem::neural::LanguageFamily;
using tandem::neural::LanguageShape;
using torch::Tensor;
using Parameters = tandem::torch_kit::Parameters::Views;

constexpr double norm_epsilon = 1e-5;

/// The forward pass of every family, over named views of one flat tensor.
class Forward final {
 public:
  Forward(const LanguageShape& shape, const torch::Device& device, std::size_t window) : shape_(shape) {
    const auto length = static_cast<std::int64_t>(window);
    positions_ = torch::arange(length, torch::dtype(torch::kLong).device(device));
    mask_ = torch::full({length, length}, -1e9, torch::device(device)).triu(1);
    if (shape.family != LanguageFamily::llama) return;
    const auto half = static_cast<std::int64_t>(shape.head_width() / 2);
    const auto at = torch::arange(half, torch::kDouble) / static_cast<double>(half);
    const auto angle = torch::outer(torch::arange(length, torch::kDouble), torch::pow(10000.0, -at));
    cosine_ = angle.cos().to(torch::kFloat).to(device);
    sine_ = angle.sin().to(torch::kFloat).to(device);
  }

  /// Logits {batch, time, vocabulary} for tokens {batch, time}.
  Tensor operator()(const Parameters& parameters, const Tensor& tokens, double dropout) const {
    const auto p = [&](const std::string& name) { return parameters.at(name); };
    const auto drop = [&](const Tensor& x) { return dropout > 0 ? torch::dropout(x, dropout, true) : x; };
    const auto family = shape_.family;
    Tensor x = torch::embedding(p("embedding"), tokens);
    if (family == LanguageFamily::lstm) return lstm(parameters, x, dropout);
    if (family == LanguageFamily::lmic) x = x * std::sqrt(static_cast<double>(shape_.width));
    if (family != LanguageFamily::llama) x = x + torch::embedding(p("position"), positions_.slice(0, 0, tokens.size(1)));
    x = drop(x);
    for (std::size_t n = 0; n < shape_.layers; ++n) {
      const std::string layer = "layers." + std::to_string(n) + ".";
      const auto norm = [&](const std::string& name, const Tensor& y) { return normalised(parameters, layer + name, y); };
      const auto linear = [&](const std::string& name, const Tensor& y) { return affine(parameters, layer + name, y); };
      const auto forward = [&](const Tensor& y) {
        if (family == LanguageFamily::llama)
          return linear("feed_forward.down", torch::silu(linear("feed_forward.gate", y)) * linear("feed_forward.up", y));
        return linear("feed_forward.1", gelu(linear("feed_forward.0", y)));
      };
      if (family == LanguageFamily::lmic) {
        x = norm("attention_norm", x + drop(attention(linear, x)));
        x = norm("feed_forward_norm", x + drop(forward(x)));
      } else {
        x = x + drop(attention(linear, norm("attention_norm", x)));
        x = x + drop(forward(norm("feed_forward_norm", x)));
      }
    }
    if (family != LanguageFamily::lmic) x = normalised(parameters, "final_norm", x);
    if (family == LanguageFamily::lmic || shape_.own_head) return affine(parameters, "head", x);
    return torch::matmul(x, p("embedding").t());
  }

 private:
  static Tensor affine(const Parameters& parameters, const std::string& name, const Tensor& x) {
    const Tensor y = torch::matmul(x, parameters.at(name + ".weight"));
    const auto bias = parameters.find(name + ".bias");
    return bias == parameters.end() ? y : y + bias->second;
  }

  Tensor normalised(const Parameters& parameters, const std::string& name, const Tensor& x) const {
    const Tensor& weight = parameters.at(name + ".weight");
    if (shape_.family == LanguageFamily::llama) return x * torch::rsqrt(x.square().mean(-1, true) + norm_epsilon) * weight;
    return torch::layer_norm(x, {x.size(-1)}, weight, parameters.at(name + ".bias"), norm_epsilon);
  }

  static Tensor gelu(const Tensor& x) { return torch::gelu(x, "tanh"); }

  template <class Linear>
  Tensor attention(const Linear& linear, const Tensor& x) const {
    const auto batch = x.size(0), length = x.size(1), width = static_cast<std::int64_t>(shape_.head_width());
    const auto heads = [&](const char* name) { return linear(name, x).view({batch, length, -1, width}); };
    Tensor query = turned(heads("attention.query")), key = turned(heads("attention.key")), value = heads("attention.value");
    if (shape_.key_heads != shape_.heads && shape_.family == LanguageFamily::llama) {
      const auto shared = static_cast<std::int64_t>(shape_.heads / shape_.key_heads);
      key = key.repeat_interleave(shared, 2);
      value = value.repeat_interleave(shared, 2);
    }
    query = query.transpose(1, 2), key = key.transpose(1, 2), value = value.transpose(1, 2);
#if TORCH_VERSION_MAJOR >= 2
    const Tensor mixed = at::scaled_dot_product_attention(query, key, value, {}, 0.0, true);
#else
    const Tensor scores = torch::matmul(query, key.transpose(2, 3)) / std::sqrt(static_cast<double>(width));
    const Tensor mixed = torch::matmul(torch::softmax(scores + mask_.slice(0, 0, length).slice(1, 0, length), -1), value);
#endif
    return linear("attention.output", mixed.transpose(1, 2).reshape({batch, length, -1}));
  }

  /// Rotary positions on neighbouring pairs.
  Tensor turned(const Tensor& x) const {
    if (shape_.family != LanguageFamily::llama) return x;
    const auto pairs = x.view({x.size(0), x.size(1), x.size(2), -1, 2});
    const Tensor real = pairs.select(-1, 0), imaginary = pairs.select(-1, 1);
    const Tensor cosine = cosine_.slice(0, 0, x.size(1)).unsqueeze(1), sine = sine_.slice(0, 0, x.size(1)).unsqueeze(1);
    return torch::stack({real * cosine - imaginary * sine, real * sine + imaginary * cosine}, -1).flatten(-2);
  }

  Tensor lstm(const Parameters& parameters, Tensor x, double dropout) const {
    const auto width = static_cast<std::int64_t>(shape_.width);
    const Tensor zero = torch::zeros({1, x.size(0), width}, x.options());
    for (std::size_t n = 0; n < shape_.layers; ++n) {
      const std::string layer = "layers." + std::to_string(n) + ".";
      if (dropout > 0) x = torch::dropout(x, dropout, true);
      const Tensor& bias = parameters.at(layer + "bias");
      const std::vector<Tensor> weights = {parameters.at(layer + "input.weight").t().contiguous(),
                                           parameters.at(layer + "state.weight").t().contiguous(), bias,
                                           torch::zeros_like(bias)};
      x = std::get<0>(torch::lstm(x, {zero, zero}, weights, true, 1, 0.0, true, false, true));
    }
    if (dropout > 0) x = torch::dropout(x, dropout, true);
    return torch::matmul(x, parameters.at("embedding").t()) + parameters.at("head.bias");
  }

  LanguageShape shape_;
  Tensor positions_, mask_, cosine_, sine_;
};

Tensor tensor_of(std::span<const tandem::Token> stream, const torch::Device& device) {
  const Tensor out = torch::empty({static_cast<std::int64_t>(stream.size())}, torch::kInt);
  std::copy(stream.begin(), stream.end(), out.data_ptr<std::int32_t>());
  return out.to(device);
}

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
  Forward forward;
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
