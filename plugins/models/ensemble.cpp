// Two models as one: a weighted geometric mean of what they predict, with weights that can learn on the way.
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <tandem/error.hpp>
#include <tandem/model.hpp>
#include <vector>

#include "prediction.hpp"

namespace {
using namespace tandem;
using models::Prediction;

constexpr std::size_t parts = 2;
using Weights = std::array<double, parts>;

class EnsembleSession final : public Session, public Probabilities, public Cloneable {
 public:
  EnsembleSession(std::vector<std::unique_ptr<Session>> sessions, std::size_t vocabulary, const Weights& weights, double rate)
      : streams_(sessions[0]->streams()), vocabulary_(vocabulary), rate_(rate) {
    for (auto& session : sessions) parts_.emplace_back(std::move(session), vocabulary);
    for (auto& stream : streams_) stream.weights = weights;
  }

  std::size_t streams() const override { return streams_.size(); }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < streams_.size(); ++s) {
      if (!active[s]) continue;
      if (last[s] >= vocabulary_) throw Error("token " + std::to_string(last[s]) + " is not in the model's vocabulary");
      if (rate_ > 0) learn(s, last[s]);
      streams_[s].fresh = false;
    }
    for (auto& part : parts_) part.session().step(last, active);
  }
  std::span<const double> probabilities(std::size_t stream) const override { return mixed(stream).mix; }

  std::unique_ptr<Session> clone() const override {
    std::vector<std::unique_ptr<Session>> copies;
    for (const auto& part : parts_) copies.push_back(part.clone());
    auto copy = std::make_unique<EnsembleSession>(std::move(copies), vocabulary_, Weights{}, rate_);
    copy->streams_ = streams_;
    return copy;
  }

 private:
  struct Stream final {
    Weights weights{};
    std::array<std::vector<float>, parts> logarithms;
    std::vector<double> mix;
    bool fresh = false;
  };

  Stream& mixed(std::size_t s) const {
    Stream& stream = streams_[s];
    if (stream.fresh) return stream;
    for (std::size_t k = 0; k < parts; ++k) parts_[k].logarithms(s, stream.logarithms[k]);
    sum_.resize(vocabulary_);
    const auto &one = stream.logarithms[0], &two = stream.logarithms[1];
    const auto first = static_cast<float>(stream.weights[0]), second = static_cast<float>(stream.weights[1]);
    for (std::size_t i = 0; i < vocabulary_; ++i) sum_[i] = first * one[i] + second * two[i];
    models::softmax(sum_, stream.mix);
    stream.fresh = true;
    return stream;
  }

  /// One step down the slope of -ln mix(symbol): a part that expected it more than the mix did gains weight.
  void learn(std::size_t s, Token symbol) {
    Stream& stream = mixed(s);
    for (std::size_t k = 0; k < parts; ++k) {
      double expected = 0;
      for (std::size_t i = 0; i < vocabulary_; ++i) expected += stream.mix[i] * static_cast<double>(stream.logarithms[k][i]);
      const double moved = stream.weights[k] + rate_ * (static_cast<double>(stream.logarithms[k][symbol]) - expected);
      stream.weights[k] = std::clamp(moved, 0.0, 4.0);
    }
  }

  std::vector<Prediction> parts_;
  mutable std::vector<Stream> streams_;
  mutable std::vector<float> sum_;
  std::size_t vocabulary_;
  double rate_;
};

class Ensemble final : public Model, public Complexity {
 public:
  void fields(Fields& f) override {
    f("first", models_[0]).role("model").required().doc("a model");
    f("second", models_[1]).role("model").required().doc("another one over the same tokens; an ensemble may stand here too");
    f("weights", weights_, {0.5, 0.5}).doc("of the logarithms of the two, where a frame begins");
    f("mix", mix_, "online").choices({"static", "online"}).doc("static: the weights stay as they are; online: they learn in every stream, from its symbols");
    f("rate", rate_, 0.002).range(0, 1).doc("of that learning");
    f.source("Mattern, \"Mixing strategies in data compression\", DCC 2012, geometric weighting; Mahoney 2005, section 4");
    f.example(R"({"first": {"ppm": {"text": "corpus:prime"}}, "second": {"transformer-lm": {"weights": "model:lm-bytes"}}})");
    f.beside(R"({"tokenizer": {"bytes": {"end": 10}}})");
  }
  void ready(const Environment&) override {
    if (weights_.size() != parts || std::ranges::any_of(weights_, [](double w) { return !(w >= 0 && w <= 4); }))
      throw FieldError("weights", "takes two numbers from 0 to 4");
  }
  void bind(Component& other) override {
    constexpr const char* names[] = {"first", "second"};
    for (std::size_t k = 0; k < parts; ++k) try {
        models_[k].component->bind(other);
      } catch (const FieldError& e) {
        throw FieldError(std::string(names[k]) + "." + e.field(), e.message(), e.hint());
      }
    require_one_vocabulary();
  }
  Vocabulary vocabulary() const override { return part(0).vocabulary(); }
  std::uint64_t parameters() const override { return models::parameters_of(part(0)) + models::parameters_of(part(1)); }
  double operations(const Workload& frame, Counting counting) const override {
    return models::operations_of(part(0), frame, counting) + models::operations_of(part(1), frame, counting);
  }
  Exactness exactness() const override {
    Exactness least_exact = Exactness::portable;
    for (const auto& model : models_)
      if (model.component) least_exact = std::min(least_exact, model.component->exactness());
    return least_exact;
  }

  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    require_one_vocabulary();
    std::vector<std::unique_ptr<Session>> sessions;
    const bool learns = mix_ == "online";
    const auto begin = learns ? seed.first(std::min<std::size_t>(seed.size(), 1)) : seed;
    for (std::size_t k = 0; k < parts; ++k) sessions.push_back(part(k).open(streams, begin));
    auto session = std::make_unique<EnsembleSession>(std::move(sessions), vocabulary().size, Weights{weights_[0], weights_[1]},
                                                     learns ? rate_ : 0);
    const std::vector<std::uint8_t> all(streams, 1);
    for (const Token token : seed.subspan(begin.size())) session->step(std::vector<Token>(streams, token), all);  // the weights learn from it
    return session;
  }

 private:
  void require_one_vocabulary() const {
    if (part(0).vocabulary().size != part(1).vocabulary().size) throw Error("the models of an ensemble must share one vocabulary");
  }
  const Model& part(std::size_t k) const { return dynamic_cast<const Model&>(*models_[k].component); }

  std::array<Part, parts> models_;
  std::vector<double> weights_;
  std::string mix_;
  double rate_ = 0;
};

}  // namespace
TANDEM_PLUGIN(Ensemble, tandem::Model, "ensemble", "1.0.0", "two models mixed, with weights that learn")
