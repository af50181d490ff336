// Arithmetic coding with exact integer distributions: the 64-bit range coder of range_coder.hpp.
#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <mutex>
#include <optional>
#include <tandem/explain.hpp>

#include "bound.hpp"
#include "lockstep.hpp"
#include "range_coder.hpp"

namespace {
using namespace tandem;
using coders::RangeDecoder;
using coders::RangeEncoder;

constexpr const char* coder_name = "arithmetic";

// Streams of one model, seen as something that codes symbols, whichever ability the model's sessions have.
class Streams {
 public:
  virtual ~Streams() = default;
  virtual void encode(std::size_t stream, Token symbol, RangeEncoder& encoder) = 0;
  virtual Token decode(std::size_t stream, RangeDecoder& decoder) = 0;
  virtual void step(std::span<const Token> last, std::span<const std::uint8_t> active) = 0;
};

class DistributionStreams final : public Streams {
 public:
  DistributionStreams(const Model& model, std::size_t streams)
      : session_(open_distribution(model, streams)), distribution_(session_->distribution()) {}
  void encode(std::size_t stream, Token symbol, RangeEncoder& encoder) override {
    const Interval interval = distribution_.interval(stream, symbol);
    encoder.encode(interval.cumulative, interval.frequency, distribution_.bits());
  }
  Token decode(std::size_t stream, RangeDecoder& decoder) override {
    const auto [symbol, interval] = distribution_.find(stream, decoder.target(distribution_.bits()));
    decoder.consume(interval.cumulative, interval.frequency);
    return symbol;
  }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    session_->step(last, active);
  }

 private:
  std::unique_ptr<CodingSession> session_;
  const Distribution& distribution_;
};

// A decision is a symbol of two: 0 owns the lower part of [0, 2^16), 1 the upper.
class DecisionStreams final : public Streams {
 public:
  explicit DecisionStreams(std::unique_ptr<Session> session)
      : session_(std::move(session)), decisions_(dynamic_cast<Decisions&>(*session_)) {}
  void encode(std::size_t stream, Token symbol, RangeEncoder& encoder) override {
    for (bool complete = false; !complete;) {
      const std::uint32_t p1 = decisions_.p1(stream), p0 = total - p1;
      const bool bit = decisions_.bit_of(stream, symbol);
      encoder.encode(bit ? p0 : 0, bit ? p1 : p0, total_bits);
      complete = decisions_.push(stream, bit).has_value();
    }
  }
  Token decode(std::size_t stream, RangeDecoder& decoder) override {
    for (;;) {
      const std::uint32_t p1 = decisions_.p1(stream), p0 = total - p1;
      const bool bit = decoder.target(total_bits) >= p0;
      decoder.consume(bit ? p0 : 0, bit ? p1 : p0);
      if (const auto symbol = decisions_.push(stream, bit)) return *symbol;
    }
  }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    session_->step(last, active);
  }

 private:
  static constexpr int total_bits = 16;
  static constexpr std::uint32_t total = 1u << total_bits;
  std::unique_ptr<Session> session_;
  Decisions& decisions_;
};

class Arithmetic final : public Coder, public Explains {
 public:
  void fields(Fields& f) override {
    f("end", end_, "bits")
        .choices({"bits", "bytes"})
        .doc(
            "bits: a row ends with the fewest bits that decode to it whatever follows them; bytes: with the "
            "fewest whole bytes that do when nothing but zeros follows");
    f("max_tokens", max_tokens_, std::size_t{65'536})
        .range(1, 1 << 30)
        .doc("longest row: longer ones are refused, and the decoding of damaged bits stops there");
    f("streams", streams_, std::size_t{64})
        .range(1, 4'096)
        .doc("rows that the model predicts side by side; changes the speed and the memory, never the bits");
    coders::declare_chunk(f, chunk_);
    f.source(
        "Martin, Range encoding: an algorithm for removing redundancy from a digitised message, 1979; "
        "Witten, Neal, Cleary, Arithmetic coding for data compression, CACM 30(6), 1987");
    f.example(R"({"end": "bits"})");
  }
  void bind(Component& other) override { bound_.set(other, coder_name, true); }
  Exactness exactness() const override { return Exactness::portable; }

  Coded encode(const Tokens& tokens) const override {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    for (std::size_t row = 0; row < tokens.rows(); ++row) coders::check_row(tokens[row], row, vocabulary, max_tokens_);
    Coded out;
    for (std::size_t row = 0; chunk_ != 0 && row < tokens.rows(); ++row) encode_row_of_chunks(tokens[row], out.bits);
    for (std::size_t first = 0; chunk_ == 0 && first < tokens.rows(); first += streams_)
      encode(tokens, first, std::min(streams_, tokens.rows() - first), out.bits);
    return out;
  }

  Recovered decode(const Bits& bits) const override {
    bound_.vocabulary(coder_name);
    Recovered out;
    for (std::size_t row = 0; chunk_ != 0 && row < bits.rows(); ++row) decode_row_of_chunks(bits[row], out);
    for (std::size_t first = 0; chunk_ == 0 && first < bits.rows(); first += streams_)
      decode(bits, first, std::min(streams_, bits.rows() - first), out);
    return out;
  }

  std::vector<CodingStep> explain(std::span<const Token> row) const override {
    if (chunk_ != 0) throw Error("chunks cannot be shown", coder_name, "leave \"chunk\" away");
    constexpr double narrowest = 0x1p-44, smallest_part = 1e-4;
    const Token end = bound_.vocabulary(coder_name).end;
    coders::check_row(row, 0, bound_.vocabulary(coder_name), max_tokens_);
    const auto session = open_distribution(*bound_.model(), 1);
    const Distribution& distribution = session->distribution();
    const double total = std::ldexp(1.0, distribution.bits());
    std::vector<CodingStep> out;
    double low = 0, width = 1;
    for (std::size_t i = 0; i <= row.size(); ++i) {
      CodingStep step{{}, i < row.size() ? row[i] : end, {}};
      const auto part_of = [&](Token symbol) {
        const Interval interval = distribution.interval(0, symbol);
        return CodingStep::Part{symbol, low + width * interval.cumulative / total, low + width * (interval.cumulative + interval.frequency) / total};
      };
      for (Token symbol = 0; symbol < bound_.vocabulary(coder_name).size; ++symbol) {
        const auto part = part_of(symbol);
        if (symbol == step.symbol || part.high - part.low > smallest_part * width) step.parts.push_back(part);
      }
      const auto kept = part_of(step.symbol);
      low = kept.low;
      width = kept.high - kept.low;
      if (width < narrowest) throw Error("the row has more than 44 bits of information, too many to be shown", coder_name, "give a shorter one");
      step.bits = certain_digits(kept);
      out.push_back(std::move(step));
      const std::uint8_t active = 1;
      if (i < row.size()) session->step({&row[i], 1}, {&active, 1});
    }
    return out;
  }
  std::string beside() const override {
    return R"({"tokenizer": {"bytes": {"end": 10}}, "model": {"table": {"end": "end", "distributions": {
      "": {"A": 0.45, "I": 0.3, "X": 0.25}, "A": {"A": 0.2, "I": 0.6, "X": 0.2}, "AI": {"A": 0.2, "I": 0.45, "X": 0.35},
      "AIX": {"A": 0.6, "I": 0.2, "X": 0.2}, "AIXI": {"end": 1}}}}})";
  }

 private:
  // The binary digits that both ends of the part begin with.
  static std::string certain_digits(const CodingStep::Part& part) {
    std::string out;
    double low = part.low, high = part.high;
    while (out.size() < 52) {
      const bool one = low >= 0.5;
      if (one != (high > 0.5)) break;
      out += one ? '1' : '0';
      low = 2 * low - one;
      high = 2 * high - one;
    }
    return out;
  }

  std::unique_ptr<Streams> open(std::size_t count) const {
    const Model& model = *bound_.model();
    const Token seed[] = {model.vocabulary().end};
    std::unique_ptr<Session> session;
    std::call_once(looked_, [&] {
      session = model.open(count, seed);
      const auto* plain = session.get();
      by_decisions_ = dynamic_cast<const Decisions*>(plain) && !dynamic_cast<const Distribution*>(plain) &&
                      !dynamic_cast<const Probabilities*>(plain) && !dynamic_cast<const Logits*>(plain);
    });
    if (!by_decisions_) return std::make_unique<DistributionStreams>(model, count);
    return std::make_unique<DecisionStreams>(session ? std::move(session) : model.open(count, seed));
  }

  void encode(const Tokens& tokens, std::size_t first, std::size_t count, Bits& out) const {
    const Token end = bound_.vocabulary(coder_name).end;
    const auto streams = open(count);
    std::vector<RangeEncoder> encoders(count);
    coders::encode_in_lockstep(tokens, first, count, end, *streams, [&](std::size_t s, Token symbol) { streams->encode(s, symbol, encoders[s]); });
    for (auto& encoder : encoders) append(encoder, out);
  }

  void append(RangeEncoder& encoder, Bits& out) const {
    coders::PackedBits coded;
    if (end_ == "bits") {
      coded = encoder.finish_bits();
    } else {
      coded.bytes = encoder.finish_bytes();
      coded.size = 8 * coded.bytes.size();
    }
    coded.unpack(out.append(coded.size));
  }

  void decode(const Bits& bits, std::size_t first, std::size_t count, Recovered& out) const {
    const Token end = bound_.vocabulary(coder_name).end;
    const auto streams = open(count);
    std::vector<std::vector<std::uint8_t>> packed(count);
    std::vector<RangeDecoder> decoders;
    for (std::size_t s = 0; s < count; ++s) {
      coders::pack(bits[first + s], packed[s]);
      decoders.emplace_back(packed[s]);
    }
    const auto next = [&](std::size_t s) -> std::optional<Token> {
      if (exhausted(decoders[s], bits.row_length(first + s))) return std::nullopt;
      return streams->decode(s, decoders[s]);
    };
    coders::decode_in_lockstep(count, end, max_tokens_, *streams, next, out);
  }

  // In front of the chunks stands how many symbols they have: the number of its digits, then the digits.
  static constexpr int digits_bits = 5;
  void encode_row_of_chunks(std::span<const Token> row, Bits& out) const {
    RangeEncoder encoder;
    const auto size = static_cast<std::uint32_t>(row.size());
    const int digits = std::bit_width(size);
    encoder.encode(static_cast<std::uint32_t>(digits), 1, digits_bits);
    for (int digit = digits; digit-- > 0;) encoder.encode(size >> digit & 1, 1, 1);
    coders::encode_chunks(row, chunk_, [&](std::size_t count) { return open(count); },
                          [&](Streams& streams, std::size_t s, std::size_t, Token symbol) { streams.encode(s, symbol, encoder); });
    append(encoder, out);
  }
  void decode_row_of_chunks(std::span<const std::uint8_t> row, Recovered& out) const {
    std::vector<std::uint8_t> packed;
    coders::pack(row, packed);
    RangeDecoder decoder(packed);
    const auto take = [&](int bits) {
      const std::uint32_t value = decoder.target(bits);
      decoder.consume(value, 1);
      return value;
    };
    std::uint32_t size = 0;
    for (std::uint32_t digits = take(digits_bits); digits-- > 0;) size = size << 1 | take(1);
    const Token end = bound_.vocabulary(coder_name).end;
    const auto next = [&](Streams& streams, std::size_t s, std::size_t) -> std::optional<Token> {
      if (exhausted(decoder, row.size())) return std::nullopt;
      const Token symbol = streams.decode(s, decoder);
      return symbol == end ? std::nullopt : std::optional(symbol);
    };
    const auto tokens = coders::decode_chunks(std::min<std::size_t>(size, max_tokens_), chunk_, [&](std::size_t count) { return open(count); }, next);
    out.tokens.append(tokens);
    out.clean.push_back(tokens.size() == size);
  }

  // An undamaged row ends before its decoder has read more than 64 zeros behind it.
  static bool exhausted(const RangeDecoder& decoder, std::size_t row_bits) {
    return 8 * decoder.consumed() > row_bits + 64;
  }

  std::string end_;
  std::size_t max_tokens_ = 0, streams_ = 0, chunk_ = 0;
  coders::Bound bound_;
  mutable std::once_flag looked_;
  mutable bool by_decisions_ = false;
};
}  // namespace
TANDEM_PLUGIN(Arithmetic, tandem::Coder, "arithmetic", "1.0.0",
              "arithmetic coding with a model: a 64-bit range coder, within 0.001 % of the model's code length")
