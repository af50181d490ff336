// Bigrams of a training text, mixed with a cache: what a frame has said already it will say again.
#include <map>
#include <tandem/model.hpp>
#include <vector>

using namespace tandem;

struct Text {
  Vocabulary vocabulary;
  double strength = 0, share = 0, size = 0;
  std::vector<double> count = {};                       // of each symbol; each stands before another as often
  std::vector<std::map<Token, double>> followers = {};  // of each symbol: which ones, and how often
};

struct Stream {
  std::vector<Token> said;  // since the frame began
  std::vector<double> prediction;

  void move(Token symbol, const Text& text) {
    if (symbol >= text.vocabulary.size) throw Error("token " + std::to_string(symbol) + " is not in the vocabulary");
    said.push_back(symbol);
    if (symbol == text.vocabulary.end) said.clear();
    const double symbols = text.vocabulary.size, cache = text.share / (static_cast<double>(said.size()) + 1);
    const double behind = (1 - text.share) / (text.count[symbol] + text.strength);
    const double anywhere = behind * text.strength / (text.size + symbols / 2);
    prediction.assign(text.vocabulary.size, cache / symbols);
    for (std::size_t s = 0; s < prediction.size(); ++s) prediction[s] += anywhere * (text.count[s] + 0.5);
    for (const auto& [follower, count] : text.followers[symbol]) prediction[follower] += behind * count;
    for (const Token again : said) prediction[again] += cache;
  }
};

class CacheSession final : public Session, public Probabilities, public Cloneable {
 public:
  CacheSession(std::shared_ptr<const Text> text, std::vector<Stream> streams) : text_(text), streams_(streams) {}
  std::size_t streams() const override { return streams_.size(); }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < streams_.size(); ++s)
      if (active[s]) streams_[s].move(last[s], *text_);
  }
  std::span<const double> probabilities(std::size_t stream) const override { return streams_[stream].prediction; }
  std::unique_ptr<Session> clone() const override { return std::make_unique<CacheSession>(text_, streams_); }

 private:
  std::shared_ptr<const Text> text_;
  std::vector<Stream> streams_;
};

class CacheBigram final : public Model {
  void fields(Fields& f) override {
    f("text", file_).required().doc("the training text, whose lines are counted");
    f("strength", strength_, 5.0).range(1e-3, 1e6).doc("how many bigrams a symbol's frequency anywhere is worth");
    f("share", share_, 0.1).range(0, 0.99).doc("the cache's share of the prediction");
    f.source("Kuhn, de Mori: A cache-based natural language model, IEEE TPAMI 12(6), 1990; MacKay, Peto 1995");
    f.example(R"({"text": "corpus:prime", "share": 0.1})");
  }
  Exactness exactness() const override { return Exactness::portable; }

  void bind(Component& other) override {
    const auto* tokenizer = dynamic_cast<Tokenizer*>(&other);
    if (!tokenizer) throw Error("a model is bound to a tokenizer");
    const auto tokens = training_tokens(file_, "lines", *tokenizer);
    Text text{tokenizer->vocabulary(), strength_, share_, static_cast<double>(tokens.size())};
    text.count.resize(text.vocabulary.size);
    text.followers.resize(text.vocabulary.size);
    for (Token last = text.vocabulary.end; const Token symbol : tokens) {
      ++text.count[symbol];
      ++text.followers[last][symbol];
      last = symbol;
    }
    text_ = std::make_shared<const Text>(std::move(text));
  }
  Vocabulary vocabulary() const override { return bound().vocabulary; }
  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    Stream stream;
    stream.move(bound().vocabulary.end, *text_);
    for (const Token symbol : seed) stream.move(symbol, *text_);
    return std::make_unique<CacheSession>(text_, std::vector<Stream>(streams, stream));
  }
  const Text& bound() const {
    if (!text_) throw Error("the model has no tokenizer yet");
    return *text_;
  }

  File file_;
  double strength_ = 5, share_ = 0.1;
  std::shared_ptr<const Text> text_;
};
TANDEM_PLUGIN(CacheBigram, Model, "cache-bigram", "1.0.0", "bigrams of a text, mixed with a cache of the frame")
