// Expects the last symbol again.
#include <algorithm>
#include <atomic>
#include <tandem/model.hpp>

#include "fault.hpp"

namespace {
using namespace tandem;

constexpr int bits = 16;

// What the sessions of a model should not share.
using Shared = std::atomic<Token>;

class LastSymbol : public Session, public Cloneable {
 public:
  LastSymbol(const broken::Fault& fault, Vocabulary vocabulary, std::size_t streams, Token last, Shared* shared)
      : fault_(fault), vocabulary_(std::move(vocabulary)), shared_(shared), last_(std::make_shared<std::vector<Token>>(streams, last)) {}

  std::size_t streams() const override { return last_->size(); }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < streams(); ++s) {
      if (!active[s] && !fault_.is("moves-all-streams")) continue;
      if (fault_.is("moves-neighbours") && s) (*last_)[s - 1] = last[s];
      (*last_)[s] = last[s];
      if (shared_) *shared_ = last[s];
    }
  }
  std::unique_ptr<Session> clone() const override;

 protected:
  Token last(std::size_t stream) const { return shared_ ? shared_->load() : (*last_)[stream]; }
  std::uint32_t size() const { return vocabulary_.size; }

  broken::Fault fault_;
  Vocabulary vocabulary_;
  Shared* shared_;
  std::shared_ptr<std::vector<Token>> last_;
};

// Frequency 1 for every symbol but the last, which has the rest.
class Predicting final : public LastSymbol, public Distribution, public Probabilities {
 public:
  using LastSymbol::LastSymbol;

  int bits() const override { return fault_.is("too-many-bits") ? 31 : ::bits; }
  Interval interval(std::size_t stream, Token symbol) const override {
    const Token favourite = last(stream);
    const std::uint32_t most = (1u << ::bits) - (size() - 1);
    Interval out{symbol + (symbol > favourite ? most - 1 : 0), symbol == favourite ? most : 1};
    if (fault_.is("impossible-symbol") && symbol == size() - 1) out.frequency = 0;
    if (fault_.is("sum-too-large") && symbol == size() - 1) ++out.frequency;
    if (fault_.is("overlap") && symbol > 10) --out.cumulative;
    return out;
  }
  std::pair<Token, Interval> find(std::size_t stream, std::uint32_t target) const override {
    const Interval favourite = interval(stream, last(stream));
    Token symbol = target;
    if (target >= favourite.cumulative + favourite.frequency)
      symbol = target - favourite.frequency + 1;
    else if (target >= favourite.cumulative)
      symbol = last(stream);
    if (fault_.is("finds-the-next") && target == 20) ++symbol;
    return {symbol, interval(stream, symbol)};
  }
  std::span<const double> probabilities(std::size_t stream) const override {
    values_.resize(size());
    for (Token t = 0; t < size(); ++t) values_[t] = static_cast<double>(interval(stream, t).frequency) / (1 << ::bits);
    if (fault_.is("more-than-certain")) values_[0] += 0.1;
    if (fault_.is("less-than-impossible")) values_[0] -= 0.1, values_[1] += 0.1;
    if (fault_.is("too-few-probabilities")) values_.pop_back();
    return values_;
  }

 private:
  mutable std::vector<double> values_;
};

// A symbol as its binary digits, the highest first.
class Deciding final : public LastSymbol, public Decisions {
 public:
  Deciding(const broken::Fault& fault, Vocabulary vocabulary, std::size_t streams, Token last, Shared* shared)
      : LastSymbol(fault, std::move(vocabulary), streams, last, shared), depth_(streams, 0), symbol_(streams, 0) {}

  std::uint32_t p1(std::size_t stream) const override { return fault_.is("impossible-decision") ? 0 : symbol_[stream] == 0 ? 20000 : 32768; }
  bool bit_of(std::size_t stream, Token symbol) const override { return symbol >> (8 - depth_[stream]) & 1; }
  std::optional<Token> push(std::size_t stream, bool bit) override {
    symbol_[stream] = 2 * symbol_[stream] + bit;
    if (++depth_[stream] < 9 || (fault_.is("endless-path") && symbol_[stream] >= size())) return {};
    const Token symbol = fault_.is("path-to-nowhere") ? symbol_[stream] : std::min(symbol_[stream], size() - 1);
    depth_[stream] = 0, symbol_[stream] = 0;
    return symbol;
  }

 private:
  std::vector<int> depth_;
  std::vector<Token> symbol_;
};

std::unique_ptr<Session> LastSymbol::clone() const {
  auto out = std::make_unique<Predicting>(fault_, vocabulary_, streams(), vocabulary_.end, shared_);
  if (fault_.is("clone-begins-anew")) return out;
  if (fault_.is("clone-is-no-copy"))
    out->last_ = last_;
  else
    *out->last_ = *last_;
  return out;
}

class BrokenModel final : public Model {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "another-size", "another-end", "another-fingerprint", "impossible-symbol", "sum-too-large", "overlap", "finds-the-next", "too-many-bits", "more-than-certain",
                       "less-than-impossible", "too-few-probabilities", "impossible-decision", "endless-path", "path-to-nowhere", "moves-all-streams", "moves-neighbours", "clone-begins-anew",
                       "clone-is-no-copy", "ignores-the-seed", "shares-sessions"});
    f.example("{}");
  }
  void bind(Component& other) override {
    const auto* tokenizer = dynamic_cast<Tokenizer*>(&other);
    if (!tokenizer) throw Error("a model is bound to a tokenizer");
    vocabulary_ = tokenizer->vocabulary();
    if (fault_.is("another-size")) ++vocabulary_.size;
    if (fault_.is("another-end")) --vocabulary_.end;
    if (fault_.is("another-fingerprint")) vocabulary_.fingerprint += "?";
  }
  Exactness exactness() const override { return Exactness::portable; }

  Vocabulary vocabulary() const override { return vocabulary_; }
  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    const Token last = fault_.is("ignores-the-seed") || seed.empty() ? vocabulary_.end : seed.back();
    Shared* shared = fault_.is("shares-sessions") ? &shared_ : nullptr;
    for (const char* fault : {"impossible-decision", "endless-path", "path-to-nowhere"})
      if (fault_.is(fault)) return std::make_unique<Deciding>(fault_, vocabulary_, streams, last, shared);
    if (shared) *shared = last;
    return std::make_unique<Predicting>(fault_, vocabulary_, streams, last, shared);
  }

 private:
  broken::Fault fault_;
  Vocabulary vocabulary_;
  mutable Shared shared_ = 0;
};

}  // namespace
TANDEM_PLUGIN(BrokenModel, tandem::Model, "broken-model", "1.0.0", "a model that breaks a promise")
