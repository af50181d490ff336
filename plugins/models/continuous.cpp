// A model of lines, over texts of many lines: for it a line's end is what it always was, for the link a symbol like others.
#include <memory>
#include <tandem/error.hpp>
#include <tandem/model.hpp>
#include <tandem/neural/language_weights.hpp>
#include <vector>

#include "prediction.hpp"

namespace {
using namespace tandem;
using models::Prediction;

constexpr double of_the_end = 0x1p-20;  // the probability that a text ends here: 20 bits a text

class ContinuousSession final : public Session, public Probabilities, public Cloneable {
 public:
  ContinuousSession(std::unique_ptr<Session> session, std::size_t inner) : inner_(inner), prediction_(std::move(session), inner), streams_(prediction_.session().streams()) {}

  std::size_t streams() const override { return streams_.size(); }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < streams_.size(); ++s) {
      if (active[s] && last[s] >= inner_) throw Error("token " + std::to_string(last[s]) + " ends a text or is not in the model's vocabulary");
      if (active[s]) streams_[s].clear();
    }
    prediction_.session().step(last, active);
  }

  std::span<const double> probabilities(std::size_t stream) const override {
    auto& values = streams_[stream];
    if (!values.empty()) return values;
    prediction_.weights(stream, weights_);
    double total = 0;
    for (const float value : weights_) total += static_cast<double>(value);
    for (const float value : weights_) values.push_back(static_cast<double>(value) / total * (1 - of_the_end));
    values.push_back(of_the_end);
    return values;
  }

  std::unique_ptr<Session> clone() const override {
    auto copy = std::make_unique<ContinuousSession>(prediction_.clone(), inner_);
    copy->streams_ = streams_;
    return copy;
  }

 private:
  std::size_t inner_;  // tokens of the model of lines
  Prediction prediction_;
  mutable std::vector<std::vector<double>> streams_;  // probabilities; empty until they are asked for
  mutable std::vector<float> weights_;
};

class Continuous final : public Model, public Complexity, public neural::LanguageWeights {
 public:
  Continuous() = default;
  /// As `from`, with another model inside.
  Continuous(const Continuous& from, std::shared_ptr<const Model> inside) : replaced_(std::move(inside)), inner_(from.inner_), vocabulary_(from.vocabulary_) {}

  void fields(Fields& f) override {
    f("model", part_).role("model").required().doc("over the same bytes, with one of them, such as 10, that ends a line");
    f("tokenizer", tokenizer_).role("tokenizer").required().doc("of that model, such as {\"bytes\": {\"end\": 10}}");
    f.source("running text as one sequence: Deletang et al. 2024, arXiv 2309.10668, section 3.2");
    f.example(R"({"model": {"transformer-lm": {"weights": "model:lm-bytes"}}, "tokenizer": {"bytes": {"end": 10}}})");
  }
  void ready(const Environment&) override {
    try {
      part_.component->bind(*tokenizer_.component);
    } catch (const FieldError& e) {
      throw FieldError("model." + e.field(), e.message(), e.hint());
    }
    inner_ = part().vocabulary();
    if (inner_.size != 256 || inner_.end > 255 || !inner_.fingerprint.starts_with("bytes:"))
      throw FieldError("tokenizer", "must be of bytes, one of which ends a line", "for example {\"bytes\": {\"end\": 10}}");
  }
  void bind(Component& other) override {
    const auto* tokenizer = dynamic_cast<const Tokenizer*>(&other);
    if (!tokenizer) throw Error("a model is bound to a tokenizer", {}, "name the tokenizer in \"with\"");
    const Vocabulary vocabulary = tokenizer->vocabulary();
    if (vocabulary.fingerprint != "bytes:extra") throw Error("the link's tokenizer must be of bytes with an end of its own", {}, "\"bytes\", as it is by default");
    vocabulary_ = vocabulary;
  }
  Vocabulary vocabulary() const override {
    if (vocabulary_.size == 0) throw Error("the model has no tokenizer yet", {}, "name the tokenizer in \"with\"");
    return vocabulary_;
  }
  std::uint64_t parameters() const override { return models::parameters_of(part()); }
  double operations(const Workload& frame, Counting counting) const override { return models::operations_of(part(), frame, counting); }
  Exactness exactness() const override { return replaced_ || part_.component ? part().exactness() : Exactness::portable; }

  const neural::LanguageModel& network() const override { return weights().network(); }
  Token network_end() const override { return inner_.end; }
  std::shared_ptr<const Model> with(neural::LanguageModel network) const override {
    return std::make_shared<Continuous>(*this, weights().with(std::move(network)));
  }

  /// A text begins where a line does.
  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    std::vector<Token> inside(seed.begin(), seed.end());
    for (Token& token : inside) token = token == vocabulary().end ? inner_.end : token;
    return std::make_unique<ContinuousSession>(part().open(streams, inside), inner_.size);
  }

 private:
  const Model& part() const { return replaced_ ? *replaced_ : dynamic_cast<const Model&>(*part_.component); }
  const neural::LanguageWeights& weights() const {
    const auto* weights = dynamic_cast<const neural::LanguageWeights*>(&part());
    if (!weights) throw Error("the model inside has no network");
    return *weights;
  }

  Part part_, tokenizer_;
  std::shared_ptr<const Model> replaced_;
  Vocabulary inner_, vocabulary_;
};

}  // namespace
TANDEM_PLUGIN(Continuous, tandem::Model, "continuous", "1.0.0", "a model of lines, over texts of many lines")
