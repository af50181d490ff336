#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "context_path.hpp"
#include "text_model.hpp"

namespace tandem::models {

/// Streams side by side, each a value of its own: lockstep changes nothing in what they predict.
template <class Stream>
class ContextSession final : public Session, public Probabilities, public Cloneable {
 public:
  ContextSession(std::size_t vocabulary, std::vector<Stream> streams)
      : vocabulary_(vocabulary), streams_(std::move(streams)), predictions_(streams_.size()) {}
  std::size_t streams() const override { return streams_.size(); }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < streams_.size(); ++s) {
      if (!active[s]) continue;
      if (last[s] >= vocabulary_) throw Error("token " + std::to_string(last[s]) + " is not in the model's vocabulary");
      streams_[s].step(last[s]);
      predictions_[s].fresh = false;
    }
  }
  std::span<const double> probabilities(std::size_t stream) const override {
    Prediction& prediction = predictions_[stream];
    if (!prediction.fresh) {
      prediction.values.resize(vocabulary_);
      streams_[stream].predict(prediction.values);
      prediction.fresh = true;
    }
    return prediction.values;
  }
  std::unique_ptr<Session> clone() const override { return std::make_unique<ContextSession>(vocabulary_, streams_); }

 private:
  struct Prediction {
    std::vector<double> values;
    bool fresh = false;
  };
  std::size_t vocabulary_;
  std::vector<Stream> streams_;
  mutable std::vector<Prediction> predictions_;
};

/// A model of counted contexts. A `Stream` is made from settings to learn the training text, turned into a
/// `Stream::Primed` by finish(), and made from settings, that and whether it learns, to predict: it stands where a
/// frame begins, moves by step(symbol), and writes predict(out).
template <class Stream>
class ContextModel : public TextModel {
 public:
  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const final {
    require_tokenizer();
    Stream stream(settings_, primed_, adapt_ == "stream");
    for (const Token token : seed) {
      require_known(token);
      if (token == vocabulary_.end)
        stream.restart();
      else
        stream.step(token);
    }
    return std::make_unique<ContextSession<Stream>>(vocabulary_.size, std::vector<Stream>(streams, stream));
  }

 protected:
  void declare_contexts(Fields& f, int default_order) {
    declare_text(f).doc("the training text the model is primed with; without one it begins knowing nothing");
    f("order", order_, default_order).range(0, highest_order).doc("the longest context, in symbols");
    f("memory", memory_, std::size_t{2048})
        .range(1, 32'768)
        .unit("MiB")
        .doc(
            "limit of the counts. When the training text has filled it, no contexts are added; when a frame has filled "
            "as much "
            "again with what it taught the model, the frame goes on from the primed state");
    f("adapt", adapt_, "frozen")
        .choices({"frozen", "stream"})
        .doc(
            "frozen: every frame is predicted from the training text; stream: the model learns while a frame goes on, "
            "and "
            "forgets it at its end");
  }

 private:
  void learn(const std::vector<Token>& tokens) final {
    settings_ = {vocabulary_.size, vocabulary_.end, order_, memory_ << 20};
    Stream stream(settings_);
    for (const Token token : tokens) stream.step(token);
    primed_ = std::make_shared<const typename Stream::Primed>(std::move(stream).finish());
  }

  int order_ = 0;
  std::size_t memory_ = 0;
  std::string adapt_;
  ContextSettings settings_;
  std::shared_ptr<const typename Stream::Primed> primed_;
};

}  // namespace tandem::models
