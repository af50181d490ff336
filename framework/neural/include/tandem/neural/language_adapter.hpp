#pragma once

#include <cstddef>
#include <span>
#include <tandem/neural/language_model.hpp>
#include <vector>

namespace tandem::neural {

/// A small difference between two language models of one shape (Hu et al., LoRA, ICLR 2022): every matrix of a layer
/// W + P Q, with P {inputs, rank} and Q {rank, outputs}; every gain and bias g + d. Rank 0: gains and biases alone.
///
/// The tensors of a difference: "NAME.in" and "NAME.out" for the matrix NAME, "NAME" for a gain or bias.
std::vector<LanguageTensor> adapter_tensors_of(const LanguageShape& shape, std::size_t rank);

/// All parameters of the other model, from those of the one and the values of the difference, each tensor after tensor. Every
/// machine computes the same bits.
std::vector<float> adapted(const LanguageShape& shape, std::span<const float> parameters, std::size_t rank, std::span<const float> adapter);

}  // namespace tandem::neural
