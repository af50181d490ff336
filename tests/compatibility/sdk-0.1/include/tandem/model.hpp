#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <tandem/batch.hpp>
#include <tandem/plugin.hpp>
#include <tandem/tokenizer.hpp>

namespace tandem {

/// Streams of symbols that advance in lockstep. What it predicts is found by `dynamic_cast` to one or more of the
/// abilities below. Used by one thread at a time; sessions of one model are independent of each other.
class TANDEM_API Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session();

  /// As many as it was opened with.
  virtual std::size_t streams() const = 0;
  /// Stream s with active[s] != 0 moves past its symbol last[s]; the others stand still. Both spans have streams() values.
  virtual void step(std::span<const Token> last, std::span<const std::uint8_t> active) = 0;
};

/// Predicts the next symbol of a vocabulary.
class TANDEM_API Model : public Component {
 public:
  static constexpr const char* role = "model";  ///< the name of the role in configs and manifests
  ~Model() override;

  /// That of the tokenizer it is bound to: size, `end` and fingerprint. Throws Error before it is bound.
  virtual Vocabulary vocabulary() const = 0;
  /// Opens `streams` streams that all stand behind `seed`; a frame is coded behind {end}. Thread-safe.
  virtual std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const = 0;
};

/// The part of [0, 2^bits) that stands for one symbol.
struct Interval final {
  std::uint32_t cumulative = 0,  ///< where it begins: the sum of the frequencies before it
      frequency = 0;             ///< how long it is, at least 1
};

/// Ability of a session: exact integer distributions f > 0 over the vocabulary, in id order, that sum to 2^bits().
/// What an arithmetic coder codes with. `open_distribution` derives it from the abilities below.
class TANDEM_API Distribution {
 public:
  virtual ~Distribution();
  virtual int bits() const = 0;  ///< at most 30
  /// Throws Error for a symbol outside the vocabulary.
  virtual Interval interval(std::size_t stream, Token symbol) const = 0;
  /// The symbol whose interval holds `target` < 2^bits().
  virtual std::pair<Token, Interval> find(std::size_t stream, std::uint32_t target) const = 0;
};

/// Ability of a session: the next symbol's probabilities, summing to 1 within 1e-3, none negative.
class TANDEM_API Probabilities {
 public:
  virtual ~Probabilities();
  /// A value a symbol of the vocabulary; valid until the next step.
  virtual std::span<const double> probabilities(std::size_t stream) const = 0;
};

/// Ability of a session: unnormalised log-probabilities and what they were computed from.
class TANDEM_API Logits {
 public:
  virtual ~Logits();
  /// A finite value a symbol of the vocabulary; valid until the next step.
  virtual std::span<const float> logits(std::size_t stream) const = 0;
  virtual std::span<const float> hidden(std::size_t stream) const = 0;  ///< after the final norm; may be empty
};

/// Ability of a session: the next symbol as a path of binary decisions, as context mixing wants it. A stream's path is
/// pushed to its end before `Session::step` moves it.
class TANDEM_API Decisions {
 public:
  virtual ~Decisions();
  virtual std::uint32_t p1(std::size_t stream) const = 0;                     ///< of 2^16, in 1 .. 65535, that the next decision is 1
  virtual bool bit_of(std::size_t stream, Token symbol) const = 0;            ///< the next decision on the path to `symbol`
  virtual std::optional<Token> push(std::size_t stream, bool bit) = 0;        ///< the symbol when the path is complete
};

/// Ability of a session: a copy that continues on its own with the same predictions.
class TANDEM_API Cloneable {
 public:
  virtual ~Cloneable();
  /// A session of as many streams at the same places. Neither disturbs the other.
  virtual std::unique_ptr<Session> clone() const = 0;
};

/// Rounds probabilities p to integers f >= 1 with sum 2^bits, the one place where this is done:
/// f_i = floor(p_i (2^bits - V)) + 1 in IEEE double, and what is left over goes to the largest p_i, the lowest index on
/// ties. Throws Error on NaN, negative values, or a sum outside 1 +- 1e-3. V <= 2^(bits - 1), bits <= 30.
TANDEM_API void round_distribution(std::span<const double> probabilities, int bits, std::span<std::uint32_t> frequencies);

/// A session together with its exact distributions, whatever abilities the session itself has.
class TANDEM_API CodingSession {
 public:
  virtual ~CodingSession();
  /// See Session::step.
  virtual void step(std::span<const Token> last, std::span<const std::uint8_t> active) = 0;
  /// Of all streams as they stand; the reference lives as long as the session.
  virtual const Distribution& distribution() const = 0;
};
/// Opens `streams` streams behind {end} and rounds to 2^30 where the session has no distribution of its own.
/// Throws Error when the session predicts nothing an arithmetic coder can use.
TANDEM_API std::unique_ptr<CodingSession> open_distribution(const Model& model, std::size_t streams);

/// The symbols a model learns from: `text` cut as its field `cut` says (`lines`: each line an item, without its line end;
/// `whole`: one item), each item encoded alone and followed by `end`.
TANDEM_API std::vector<Token> training_tokens(const File& text, const std::string& cut, const Tokenizer& tokenizer);

}  // namespace tandem
