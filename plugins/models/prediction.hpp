#pragma once

#include <algorithm>
#include <memory>
#include <tandem/complexity.hpp>
#include <tandem/error.hpp>
#include <tandem/math.hpp>
#include <tandem/model.hpp>
#include <utility>
#include <vector>

namespace tandem::models {

/// How large the networks of a model within another are, and how much they compute; nothing where it has none.
inline std::uint64_t parameters_of(const Model& model) {
  const auto* complexity = dynamic_cast<const Complexity*>(&model);
  return complexity ? complexity->parameters() : 0;
}
inline double operations_of(const Model& model, const Workload& frame, Counting counting) {
  const auto* complexity = dynamic_cast<const Complexity*>(&model);
  return complexity ? complexity->operations(frame, counting) : 0;
}

/// Probabilities from logarithms, up to a constant, which are used up.
inline void softmax(std::vector<float>& logarithms, std::vector<double>& out) {
  const float largest = *std::ranges::max_element(logarithms);
  for (float& value : logarithms) value -= largest;
  math::exp(logarithms, logarithms);
  double total = 0;
  for (const float value : logarithms) total += static_cast<double>(value);
  out.resize(logarithms.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<double>(logarithms[i]) / total;
}

/// What a session predicts for the next symbol, whatever its abilities.
class Prediction final {
 public:
  Prediction(std::unique_ptr<Session> session, std::size_t vocabulary)
      : session_(std::move(session)),
        probabilities_(dynamic_cast<Probabilities*>(session_.get())),
        logits_(dynamic_cast<Logits*>(session_.get())),
        distribution_(dynamic_cast<Distribution*>(session_.get())),
        vocabulary_(vocabulary) {
    if (!probabilities_ && !logits_ && !distribution_) throw Error("the model inside must offer probabilities, logits or a distribution");
  }
  std::size_t vocabulary() const { return vocabulary_; }
  Session& session() { return *session_; }
  const Session& session() const { return *session_; }

  /// What a model gives at least: a zero would forbid what others expect.
  static constexpr float least = 1e-30f;
  /// Natural logarithms, up to a constant of the position.
  void logarithms(std::size_t stream, std::vector<float>& out) const {
    out.resize(vocabulary_);
    if (!probabilities_ && logits_) {
      const auto logits = logits_->logits(stream);
      std::ranges::copy(logits, out.begin());
      return;
    }
    if (probabilities_) {
      const auto values = probabilities_->probabilities(stream);
      for (std::size_t i = 0; i < vocabulary_; ++i) out[i] = std::max(static_cast<float>(values[i]), least);
    } else {
      for (std::size_t i = 0; i < vocabulary_; ++i)
        out[i] = static_cast<float>(distribution_->interval(stream, static_cast<Token>(i)).frequency);
    }
    math::log(out, out);
  }

  /// What is proportional to the probabilities; the largest is 1.
  void weights(std::size_t stream, std::vector<float>& out) const {
    logarithms(stream, out);
    const float largest = *std::ranges::max_element(out);
    for (float& value : out) value -= largest;
    math::exp(out, out);
  }

  /// A copy that goes on alone.
  std::unique_ptr<Session> clone() const {
    const auto* cloneable = dynamic_cast<const Cloneable*>(session_.get());
    if (!cloneable) throw Error("the model inside has sessions that cannot be copied");
    return cloneable->clone();
  }

 private:
  std::unique_ptr<Session> session_;
  Probabilities* probabilities_;
  Logits* logits_;
  Distribution* distribution_;
  std::size_t vocabulary_;
};

}  // namespace tandem::models
