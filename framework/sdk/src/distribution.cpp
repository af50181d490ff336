#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tandem/math.hpp>
#include <tandem/model.hpp>

namespace tandem {
namespace {

constexpr int coding_bits = 30;
constexpr std::uint32_t block = 256;  // symbols a block of the two-level cumulative table

// Integer distributions of one stream, rounded when first asked for after a step.
struct Rounded {
  std::vector<std::uint32_t> frequencies, block_sums;
  bool fresh = false;
};

class Derived final : public CodingSession, public Distribution {
 public:
  Derived(std::unique_ptr<Session> session, std::uint32_t vocabulary)
      : session_(std::move(session)),
        own_(dynamic_cast<Distribution*>(session_.get())),
        probabilities_(dynamic_cast<Probabilities*>(session_.get())),
        logits_(dynamic_cast<Logits*>(session_.get())),
        vocabulary_(vocabulary),
        streams_(own_ ? 0 : session_->streams()) {
    if (!own_ && !probabilities_ && !logits_)
      throw Error("this model's session offers neither a distribution, nor probabilities, nor logits");
  }

  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    session_->step(last, active);
    for (std::size_t s = 0; s < streams_.size(); ++s)
      if (active[s]) streams_[s].fresh = false;
  }
  const Distribution& distribution() const override {
    if (own_) return *own_;
    return *this;
  }

  int bits() const override { return coding_bits; }
  Interval interval(std::size_t stream, Token symbol) const override {
    if (symbol >= vocabulary_) throw Error("symbol " + std::to_string(symbol) + " is not in the model's vocabulary");
    const Rounded& rounded = round(stream);
    return {below(rounded, symbol), rounded.frequencies[symbol]};
  }
  std::pair<Token, Interval> find(std::size_t stream, std::uint32_t target) const override {
    const Rounded& rounded = round(stream);
    std::uint32_t cumulative = 0;
    std::size_t b = 0;
    while (b + 1 < rounded.block_sums.size() && cumulative + rounded.block_sums[b] <= target)
      cumulative += rounded.block_sums[b++];
    Token symbol = static_cast<Token>(b * block);
    while (symbol + 1 < vocabulary_ && cumulative + rounded.frequencies[symbol] <= target)
      cumulative += rounded.frequencies[symbol++];
    return {symbol, {cumulative, rounded.frequencies[symbol]}};
  }

 private:
  static std::uint32_t below(const Rounded& rounded, Token symbol) {
    std::uint32_t sum = 0;
    for (std::size_t b = 0; b < symbol / block; ++b) sum += rounded.block_sums[b];
    for (Token t = symbol / block * block; t < symbol; ++t) sum += rounded.frequencies[t];
    return sum;
  }

  const Rounded& round(std::size_t stream) const {
    Rounded& rounded = streams_[stream];
    if (rounded.fresh) return rounded;
    rounded.frequencies.resize(vocabulary_);
    round_distribution(probabilities_ ? probabilities_->probabilities(stream) : softmax(logits_->logits(stream)),
                       coding_bits, rounded.frequencies);
    rounded.block_sums.assign((vocabulary_ + block - 1) / block, 0);
    for (Token t = 0; t < vocabulary_; ++t) rounded.block_sums[t / block] += rounded.frequencies[t];
    rounded.fresh = true;
    return rounded;
  }

  // exp(z - max), summed in index order.
  std::span<const double> softmax(std::span<const float> logits) const {
    if (logits.empty()) throw Error("a model gave no logits");
    const float largest = *std::ranges::max_element(logits);
    shifted_.resize(logits.size());
    softmax_.resize(logits.size());
    for (std::size_t i = 0; i < logits.size(); ++i) shifted_[i] = logits[i] - largest;
    math::exp(shifted_, shifted_);
    double sum = 0;
    for (const float value : shifted_) sum += static_cast<double>(value);
    for (std::size_t i = 0; i < logits.size(); ++i) softmax_[i] = static_cast<double>(shifted_[i]) / sum;
    return softmax_;
  }

  std::unique_ptr<Session> session_;
  Distribution* own_;
  Probabilities* probabilities_;
  Logits* logits_;
  std::uint32_t vocabulary_;
  mutable std::vector<Rounded> streams_;
  mutable std::vector<float> shifted_;
  mutable std::vector<double> softmax_;
};

}  // namespace

void round_distribution(std::span<const double> probabilities, int bits, std::span<std::uint32_t> frequencies) {
  const std::size_t size = probabilities.size();
  if (bits < 1 || bits > 30 || size == 0 || frequencies.size() != size || size > (std::size_t{1} << (bits - 1)))
    throw Error("a distribution over " + std::to_string(size) + " symbols cannot be rounded to " +
                std::to_string(bits) + " bits");
  const std::uint32_t total = std::uint32_t{1} << bits;
  const double scale = static_cast<double>(total - static_cast<std::uint32_t>(size));
  double sum = 0;
  bool legal = true;
  for (const double p : probabilities) {
    legal = legal && p >= 0;  // false for NaN too
    sum += p;
  }
  if (!legal || !(std::abs(sum - 1) <= 1e-3))
    throw Error("a model's probabilities are not a distribution: they sum to " + std::to_string(sum) +
                (legal ? "" : ", or some are negative or not a number"));
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < size; ++i) {
    frequencies[i] = static_cast<std::uint32_t>(static_cast<std::int32_t>(probabilities[i] * scale)) + 1;
    given += frequencies[i];
  }
  const auto top = static_cast<std::size_t>(std::ranges::max_element(probabilities) - probabilities.begin());
  // Sums a little above 1 can give too much: take it back from the most probable symbol.
  const std::int64_t rest = static_cast<std::int64_t>(total) - static_cast<std::int64_t>(given);
  const std::int64_t corrected = static_cast<std::int64_t>(frequencies[top]) + rest;
  if (corrected < 1) throw Error("a model's probabilities are not a distribution: they sum to " + std::to_string(sum));
  frequencies[top] = static_cast<std::uint32_t>(corrected);
}

std::unique_ptr<CodingSession> open_distribution(const Model& model, std::size_t streams) {
  const Vocabulary vocabulary = model.vocabulary();
  const Token seed[] = {vocabulary.end};
  return std::make_unique<Derived>(model.open(streams, seed), vocabulary.size);
}

}  // namespace tandem
