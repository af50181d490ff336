#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tandem/coder.hpp>
#include <utility>
#include <vector>

/// Models for the tests of coders: what they predict is a function of the tokens before, written in the test.
namespace tandem::test {

inline Tokens rows_of(const std::vector<std::vector<Token>>& rows) {
  Tokens out;
  for (const auto& row : rows) out.append(row);
  return out;
}
inline std::string text_of(std::span<const std::uint8_t> bits) {
  std::string out;
  for (const auto bit : bits) out += static_cast<char>('0' + bit);
  return out;
}
inline Bits bits_of(const std::string& text) {
  Bits out;
  const auto row = out.append(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) row[i] = static_cast<std::uint8_t>(text[i] - '0');
  return out;
}

/// Numbers that are the same everywhere.
class Random final {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  double real() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

using History = std::vector<Token>;
using Predict = std::function<std::vector<double>(const History&)>;

/// The streams of a test model: each keeps what it has seen.
class Streams : public Session {
 public:
  Streams(std::size_t streams, Predict predict) : history_(streams), predict_(std::move(predict)) { refresh_all(); }
  std::size_t streams() const override { return history_.size(); }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < history_.size(); ++s)
      if (active[s]) {
        history_[s].push_back(last[s]);
        predicted_[s] = predict_(history_[s]);
      }
  }

 protected:
  const std::vector<double>& predicted(std::size_t stream) const { return predicted_[stream]; }

 private:
  void refresh_all() {
    for (const auto& history : history_) predicted_.push_back(predict_(history));
  }
  std::vector<History> history_;
  Predict predict_;
  std::vector<std::vector<double>> predicted_;
};

class ProbabilityStreams final : public Streams, public Probabilities {
 public:
  using Streams::Streams;
  std::span<const double> probabilities(std::size_t stream) const override { return predicted(stream); }
};

class LogitStreams final : public Streams, public Logits {
 public:
  using Streams::Streams;
  std::span<const float> logits(std::size_t stream) const override {
    values_.clear();
    for (const double p : predicted(stream)) values_.push_back(static_cast<float>(std::log(p)));
    return values_;
  }
  std::span<const float> hidden(std::size_t) const override { return {}; }

 private:
  mutable std::vector<float> values_;
};

/// Predictions are integer frequencies that sum to 2^bits.
template <int total_bits>
class DistributionStreams final : public Streams, public Distribution {
 public:
  using Streams::Streams;
  int bits() const override { return total_bits; }
  Interval interval(std::size_t stream, Token symbol) const override {
    double sum = 0;
    for (Token t = 0; t < symbol; ++t) sum += predicted(stream)[t];
    return {static_cast<std::uint32_t>(sum), static_cast<std::uint32_t>(predicted(stream)[symbol])};
  }
  std::pair<Token, Interval> find(std::size_t stream, std::uint32_t target) const override {
    double sum = 0;
    for (Token t = 0;; ++t) {
      const double frequency = predicted(stream).at(t);
      if (sum + frequency > target)
        return {t, {static_cast<std::uint32_t>(sum), static_cast<std::uint32_t>(frequency)}};
      sum += frequency;
    }
  }
};

/// The id's bits, highest first; predictions are over 2^depth symbols.
class DecisionStreams final : public Streams, public Decisions {
 public:
  DecisionStreams(std::size_t streams, Predict predict)
      : Streams(streams, std::move(predict)), first_(streams, 0), size_(streams, predicted(0).size()) {}
  std::uint32_t p1(std::size_t s) const override {
    const double upper = mass(s, first_[s] + size_[s] / 2, size_[s] / 2), all = mass(s, first_[s], size_[s]);
    return static_cast<std::uint32_t>(std::clamp(std::floor(65536 * upper / all), 1.0, 65535.0));
  }
  bool bit_of(std::size_t s, Token symbol) const override { return symbol >= first_[s] + size_[s] / 2; }
  std::optional<Token> push(std::size_t s, bool bit) override {
    size_[s] /= 2;
    if (bit) first_[s] += size_[s];
    if (size_[s] > 1) return std::nullopt;
    const auto symbol = static_cast<Token>(first_[s]);
    first_[s] = 0;
    size_[s] = predicted(s).size();
    return symbol;
  }

 private:
  double mass(std::size_t s, std::size_t first, std::size_t count) const {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += predicted(s)[first + i];
    return sum;
  }
  std::vector<std::size_t> first_, size_;
};

template <class Kind>
class TestModel final : public Model {
 public:
  TestModel(std::uint32_t size, Token end, Predict predict) : size_(size), end_(end), predict_(std::move(predict)) {}
  Vocabulary vocabulary() const override { return {size_, end_, "test"}; }
  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    if (seed.size() != 1 || seed[0] != end_) throw Error("a frame is coded behind {end}");
    most_streams = std::max(most_streams, streams);
    return std::make_unique<Kind>(streams, predict_);
  }
  mutable std::size_t most_streams = 0;

 private:
  std::uint32_t size_;
  Token end_;
  Predict predict_;
};
using ProbabilityModel = TestModel<ProbabilityStreams>;
using LogitModel = TestModel<LogitStreams>;
using DecisionModel = TestModel<DecisionStreams>;
template <int bits>
using DistributionModel = TestModel<DistributionStreams<bits>>;

/// Only a vocabulary.
class TestTokenizer final : public Tokenizer {
 public:
  TestTokenizer(std::uint32_t size, Token end) : size_(size), end_(end) {}
  Vocabulary vocabulary() const override { return {size_, end_, "test"}; }
  Tokens encode(const Bytes&) const override { return {}; }
  Bytes decode(const Tokens&) const override { return {}; }
  std::string spell(Token) const override { return {}; }

 private:
  std::uint32_t size_;
  Token end_;
};

/// The Fibonacci-like, the flat, the peaked: probabilities that depend on the last two tokens.
inline Predict contextual(std::uint32_t size) {
  return [size](const History& history) {
    std::uint64_t seed = size;
    for (std::size_t i = history.size() > 2 ? history.size() - 2 : 0; i < history.size(); ++i)
      seed = seed * 31 + history[i];
    Random random(seed);
    std::vector<double> p(size);
    double sum = 0;
    for (auto& value : p) {
      const double u = random.real();
      sum += value = u * u * u * u + 1e-4;
    }
    for (auto& value : p) value /= sum;
    return p;
  };
}

/// Rows of tokens other than `end`, up to `longest` of them.
inline Tokens random_rows(std::size_t rows, std::size_t longest, std::uint32_t size, Token end, std::uint64_t seed) {
  Random random(seed);
  Tokens out;
  for (std::size_t row = 0; row < rows; ++row)
    for (auto& token : out.append(random.below(longest + 1))) {
      token = static_cast<Token>(random.below(size - 1));
      if (token >= end) ++token;
    }
  return out;
}

}  // namespace tandem::test
