#include <torch/torch.h>
#include <torch/version.h>

#include <cmath>
#include <tandem/torch/language_forward.hpp>

namespace tandem::torch_kit {

using neural::LanguageFamily;
using neural::LanguageShape;
using torch::Tensor;

namespace {

constexpr double norm_epsilon = 1e-5;

Tensor affine(const LanguageForward::Tensors& parameters, const std::string& name, const Tensor& x) {
  const Tensor y = torch::matmul(x, parameters.at(name + ".weight"));
  const auto bias = parameters.find(name + ".bias");
  return bias == parameters.end() ? y : y + bias->second;
}

}  // namespace

LanguageForward::LanguageForward(const LanguageShape& shape, const torch::Device& device, std::size_t window) : shape_(shape) {
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

Tensor LanguageForward::normalised(const Tensors& parameters, const std::string& name, const Tensor& x) const {
  const Tensor& weight = parameters.at(name + ".weight");
  if (shape_.family == LanguageFamily::llama) return x * torch::rsqrt(x.square().mean(-1, true) + norm_epsilon) * weight;
  return torch::layer_norm(x, {x.size(-1)}, weight, parameters.at(name + ".bias"), norm_epsilon);
}

// Rotary positions on neighbouring pairs.
Tensor LanguageForward::turned(const Tensor& x) const {
  if (shape_.family != LanguageFamily::llama) return x;
  const auto pairs = x.view({x.size(0), x.size(1), x.size(2), -1, 2});
  const Tensor real = pairs.select(-1, 0), imaginary = pairs.select(-1, 1);
  const Tensor cosine = cosine_.slice(0, 0, x.size(1)).unsqueeze(1), sine = sine_.slice(0, 0, x.size(1)).unsqueeze(1);
  return torch::stack({real * cosine - imaginary * sine, real * sine + imaginary * cosine}, -1).flatten(-2);
}

template <class Linear>
Tensor LanguageForward::attention(const Linear& linear, const Tensor& x) const {
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

Tensor LanguageForward::lstm(const Tensors& parameters, Tensor x, double dropout) const {
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

Tensor LanguageForward::operator()(const Tensors& parameters, const Tensor& tokens, double dropout) const {
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
      return linear("feed_forward.1", torch::gelu(linear("feed_forward.0", y), "tanh"));
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

Tensor tensor_of(std::span<const Token> tokens, const torch::Device& device) {
  const Tensor out = torch::empty({static_cast<std::int64_t>(tokens.size())}, torch::kInt);
  std::copy(tokens.begin(), tokens.end(), out.data_ptr<std::int32_t>());
  return out.to(device);
}

}  // namespace tandem::torch_kit
