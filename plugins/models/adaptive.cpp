// A model that goes on learning while it predicts: how much to trust itself, which symbols are more frequent here than where it
// learned, and what the last layer makes of what the network saw. Sender and receiver learn the same from the same symbols, so that
// nothing of it is sent.
#include <algorithm>
#include <memory>
#include <tandem/error.hpp>
#include <tandem/model.hpp>
#include <vector>

#include "prediction.hpp"

namespace {
using namespace tandem;
using models::Prediction;

constexpr std::size_t largest_head = std::size_t{1} << 20;  // values a stream: more would take longer to learn than most models to predict

struct Rates final {
  double bias = 0, scale = 0, head = 0;
};

class AdaptiveSession final : public Session, public Probabilities, public Cloneable {
 public:
  AdaptiveSession(std::unique_ptr<Session> session, std::size_t vocabulary, const Rates& rates)
      : prediction_(std::move(session), vocabulary), rates_(rates), streams_(prediction_.session().streams()) {
    for (Stream& stream : streams_) stream.bias.resize(vocabulary);
  }

  std::size_t streams() const override { return streams_.size(); }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < streams_.size(); ++s) {
      if (!active[s]) continue;
      if (last[s] >= prediction_.vocabulary()) throw Error("token " + std::to_string(last[s]) + " is not in the model's vocabulary");
      learn(s, last[s]);
      streams_[s].fresh = false;
    }
    prediction_.session().step(last, active);
  }
  std::span<const double> probabilities(std::size_t stream) const override { return adapted(stream).probabilities; }

  std::unique_ptr<Session> clone() const override {
    auto copy = std::make_unique<AdaptiveSession>(prediction_.clone(), prediction_.vocabulary(), rates_);
    copy->streams_ = streams_;
    return copy;
  }

 private:
  struct Stream final {
    float scale = 1;            // of the model's logarithms
    std::vector<float> bias;    // of each symbol
    std::vector<float> head;    // of each hidden channel to each symbol; empty before the first step and without hidden channels
    std::vector<float> logarithms;
    std::vector<double> probabilities;
    bool fresh = false;
  };

  std::span<const float> hidden(std::size_t s) const {
    const auto* logits = dynamic_cast<const Logits*>(&prediction_.session());
    if (!logits || rates_.head <= 0) return {};
    const auto channels = logits->hidden(s);
    return channels.size() * prediction_.vocabulary() <= largest_head ? channels : std::span<const float>{};
  }

  Stream& adapted(std::size_t s) const {
    Stream& stream = streams_[s];
    if (stream.fresh) return stream;
    const std::size_t size = prediction_.vocabulary();
    prediction_.logarithms(s, stream.logarithms);
    sum_ = stream.bias;
    for (std::size_t i = 0; i < size; ++i) sum_[i] += stream.scale * stream.logarithms[i];
    const auto channels = hidden(s);
    for (std::size_t c = 0; c < channels.size() && !stream.head.empty(); ++c) {
      const float* row = &stream.head[c * size];
      for (std::size_t i = 0; i < size; ++i) sum_[i] += channels[c] * row[i];
    }
    models::softmax(sum_, stream.probabilities);
    stream.fresh = true;
    return stream;
  }

  /// A step down the slope of -ln p(symbol).
  void learn(std::size_t s, Token symbol) {
    Stream& stream = adapted(s);
    const std::size_t size = prediction_.vocabulary();
    sum_.resize(size);
    double expected = 0;
    for (std::size_t i = 0; i < size; ++i) {
      expected += stream.probabilities[i] * static_cast<double>(stream.logarithms[i]);
      sum_[i] = static_cast<float>((i == symbol ? 1.0 : 0.0) - stream.probabilities[i]);
    }
    const double gain = static_cast<double>(stream.logarithms[symbol]) - expected;
    stream.scale = static_cast<float>(std::clamp(static_cast<double>(stream.scale) + rates_.scale * std::clamp(gain, -8.0, 8.0), 0.05, 4.0));
    for (std::size_t i = 0; i < size; ++i) stream.bias[i] = std::clamp(stream.bias[i] + static_cast<float>(rates_.bias) * sum_[i], -8.0f, 8.0f);
    const auto channels = hidden(s);
    if (channels.empty()) return;
    stream.head.resize(channels.size() * size);
    // Normalised: the step moves the logarithms as far, however large the channels are.
    double square = 1e-6;
    for (const float value : channels) square += static_cast<double>(value) * static_cast<double>(value);
    for (std::size_t c = 0; c < channels.size(); ++c) {
      const auto step = static_cast<float>(rates_.head * static_cast<double>(channels[c]) / square);
      float* row = &stream.head[c * size];
      for (std::size_t i = 0; i < size; ++i) row[i] += step * sum_[i];
    }
  }

  Prediction prediction_;
  Rates rates_;
  mutable std::vector<Stream> streams_;
  mutable std::vector<float> sum_;
};

class Adaptive final : public Model, public Complexity {
 public:
  void fields(Fields& f) override {
    f("model", model_).role("model").required().doc("that learned before");
    f("bias", rates_.bias, 0.02).range(0, 1).doc("rate at which it learns how frequent each symbol is here");
    f("scale", rates_.scale, 0.002).range(0, 1).doc("rate at which it learns how far the model's logarithms can be trusted");
    f("head", rates_.head, 0.1).range(0, 4).doc("rate at which it learns a further last layer, of models that show their hidden channels and have no more than 2^20 of them times symbols; 1 corrects a prediction at once");
    f.source("Tran et al., Nacrith, arXiv 2602.19626 (bias head); Widrow and Hoff 1960, normalised least mean squares");
    f.example(R"({"model": {"transformer-lm": {"weights": "model:lm-bytes"}}})");
    f.beside(R"({"tokenizer": {"bytes": {"end": 10}}})");
  }
  void bind(Component& other) override {
    try {
      model_.component->bind(other);
    } catch (const FieldError& e) {
      throw FieldError("model." + e.field(), e.message(), e.hint());
    }
  }
  Vocabulary vocabulary() const override { return model().vocabulary(); }
  std::uint64_t parameters() const override { return models::parameters_of(model()); }
  double operations(const Workload& frame, Counting counting) const override { return models::operations_of(model(), frame, counting); }
  Exactness exactness() const override { return model_.component ? model_.component->exactness() : Exactness::portable; }

  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    const auto begin = seed.first(std::min<std::size_t>(seed.size(), 1));
    auto session = std::make_unique<AdaptiveSession>(model().open(streams, begin), vocabulary().size, rates_);
    const std::vector<std::uint8_t> all(streams, 1);
    for (const Token token : seed.subspan(begin.size())) session->step(std::vector<Token>(streams, token), all);  // it learns from it
    return session;
  }

 private:
  const Model& model() const { return dynamic_cast<const Model&>(*model_.component); }

  Part model_;
  Rates rates_;
};

}  // namespace
TANDEM_PLUGIN(Adaptive, tandem::Model, "adaptive", "1.0.0", "a learned model that goes on learning from what it codes, at both ends alike")
