#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tandem/model.hpp>
#include <tandem/neural/language_model.hpp>
#include <tandem/neural/language_weights.hpp>
#include <tandem/neural/operations.hpp>
#include <utility>
#include <vector>

namespace tandem::models {

/// Streams of a neural language model.
class LanguageSession final : public Session, public Logits, public Cloneable {
 public:
  explicit LanguageSession(neural::LanguageState state) : state_(std::move(state)) {}
  std::size_t streams() const override { return state_.streams(); }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override { state_.step(last, active); }
  std::span<const float> logits(std::size_t stream) const override { return state_.logits(stream); }
  std::span<const float> hidden(std::size_t stream) const override { return state_.hidden(stream); }
  std::unique_ptr<Session> clone() const override { return std::make_unique<LanguageSession>(state_.clone()); }

 private:
  neural::LanguageState state_;
};

/// A network over a tokenizer's vocabulary. Which distribution a coder uses follows from the logits.
class NetworkModel : public Model, public Complexity, public neural::LanguageWeights {
 public:
  NetworkModel() = default;
  /// As `from`, with another network.
  NetworkModel(const NetworkModel& from, neural::LanguageModel network)
      : network_(std::move(network)), vocabulary_(from.vocabulary_), window_(from.window_), overlap_(from.overlap_) {}

  Vocabulary vocabulary() const final {
    if (vocabulary_.size == 0) throw Error("the model has no tokenizer yet", {}, "name the tokenizer in \"with\"");
    return vocabulary_;
  }
  Exactness exactness() const final { return Exactness::portable; }
  std::uint64_t parameters() const final { return neural::parameters_of(network().shape()); }
  double operations(const Workload& frame, Counting counting) const final {
    return neural::operations_of(network().shape(), frame.tokens + 1, counting);
  }

  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const final {
    auto state = network().open(streams, window_, overlap_ ? std::optional(static_cast<std::size_t>(*overlap_)) : std::nullopt);
    const std::vector<std::uint8_t> active(streams, 1);
    for (const Token token : seed) state.step(std::vector<Token>(streams, token), active);
    return std::make_unique<LanguageSession>(std::move(state));
  }

  const neural::LanguageModel& network() const final {
    if (!network_) throw Error("the model has not read its weights yet");
    return *network_;
  }
  Token network_end() const final { return vocabulary().end; }
  std::shared_ptr<const Model> with(neural::LanguageModel network) const final {
    return std::make_shared<NetworkModel>(*this, std::move(network));
  }

 protected:
  std::optional<neural::LanguageModel> network_;
  Vocabulary vocabulary_;
  std::size_t window_ = 0;
  std::optional<std::int64_t> overlap_;
};

/// A network whose weights are in a file.
class WeightsModel : public NetworkModel {
 public:
  /// Reads the weights, once for all that is bound later.
  void ready(const Environment&) final { network_ = read(weights_.path); }
  void bind(Component& other) final {
    const auto* tokenizer = dynamic_cast<const Tokenizer*>(&other);
    if (!tokenizer) throw Error("a model is bound to a tokenizer", {}, "name the tokenizer in \"with\"");
    const Vocabulary vocabulary = tokenizer->vocabulary();
    const std::size_t size = network().shape().vocabulary;
    if (vocabulary.size != size)
      throw FieldError("weights", "are of a model of " + std::to_string(size) + " tokens, but the tokenizer has " +
                                      std::to_string(vocabulary.size));
    if (!trained_with_.empty() && trained_with_ != vocabulary.fingerprint)
      throw FieldError(
          "weights", "were trained with the tokenizer " + trained_with_ + ", but this one is " + vocabulary.fingerprint,
          "name the tokenizer, and its file, that the weights were trained with");
    vocabulary_ = vocabulary;
  }

 protected:
  Fields::Field declare_weights(Fields& f) { return f("weights", weights_).required(); }
  /// Of models that look back over a window.
  void declare_window(Fields& f) {
    f("window", window_, std::size_t{0})
        .range(0, 1 << 20)
        .unit("tokens")
        .doc("that a stream looks back over at most; 0: as many as the model can");
    f("overlap", overlap_)
        .range(0, (1 << 20) - 1)
        .unit("tokens")
        .doc("of a full window that the next one reads again; half of them if not said; 0: windows know nothing of each other; all but one: each token is "
             "predicted from a full window, which is read for it alone");
  }
  /// Throws Error for a file that holds no such model.
  virtual neural::LanguageModel read(const std::string& path) = 0;
  /// Only a tokenizer of this fingerprint fits, if it is not empty.
  void trained_with(std::string fingerprint) { trained_with_ = std::move(fingerprint); }

 private:
  File weights_;
  std::string trained_with_;
};

/// Weights in the project's own format.
class TrainedModel : public WeightsModel {
 protected:
  virtual bool fits(neural::LanguageFamily family) const = 0;

 private:
  neural::LanguageModel read(const std::string& path) final {
    const Safetensors file(path);
    auto model = neural::LanguageModel::load(file);
    const auto family = model.shape().family;
    if (!fits(family))
      throw FieldError("weights", "are those of another plugin: the file holds a model of the family " +
                                      std::string(neural::name(family)));
    const auto tokenizer = file.metadata().find("tokenizer");
    trained_with(tokenizer == file.metadata().end() ? std::string() : tokenizer->second);
    return model;
  }
};

}  // namespace tandem::models
