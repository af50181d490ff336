// Context mixing: many simple predictions of the next bit, each from another context, mixed by weights that learn.
#include <algorithm>
#include <map>
#include <memory>
#include <tandem/error.hpp>
#include <tandem/model.hpp>
#include <vector>

#include "context_mixer.hpp"
#include "prediction.hpp"

namespace {
using namespace tandem;
using models::ContextMixer;

/// What another model over the same bytes predicts, bit by bit.
class Other final {
 public:
  Other(std::unique_ptr<Session> session, std::size_t vocabulary) : prediction_(std::move(session), vocabulary) {}
  Other(const Other& other) : prediction_(other.prediction_.clone(), other.prediction_.vocabulary()), masses_(other.masses_) {}

  void step(std::span<const Token> last, std::span<const std::uint8_t> active) {
    prediction_.session().step(last, active);
    for (std::size_t s = 0; s < active.size(); ++s)
      if (active[s]) masses_[s].clear();
  }
  /// Of the bit behind those of `partial`, a 1 and the bits so far, stretched.
  int stretched(std::size_t stream, std::uint32_t partial) {
    auto& mass = masses_[stream];
    if (mass.empty()) sum(stream, mass);
    const double one = mass[2 * partial + 1], zero = mass[2 * partial];
    // In 2^16ths, rounded alike everywhere: sums and quotients of IEEE are the same on every machine.
    const double p = one / (one + zero) * 65536;
    return models::mixing::stretch(static_cast<int>(std::clamp(p, 1.0, 65535.0)));
  }

 private:
  // A tree of sums over the 256 bytes: node i has the children 2i and 2i + 1.
  void sum(std::size_t stream, std::vector<double>& mass) {
    prediction_.weights(stream, weights_);
    mass.assign(512, 0);
    for (std::size_t byte = 0; byte < 256; ++byte) mass[256 + byte] = static_cast<double>(weights_[byte]) + 1e-9;
    for (std::size_t i = 256; i-- > 1;) mass[i] = mass[2 * i] + mass[2 * i + 1];
  }

  models::Prediction prediction_;
  std::map<std::size_t, std::vector<double>> masses_;
  std::vector<float> weights_;
};

/// A byte is eight decisions, high bits first. Where the end is a symbol of its own, it is a decision in front of every byte.
class MixingSession final : public Session, public Decisions, public Cloneable {
 public:
  MixingSession(const ContextMixer& begin, std::size_t streams, bool own_end, std::unique_ptr<Other> other)
      : own_end_(own_end), other_(std::move(other)) {
    streams_.reserve(streams);  // a mixer is megabytes: each is copied once, into its place
    for (std::size_t s = 0; s < streams; ++s) streams_.emplace_back(begin).at_end = own_end;
    for (std::size_t s = 0; s < streams; ++s) hear(s);
  }

  std::size_t streams() const override { return streams_.size(); }
  /// What was pushed was learned already.
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < streams_.size(); ++s) {
      if (!active[s]) continue;
      if (streams_[s].pushed && *streams_[s].pushed != last[s]) throw Error("a stream moves past another symbol than the one that was pushed");
      if (!streams_[s].pushed) append(s, last[s]);
      streams_[s].pushed.reset();
    }
    if (!other_) return;
    other_->step(last, active);
    for (std::size_t s = 0; s < streams_.size(); ++s)
      if (active[s] && last[s] < 256) hear(s);
  }

  std::uint32_t p1(std::size_t s) const override { return streams_[s].at_end ? 1 : streams_[s].mixer.p1(); }
  bool bit_of(std::size_t s, Token symbol) const override {
    const Stream& stream = streams_[s];
    return stream.at_end ? symbol == end : symbol >> (7 - stream.bits) & 1;
  }
  std::optional<Token> push(std::size_t s, bool bit) override {
    Stream& stream = streams_[s];
    if (stream.at_end) {
      stream.at_end = false;
      return bit ? finish(stream, end) : std::nullopt;
    }
    stream.mixer.push(bit);
    stream.byte = stream.byte * 2 + bit;
    if (++stream.bits < 8) {
      hear(s);
      return std::nullopt;
    }
    return finish(stream, stream.byte & 255);
  }

  std::unique_ptr<Session> clone() const override { return std::make_unique<MixingSession>(*this); }
  MixingSession(const MixingSession& from) : streams_(from.streams_), own_end_(from.own_end_), other_(from.other_ ? std::make_unique<Other>(*from.other_) : nullptr) {}

 private:
  static constexpr Token end = 256;
  struct Stream final {
    explicit Stream(const ContextMixer& begin) : mixer(begin) {}
    ContextMixer mixer;
    std::optional<Token> pushed;
    std::uint32_t byte = 0;
    int bits = 0;
    bool at_end = false;  ///< the next decision is whether the text ends
  };

  std::optional<Token> finish(Stream& stream, Token symbol) const {
    stream.byte = 0;
    stream.bits = 0;
    stream.at_end = own_end_;
    return stream.pushed = symbol;
  }
  void append(std::size_t s, Token symbol) {
    if (symbol > (own_end_ ? end : 255u)) throw Error("token " + std::to_string(symbol) + " is not in the model's vocabulary");
    while (!push(s, bit_of(s, symbol))) {
    }
  }

  /// Tells the mixer what the other model expects of the next bit.
  void hear(std::size_t s) {
    if (!other_) return;
    Stream& stream = streams_[s];
    const int stretched[] = {other_->stretched(s, 1u << stream.bits | stream.byte)};
    stream.mixer.expect(stretched);
  }

  std::vector<Stream> streams_;
  bool own_end_;
  std::unique_ptr<Other> other_;
};

class ContextMixing final : public Model {
 public:
  void fields(Fields& f) override {
    f("text", text_).doc("to read first, so that much of what comes is known already; without one the model begins knowing nothing");
    f("cut", cut_, "lines").choices({"lines", "whole"}).doc("how that text is cut into items, each followed by `end`: its lines, or all of it");
    f("other", other_).role("model").doc("another model over the same bytes, such as a network, whose predictions are mixed in");
    f("rehearsal", rehearsal_, std::size_t{0}).range(0, 1 << 20).unit("KiB").doc("at the end of the text, that are read together with the other model, to learn whom to trust when");
    f("memory", memory_, std::size_t{64}).range(8, 16'384).unit("MiB").doc("of each stream, about: large texts to read first want much");
    f.source("Mahoney, Adaptive weighing of context models for lossless data compression, Florida Tech CS-2005-16; Mattern, DCC 2012");
    f.example(R"({"text": "corpus:prime", "memory": 8})");
  }
  void bind(Component& other) override {
    const auto* tokenizer = dynamic_cast<const Tokenizer*>(&other);
    if (!tokenizer) throw Error("a model is bound to a tokenizer", {}, "name the tokenizer in \"with\"");
    const Vocabulary vocabulary = tokenizer->vocabulary();
    if (!vocabulary.fingerprint.starts_with("bytes:")) throw Error("context-mixing predicts bytes", {}, "use the tokenizer \"bytes\"");
    vocabulary_ = vocabulary;
    if (other_.component) try {
        other_.component->bind(other);
      } catch (const FieldError& e) {
        throw FieldError("other." + e.field(), e.message(), e.hint());
      }
    const auto tokens = text_.path.empty() ? std::vector<Token>{} : training_tokens(text_, cut_, *tokenizer);
    auto options = ContextMixer::Options::of(memory_ << 20, tokens.size());
    options.others = other_.component ? 1 : 0;
    begin_ = std::make_unique<ContextMixer>(options);
    const std::size_t alone = tokens.size() - std::min(tokens.size(), other_.component ? rehearsal_ << 10 : 0);
    std::unique_ptr<Other> other_model;
    if (alone < tokens.size()) other_model = open_other(1);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const Token token = tokens[i];
      for (int bit = token < 256 ? 8 : 0; bit-- > 0;) {
        const int expected[] = {i < alone ? 0 : other_model->stretched(0, (1u << 8 | token) >> (bit + 1))};
        if (options.others > 0) begin_->expect(expected);
        begin_->push(token >> bit & 1);
      }
      constexpr std::uint8_t active[] = {1};
      if (i >= alone && i + 1 < tokens.size()) other_model->step({&token, 1}, active);
    }
    begin_->freeze();
  }
  Vocabulary vocabulary() const override {
    if (!begin_) throw Error("the model has no tokenizer yet", {}, "name the tokenizer in \"with\"");
    return vocabulary_;
  }
  Exactness exactness() const override { return other_.component ? other_.component->exactness() : Exactness::portable; }

  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    const Vocabulary vocabulary = this->vocabulary();
    auto session = std::make_unique<MixingSession>(*begin_, streams, vocabulary.size == 257, other_.component ? open_other(streams) : nullptr);
    // What was read first ends in an `end`; a seed's own says the same.
    for (const Token token : seed.subspan(!seed.empty() && seed[0] == vocabulary.end))
      session->step(std::vector<Token>(streams, token), std::vector<std::uint8_t>(streams, 1));
    return session;
  }

 private:
  std::unique_ptr<Other> open_other(std::size_t streams) const {
    const Token begin[] = {vocabulary_.end};
    return std::make_unique<Other>(dynamic_cast<const Model&>(*other_.component).open(streams, begin), vocabulary_.size);
  }

  File text_;
  Part other_;
  std::size_t rehearsal_ = 0;
  std::string cut_;
  std::size_t memory_ = 0;
  Vocabulary vocabulary_;
  std::unique_ptr<ContextMixer> begin_;
};

}  // namespace
TANDEM_PLUGIN(ContextMixing, tandem::Model, "context-mixing", "1.1.0", "bits from many contexts, mixed: compresses best without any training")
