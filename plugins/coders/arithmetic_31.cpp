// Arithmetic coding with 31-bit registers and double-precision cumulative probabilities, as published language-model
// coders do it. For comparison with their figures; `arithmetic` is the coder to use otherwise.
#include <algorithm>
#include <memory>
#include <tandem/math.hpp>

#include "bound.hpp"
#include "lockstep.hpp"
#include "registers_31.hpp"

namespace {
using namespace tandem;
using coders::registers_31::BitReader;
using coders::registers_31::BitWriter;
using coders::registers_31::Share;

constexpr const char* coder_name = "arithmetic-31";
// A session's predictions as shares of [0, 1), whichever ability it has.
class Predictions final {
 public:
  Predictions(const Model& model, std::size_t streams) : size_(model.vocabulary().size) {
    const Token seed[] = {model.vocabulary().end};
    session_ = model.open(streams, seed);
    probabilities_ = dynamic_cast<Probabilities*>(session_.get());
    logits_ = dynamic_cast<Logits*>(session_.get());
    distribution_ = dynamic_cast<Distribution*>(session_.get());
    if (!probabilities_ && !logits_ && !distribution_)
      throw Error("this model's session offers neither probabilities, nor logits, nor a distribution");
    if (!summed()) unit_ = 1.0 / static_cast<double>(std::uint64_t{1} << distribution_->bits());
  }

  Share share(std::size_t stream, Token symbol) {
    if (!summed()) return share_of(distribution_->interval(stream, symbol));
    sum_up(stream);
    return {cumulative_[symbol], cumulative_[symbol + 1]};
  }

  // The symbol whose share holds the reader's code, or the vocabulary's size when none does.
  Token find(std::size_t stream, const BitReader& reader, Share& share_found) {
    if (summed()) sum_up(stream);
    Token first = 0, last = size_;  // the largest symbol that starts at or below the code
    while (last - first > 1) {
      const Token middle = first + (last - first) / 2;
      (reader.at_or_above(below(stream, middle)) ? first : last) = middle;
    }
    share_found =
        summed() ? Share{cumulative_[first], cumulative_[first + 1]} : share_of(distribution_->interval(stream, first));
    return reader.at_or_above(share_found.below) && !reader.at_or_above(share_found.above) ? first : size_;
  }

  void step(std::span<const Token> last, std::span<const std::uint8_t> active) { session_->step(last, active); }

 private:
  bool summed() const { return probabilities_ || logits_; }
  Share share_of(const Interval& interval) const {
    return {interval.cumulative * unit_, (std::uint64_t{interval.cumulative} + interval.frequency) * unit_};
  }
  double below(std::size_t stream, Token symbol) const {
    return summed() ? cumulative_[symbol] : distribution_->interval(stream, symbol).cumulative * unit_;
  }

  void sum_up(std::size_t stream) {
    const auto probabilities =
        probabilities_ ? probabilities_->probabilities(stream) : softmax(logits_->logits(stream));
    cumulative_.resize(size_ + std::size_t{1});
    double sum = 0;
    bool legal = probabilities.size() == size_;
    for (std::size_t i = 0; i < size_ && legal; ++i) {
      cumulative_[i] = sum;
      sum += probabilities[i];
      legal = probabilities[i] >= 0;  // false for NaN too
    }
    cumulative_[size_] = sum;
    if (!legal || !(sum > 0.999 && sum < 1.001))
      throw Error("a model's probabilities are not a distribution: they sum to " + std::to_string(sum) +
                  (legal ? "" : ", or some are negative or not a number"));
  }

  // The published coders take softmax in single precision.
  std::span<const double> softmax(std::span<const float> logits) {
    const float largest = *std::ranges::max_element(logits);
    shifted_.resize(logits.size());
    softmax_.resize(logits.size());
    std::ranges::transform(logits, shifted_.begin(), [largest](float z) { return z - largest; });
    math::exp(shifted_, shifted_);
    double sum = 0;
    for (const float value : shifted_) sum += static_cast<double>(value);
    for (std::size_t i = 0; i < shifted_.size(); ++i)
      softmax_[i] = static_cast<double>(static_cast<float>(static_cast<double>(shifted_[i]) / sum));
    return softmax_;
  }

  Token size_;
  std::unique_ptr<Session> session_;
  Probabilities* probabilities_ = nullptr;
  Logits* logits_ = nullptr;
  Distribution* distribution_ = nullptr;
  double unit_ = 0;
  std::vector<double> cumulative_, softmax_;
  std::vector<float> shifted_;
};

class Arithmetic31 final : public Coder {
 public:
  void fields(Fields& f) override {
    f("max_tokens", max_tokens_, std::size_t{65'536})
        .range(1, 1 << 30)
        .doc("longest row: longer ones are refused, and the decoding of damaged bits stops there");
    f("stop_on_repeat", stop_on_repeat_, std::size_t{0})
        .range(0, 1 << 30)
        .doc(
            "the receiver takes this many equal tokens in a row for damage and stops, even where they were sent; "
            "0: never. The published decoder has 3");
    f("streams", streams_, std::size_t{64})
        .range(1, 4'096)
        .doc("rows that the model predicts side by side; changes the speed and the memory, never the bits");
    f.source(
        "Witten, Neal and Cleary, Arithmetic coding for data compression, CACM 30(6), 1987; with the "
        "registers of arXiv 2501.04285");
    f.example("{}");
  }
  void bind(Component& other) override { bound_.set(other, coder_name, true); }
  Exactness exactness() const override { return Exactness::portable; }

  Coded encode(const Tokens& tokens) const override {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    for (std::size_t row = 0; row < tokens.rows(); ++row) coders::check_row(tokens[row], row, vocabulary, max_tokens_);
    Coded out;
    for (std::size_t first = 0; first < tokens.rows(); first += streams_)
      encode(tokens, first, std::min(streams_, tokens.rows() - first), out.bits);
    return out;
  }

  Recovered decode(const Bits& bits) const override {
    bound_.vocabulary(coder_name);
    Recovered out;
    for (std::size_t first = 0; first < bits.rows(); first += streams_)
      decode(bits, first, std::min(streams_, bits.rows() - first), out);
    return out;
  }

 private:
  struct Sent final {
    BitWriter writer;
    std::vector<Share> shares;
  };

  void encode(const Tokens& tokens, std::size_t first, std::size_t count, Bits& out) const {
    const Token end = bound_.vocabulary(coder_name).end;
    Predictions predictions(*bound_.model(), count);
    std::vector<Sent> sent(count);
    coders::encode_in_lockstep(tokens, first, count, end, predictions, [&](std::size_t s, Token symbol) {
      const Share share = predictions.share(s, symbol);
      if (!sent[s].writer.encode(share)) refuse(first + s);
      sent[s].shares.push_back(share);
    });
    for (std::size_t s = 0; s < count; ++s) {
      const auto& bits = sent[s].writer.finish();
      if (!decodes(bits, sent[s].shares)) refuse(first + s);
      out.append(bits);
    }
  }

  // A symbol's upper end reaches one code into its neighbour's share, so a row with very improbable tokens may come out
  // as bits that decode to something else. Whatever follows the bits lies between zeros and ones.
  static bool decodes(std::span<const std::uint8_t> bits, std::span<const Share> shares) {
    for (const bool behind : {false, true}) {
      BitReader reader(bits, behind);
      for (const Share& share : shares) {
        if (!reader.at_or_above(share.below) || reader.at_or_above(share.above)) return false;
        if (!reader.consume(share)) return false;
      }
    }
    return true;
  }
  [[noreturn]] static void refuse(std::size_t row) {
    throw Error("a token is too improbable for registers of 31 bits", "row " + std::to_string(row),
                "use the coder arithmetic");
  }

  void decode(const Bits& bits, std::size_t first, std::size_t count, Recovered& out) const {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    Predictions predictions(*bound_.model(), count);
    std::vector<BitReader> readers;
    for (std::size_t s = 0; s < count; ++s) readers.emplace_back(bits[first + s], false);
    std::vector<std::vector<Token>> rows(count);
    std::vector<Token> last(count, vocabulary.end);
    std::vector<std::uint8_t> active(count, 1), clean(count, 0);
    for (std::size_t running = count; running != 0;) {
      for (std::size_t s = 0; s < count; ++s) {
        if (!active[s]) continue;
        Share share;
        const Token token = readers[s].exhausted() ? vocabulary.size : predictions.find(s, readers[s], share);
        clean[s] = token == vocabulary.end;
        if (token < vocabulary.size && !clean[s] && rows[s].size() < max_tokens_) {
          rows[s].push_back(last[s] = token);
          if (readers[s].consume(share) && !repeats(rows[s])) continue;
        }
        active[s] = 0;
        --running;
      }
      if (running != 0) predictions.step(last, active);
    }
    for (const auto& row : rows) out.tokens.append(row);
    out.clean.insert(out.clean.end(), clean.begin(), clean.end());
  }

  bool repeats(const std::vector<Token>& row) const {
    if (stop_on_repeat_ == 0 || row.size() < stop_on_repeat_) return false;
    const auto tail = std::span(row).last(stop_on_repeat_);
    return std::ranges::all_of(tail, [&](Token token) { return token == tail[0]; });
  }

  std::size_t max_tokens_ = 0, stop_on_repeat_ = 0, streams_ = 0;
  coders::Bound bound_;
};
}  // namespace
TANDEM_PLUGIN(Arithmetic31, tandem::Coder, "arithmetic-31", "1.0.0",
              "arithmetic coding with a model in 31-bit registers, as published language-model coders do it")
