#pragma once

#include <memory>
#include <tandem/model.hpp>
#include <tandem/neural/language_model.hpp>

namespace tandem::neural {

/// Ability of a model: it predicts by a network, and can by another of the same shape.
class LanguageWeights {
 public:
  virtual ~LanguageWeights() = default;
  virtual const LanguageModel& network() const = 0;
  /// The symbol that the network knows as what ends an item; others are the model's own.
  virtual Token network_end() const = 0;
  /// The same model, bound as this one is, that predicts by `network`.
  virtual std::shared_ptr<const Model> with(LanguageModel network) const = 0;
};

}  // namespace tandem::neural
