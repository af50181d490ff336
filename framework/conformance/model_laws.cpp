#include <cmath>
#include <tandem/model.hpp>
#include <tandem/tokenizer.hpp>

#include "exercise.hpp"

namespace tandem::conformance {
namespace {

// Moves a session of one stream past a symbol.
void step(Session& session, Token token) {
  const std::uint8_t active[] = {1};
  if (auto* path = dynamic_cast<Decisions*>(&session))
    while (!path->push(0, path->bit_of(0, token))) {}
  session.step({&token, 1}, active);
}

// A session that has seen `tokens`, one stream.
std::unique_ptr<Session> behind(const Model& model, std::span<const Token> tokens) {
  const Token seed[] = {model.vocabulary().end};
  auto session = model.open(1, seed);
  for (const Token token : tokens) step(*session, token);
  return session;
}

// What a session predicts behind every beginning of `tokens`, the empty one first.
std::vector<std::string> course(const Model& model, std::span<const Token> tokens) {
  const auto session = behind(model, {});
  const std::uint32_t size = model.vocabulary().size;
  std::vector<std::string> out = {prediction(*session, 0, size)};
  for (const Token token : tokens) step(*session, token), out.push_back(prediction(*session, 0, size));
  return out;
}

void vocabulary(Bench& bench) {
  const auto& model = bench.plugin<Model>();
  const Vocabulary own = model.vocabulary();
  require(own.size >= 2 && own.end < own.size, "`end` is {} of {} symbols", own.end, own.size);
  const Vocabulary bound = bench.beside<Tokenizer>("tokenizer").vocabulary();
  require(own.size == bound.size && own.end == bound.end, "the model has {} symbols and `end` {}, its tokenizer {} and {}", own.size, own.end, bound.size, bound.end);
  require(own.fingerprint == bound.fingerprint, "the model's fingerprint is not its tokenizer's: {} and {}", own.fingerprint, bound.fingerprint);
}

// Integers above zero that sum to 2^bits, in id order, and the way back.
void distribution(Bench& bench) {
  const auto& model = bench.plugin<Model>();
  const Vocabulary vocabulary = model.vocabulary();
  const Tokens tokens = tokens_of(bench, bench.world(), 4, 12);
  const Token seed[] = {vocabulary.end};
  const auto session = model.open(1, seed);
  const Session* plain = session.get();
  if (dynamic_cast<const Decisions*>(plain) && !dynamic_cast<const Distribution*>(plain) && !dynamic_cast<const Probabilities*>(plain) && !dynamic_cast<const Logits*>(plain))
    throw Inapplicable("what is coded with are decisions");
  const auto coding = open_distribution(model, 4);
  const Distribution& distribution = coding->distribution();
  require(distribution.bits() >= 1 && distribution.bits() <= 30, "a distribution has {} bits", distribution.bits());
  std::vector<Token> last(4, vocabulary.end);
  std::vector<std::uint8_t> active(4, 1);
  for (std::size_t at = 0; at < 6; ++at) {
    for (std::size_t s = 0; s < 4; ++s) {
      std::uint64_t sum = 0;
      for (Token t = 0; t < vocabulary.size; ++t) {
        const Interval interval = distribution.interval(s, t);
        require(interval.frequency > 0, "symbol {} has the frequency 0: it could not be coded", t);
        require(interval.cumulative == sum, "the interval of symbol {} begins at {}, the one before it ends at {}", t, interval.cumulative, sum);
        sum += interval.frequency;
        if (vocabulary.size > 4096 && t % 509 != 0) continue;
        for (const std::uint32_t target : {interval.cumulative, interval.cumulative + interval.frequency - 1}) {
          const auto [found, where] = distribution.find(s, target);
          require(found == t && where.cumulative == interval.cumulative && where.frequency == interval.frequency, "{} lies in the interval of symbol {}, but find gives {}", target, t, found);
        }
      }
      require(sum == std::uint64_t{1} << distribution.bits(), "the frequencies sum to {}, not to 2^{}", sum, distribution.bits());
      active[s] = active[s] && at < tokens.row_length(s);
      if (active[s]) last[s] = tokens[s][at];
    }
    coding->step(last, active);
  }
}

void probabilities(Bench& bench) {
  const auto& model = bench.plugin<Model>();
  const Vocabulary vocabulary = model.vocabulary();
  const Tokens tokens = tokens_of(bench, bench.world(), 4, 12);
  for (std::size_t row = 0; row < 4; ++row) {
    const auto session = behind(model, tokens[row]);
    if (const auto* p = dynamic_cast<const Probabilities*>(session.get())) {
      const auto values = p->probabilities(0);
      require(values.size() == vocabulary.size, "{} probabilities for {} symbols", values.size(), vocabulary.size);
      double sum = 0;
      for (const double value : values) {
        require(value >= 0, "a probability is {}", value);
        sum += value;
      }
      require(std::abs(sum - 1) <= 1e-3, "the probabilities sum to {}", sum);
    } else if (const auto* l = dynamic_cast<const Logits*>(session.get())) {
      const auto values = l->logits(0);
      require(values.size() == vocabulary.size, "{} logits for {} symbols", values.size(), vocabulary.size);
      for (const float value : values) require(std::isfinite(value), "a logit is {}", value);
    } else if (auto* d = dynamic_cast<Decisions*>(session.get())) {
      for (int path = 0; path < 4; ++path) {
        const auto other = behind(model, tokens[row]);
        auto& decisions = dynamic_cast<Decisions&>(*other);
        int length = 0;
        for (std::optional<Token> symbol; !symbol; ++length) {
          const auto p1 = decisions.p1(0);
          require(p1 >= 1 && p1 <= 65535, "a decision is 1 with probability {} of 65536", p1);
          require(length < 4096, "a path of decisions does not end");
          symbol = decisions.push(0, (path >> (length % 2)) & 1);
          require(!symbol || *symbol < vocabulary.size, "a path leads to symbol {} of {}", symbol.value_or(0), vocabulary.size);
        }
      }
      require(d->p1(0) >= 1, "a decision is impossible");
    }
  }
}

// Three streams that move by turns, one or two at a time. Those that stand still are given a symbol too: it means nothing.
void streams(Bench& bench) {
  const auto& model = bench.plugin<Model>();
  const Vocabulary vocabulary = model.vocabulary();
  const Tokens tokens = tokens_of(bench, bench.world(), 3, 8);
  std::vector<std::string> alone[3];
  for (std::size_t s = 0; s < 3; ++s) alone[s] = course(model, tokens[s]);
  const Token seed[] = {vocabulary.end};
  const auto session = model.open(3, seed);
  auto* path = dynamic_cast<Decisions*>(session.get());
  std::size_t at[3] = {};
  for (std::size_t turn = 0; turn < 24; ++turn) {
    std::vector<Token> last(3, vocabulary.end == 0 ? 1 : 0);
    std::vector<std::uint8_t> active(3, 0);
    for (std::size_t s = 0; s < 3; ++s) {
      active[s] = (s == turn % 3 || (turn % 4 == 0 && s == (turn + 1) % 3)) && at[s] < tokens.row_length(s);
      if (!active[s]) continue;
      last[s] = tokens[s][at[s]++];
      if (path)
        while (!path->push(s, path->bit_of(s, last[s]))) {}
    }
    session->step(last, active);
    for (std::size_t s = 0; s < 3; ++s)
      require(prediction(*session, s, vocabulary.size) == alone[s][at[s]], "stream {} predicts otherwise than alone: streams touch each other", s);
  }
}

void clones(Bench& bench) {
  const auto& model = bench.plugin<Model>();
  const Vocabulary vocabulary = model.vocabulary();
  const Tokens tokens = tokens_of(bench, bench.world(), 2, 8);
  const auto session = behind(model, tokens[0]);
  const auto* cloneable = dynamic_cast<const Cloneable*>(session.get());
  if (!cloneable) throw Inapplicable("sessions cannot be cloned");
  const std::string before = prediction(*session, 0, vocabulary.size);
  std::vector<Token> both(tokens[0].begin(), tokens[0].end());
  both.insert(both.end(), tokens[1].begin(), tokens[1].end());
  const auto alone = course(model, both);
  const auto clone = cloneable->clone();
  require(prediction(*clone, 0, vocabulary.size) == before, "a clone predicts otherwise");
  for (std::size_t at = 0; at < tokens.row_length(1); ++at) {
    step(*clone, tokens[1][at]);
    require(prediction(*session, 0, vocabulary.size) == before, "a step of the clone changes what the session predicts");
    require(prediction(*clone, 0, vocabulary.size) == alone[tokens.row_length(0) + at + 1], "a clone that went on predicts otherwise than a session that saw the same");
  }
}

void seeds(Bench& bench) {
  const auto& model = bench.plugin<Model>();
  const Vocabulary vocabulary = model.vocabulary();
  const Tokens tokens = tokens_of(bench, bench.world(), 1, 8);
  std::vector<Token> seed = {vocabulary.end};
  seed.insert(seed.end(), tokens[0].begin(), tokens[0].end());
  const auto opened = model.open(2, seed);
  const auto stepped = behind(model, tokens[0]);
  for (std::size_t s = 0; s < 2; ++s)
    require(prediction(*opened, s, vocabulary.size) == prediction(*stepped, 0, vocabulary.size), "opened behind a seed, stream {} predicts otherwise than one that stepped through it", s);
}

// Two that take turns, and one that comes and goes in between.
void sessions(Bench& bench) {
  const auto& model = bench.plugin<Model>();
  const Vocabulary vocabulary = model.vocabulary();
  const Tokens tokens = tokens_of(bench, bench.world(), 3, 8);
  const Token seed[] = {vocabulary.end};
  std::vector<std::string> alone[2];
  std::unique_ptr<Session> sessions[2];
  for (std::size_t s = 0; s < 2; ++s) alone[s] = course(model, tokens[s]), sessions[s] = model.open(1, seed);
  for (std::size_t at = 0; at < 8; ++at) {
    for (std::size_t s = 0; s < 2; ++s)
      if (at < tokens.row_length(s)) step(*sessions[s], tokens[s][at]);
    if (at == 3) behind(model, tokens[2]);
    for (std::size_t s = 0; s < 2; ++s)
      require(prediction(*sessions[s], 0, vocabulary.size) == alone[s][std::min(at + 1, tokens.row_length(s))], "a session that takes turns with another predicts otherwise than alone");
  }
}

}  // namespace

const std::vector<Law> model_laws = {
    {"model.vocabulary", "symbols, `end` and fingerprint are those of the tokenizer it is bound to", vocabulary},
    {"model.distribution", "what is coded with are integers above zero that sum to 2^bits, and find inverts interval", distribution},
    {"model.probabilities", "probabilities sum to 1, logits are finite, every path of decisions ends", probabilities},
    {"model.streams", "streams do not touch each other, and those that stand still stand still", streams},
    {"model.clones", "a clone predicts the same, and goes its own way", clones},
    {"model.seeds", "behind a seed it predicts what it does once it stepped through it", seeds},
    {"model.sessions", "sessions do not touch each other", sessions},
};

}  // namespace tandem::conformance
