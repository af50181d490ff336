#pragma once

#include <span>
#include <string>
#include <tandem/neural/language_model.hpp>
#include <tandem/torch/parameters.hpp>
#include <torch/types.h>

namespace tandem::torch_kit {

/// The forward pass of every family of language models, over named tensors as `neural::tensors_of` has them. What it computes
/// agrees with neural::LanguageModel up to rounding.
class LanguageForward final {
 public:
  using Tensors = Parameters::Views;

  /// For windows of up to `window` tokens.
  LanguageForward(const neural::LanguageShape& shape, const torch::Device& device, std::size_t window);

  /// Logits {batch, time, vocabulary} for tokens {batch, time}; `dropout` of what each branch adds.
  torch::Tensor operator()(const Tensors& parameters, const torch::Tensor& tokens, double dropout) const;

 private:
  torch::Tensor normalised(const Tensors& parameters, const std::string& name, const torch::Tensor& x) const;
  template <class Linear>
  torch::Tensor attention(const Linear& linear, const torch::Tensor& x) const;
  torch::Tensor turned(const torch::Tensor& x) const;
  torch::Tensor lstm(const Tensors& parameters, torch::Tensor x, double dropout) const;

  neural::LanguageShape shape_;
  torch::Tensor positions_, mask_, cosine_, sine_;
};

/// Tokens on a device, {tokens}.
torch::Tensor tensor_of(std::span<const Token> tokens, const torch::Device& device);

}  // namespace tandem::torch_kit
