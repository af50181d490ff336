// first-model: what a frame has said already it will say again: counts of the frame's own symbols.
#include <tandem/model.hpp>

namespace {
using namespace tandem;

// A session is a batch of streams that advance in lockstep; one thread at a time uses it. What it predicts it offers as
// abilities: here probabilities, and that it can be cloned.
class CountingSession final : public Session, public Probabilities, public Cloneable {
 public:
  CountingSession(std::size_t streams, const Vocabulary& vocabulary, double prior)
      : vocabulary_(vocabulary), prior_(prior), counts_(streams, std::vector<double>(vocabulary.size, prior)), predictions_(counts_) {
    for (std::size_t s = 0; s < streams; ++s) predict(s);
  }
  std::size_t streams() const override { return counts_.size(); }

  // Streams that are not active stand still. `end` is where a frame begins: the counts begin anew.
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < counts_.size(); ++s) {
      if (!active[s]) continue;
      if (last[s] >= vocabulary_.size) throw Error("token " + std::to_string(last[s]) + " is not in the vocabulary");
      if (last[s] == vocabulary_.end) counts_[s].assign(vocabulary_.size, prior_);
      else counts_[s][last[s]] += 1;
      predict(s);
    }
  }
  std::span<const double> probabilities(std::size_t stream) const override { return predictions_[stream]; }
  std::unique_ptr<Session> clone() const override {
    auto copy = std::make_unique<CountingSession>(0, vocabulary_, prior_);
    copy->counts_ = counts_;
    copy->predictions_ = predictions_;
    return copy;
  }

 private:
  void predict(std::size_t stream) {
    double sum = 0;
    for (const double count : counts_[stream]) sum += count;
    for (std::size_t t = 0; t < vocabulary_.size; ++t) predictions_[stream][t] = counts_[stream][t] / sum;
  }

  Vocabulary vocabulary_;
  double prior_;
  std::vector<std::vector<double>> counts_, predictions_;
};

class FirstModel final : public Model {
  void fields(Fields& f) override {
    f("prior", prior_, 0.5).range(1e-6, 1e6).doc("what every symbol has been seen before the frame begins");
    f.source("Krichevsky, Trofimov: The performance of universal encoding, IEEE Trans. Inf. Theory 27(2), 1981");
  }
  // Once, before the first call, with the component that the config names: a model gets its tokenizer.
  void bind(Component& other) override {
    const auto* tokenizer = dynamic_cast<const Tokenizer*>(&other);
    if (!tokenizer) throw Error("a model is bound to a tokenizer");
    vocabulary_ = tokenizer->vocabulary();
  }
  Vocabulary vocabulary() const override { return vocabulary_; }
  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    auto session = std::make_unique<CountingSession>(streams, vocabulary_, prior_);
    const std::vector<std::uint8_t> all(streams, 1);
    for (const Token token : seed) session->step(std::vector<Token>(streams, token), all);
    return session;
  }
  // Sums and quotients in a fixed order: the same bits on every machine, as arithmetic coding needs at both ends.
  Exactness exactness() const override { return Exactness::portable; }

  double prior_ = 0.5;
  Vocabulary vocabulary_;
};

}  // namespace
TANDEM_PLUGIN(FirstModel, Model, "first-model", "0.1.0", "counts of the symbols that the frame has sent")
