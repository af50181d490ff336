#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <tandem/neural/language_model.hpp>
#include <vector>

namespace tandem::coders {

struct AdapterTraining final {
  std::size_t rank = 0;
  double rate = 5e-3;         ///< of Adam, at its peak
  double passes = 4;          ///< through the text
  std::size_t batch = 4;      ///< windows a step
  std::size_t window = 256;   ///< tokens of a window; a transformer has as many positions
  std::uint64_t seed = 1;
};

/// The adapter, see neural::adapter_tensors_of, with which the model predicts the text best: learned from the text itself, by
/// libtorch, on one thread. The text has more tokens than a window. Throws std::exception where libtorch fails, such as for want of
/// memory, and Error where this build has no libtorch.
std::vector<float> train_adapter(const neural::LanguageModel& model, std::span<const Token> text, const AdapterTraining& training);

}  // namespace tandem::coders
