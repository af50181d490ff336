// Language models in any language: an executable that answers over pipes.
#include <algorithm>
#include <atomic>
#include <tandem/model.hpp>
#include <tandem/process/bridged.hpp>

namespace {
using namespace tandem;
using process::Answer;
using process::Description;
using process::Kind;
using process::Pool;
using process::Request;

/// A session that lives in a child. `Value` is what it predicts with: double for probabilities, float for logits.
template <class Value>
class Remote : public Session {
 public:
  Remote(Pool::Lease child, std::atomic<std::uint64_t>& numbers, std::size_t streams, std::span<const Token> seed,
         std::size_t vocabulary)
      : child_(std::move(child)),
        numbers_(numbers),
        number_(++numbers),
        streams_(streams),
        predictions_(streams, vocabulary) {
    Request request(Kind::open);
    request.number(number_).number(streams).rows(seed, std::max<std::size_t>(seed.size(), 1));
    child_->call(request, [&](Answer& answer) {
      const auto first = answer.rows<Value>(1, vocabulary, "predictions");
      answer.finish();
      for (std::size_t s = 0; s < streams; ++s) std::ranges::copy(first.values(), predictions_[s].begin());
    });
  }
  Remote(const Remote& other)
      : child_(other.child_),
        numbers_(other.numbers_),
        number_(++other.numbers_),
        streams_(other.streams_),
        predictions_(other.predictions_) {
    Request request(Kind::clone);
    request.number(other.number_).number(number_);
    child_->call(request, [](Answer& answer) { answer.finish(); });
  }
  ~Remote() override {
    try {
      Request request(Kind::close);
      request.number(number_);
      child_->call(request, [](Answer& answer) { answer.finish(); });
    } catch (const std::exception&) {  // a child that is gone has forgotten the session anyway
    }
  }

  std::size_t streams() const final { return streams_; }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) final {
    std::size_t moving = 0;
    for (std::size_t s = 0; s < streams_; ++s) {
      if (!active[s]) continue;
      ++moving;
      if (last[s] >= predictions_.row_length())
        throw Error("token " + std::to_string(last[s]) + " is not in the model's vocabulary");
    }
    if (moving == 0) return;
    Request request(Kind::step);
    request.number(number_).rows(last).rows(active);
    child_->call(request, [&](Answer& answer) {
      const auto next = answer.rows<Value>(moving, predictions_.row_length(), "predictions");
      answer.finish();
      for (std::size_t s = 0, row = 0; s < streams_; ++s)
        if (active[s]) std::ranges::copy(next[row++], predictions_[s].begin());
    });
  }

 protected:
  std::span<const Value> prediction(std::size_t stream) const { return predictions_[stream]; }

 private:
  Pool::Lease child_;
  std::atomic<std::uint64_t>& numbers_;
  std::uint64_t number_;
  std::size_t streams_;
  Ragged<Value> predictions_;
};

class ProbabilitySession : public Remote<double>, public Probabilities {
 public:
  using Remote::Remote;
  std::span<const double> probabilities(std::size_t stream) const final { return prediction(stream); }
};

class LogitSession : public Remote<float>, public Logits {
 public:
  using Remote::Remote;
  std::span<const float> logits(std::size_t stream) const final { return prediction(stream); }
  std::span<const float> hidden(std::size_t) const final { return {}; }
};

template <class Plain>
class Cloning final : public Plain, public Cloneable {
 public:
  using Plain::Plain;
  Cloning(const Cloning& other) : Plain(other) {}
  std::unique_ptr<Session> clone() const override { return std::make_unique<Cloning>(*this); }
};

std::string hexadecimal(const std::string& bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes)
    out += {digits[static_cast<unsigned char>(c) / 16], digits[static_cast<unsigned char>(c) % 16]};
  return out;
}

nlohmann::json told_of(const Tokenizer& tokenizer, const Vocabulary& vocabulary) {
  nlohmann::json spellings = nlohmann::json::array();
  for (Token token = 0; token < vocabulary.size; ++token) spellings.push_back(hexadecimal(tokenizer.spell(token)));
  return {{"size", vocabulary.size},
          {"end", vocabulary.end},
          {"fingerprint", vocabulary.fingerprint},
          {"spellings", std::move(spellings)}};
}

// An answer has to hold the predictions of all streams behind the two numbers that begin a block.
constexpr std::uint64_t most_predictions = (process::most_bytes - 2 * sizeof(std::uint64_t)) / sizeof(double);
constexpr auto most_tokens = static_cast<std::int64_t>(most_predictions);

class ProcessModel final : public process::Bridged<Model> {
 public:
  ProcessModel()
      : Bridged([](const Description& description) {
          description.only({"predicts", "clones", "size", "end", "fingerprint"});
          description.choice("predicts", "probabilities", {"probabilities", "logits"});
          description.flag("clones", false);
          description.text("fingerprint", "");
        }) {}

  void fields(Fields& f) override {
    bridge_.declare(f);
    f.example(R"({"command": ["python3"], "script": "model.py"})");
  }
  void ready(const Environment& environment) override { bridge_.ready(environment); }
  void bind(Component& other) override {
    const auto* tokenizer = dynamic_cast<const Tokenizer*>(&other);
    if (!tokenizer) throw Error("a model is bound to a tokenizer", {}, "name the tokenizer in \"with\"");
    bound_ = tokenizer->vocabulary();
    bridge_.tell("tokenizer", told_of(*tokenizer, bound_));
    vocabulary();
  }

  Vocabulary vocabulary() const override {
    const Description& description = bridge_.description();
    Vocabulary out = bound_;
    if (bound_.size == 0 || description.has("size"))
      out.size = static_cast<std::uint32_t>(description.integer("size", 1, most_tokens));
    if (bound_.size == 0 || description.has("end"))
      out.end = static_cast<Token>(description.integer("end", 0, out.size - 1));
    if (bound_.size == 0) out.fingerprint = description.text("fingerprint", "");
    if (bound_.size != 0 && (out.size != bound_.size || out.end != bound_.end))
      throw Error("its program predicts " + std::to_string(out.size) + " tokens of which " + std::to_string(out.end) +
                  " is the end, the tokenizer has " + std::to_string(bound_.size) + " and " +
                  std::to_string(bound_.end));
    return out;
  }

  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    const Description& description = bridge_.description();
    const bool logits = description.choice("predicts", "probabilities", {"probabilities", "logits"}) == 1;
    const bool clones = description.flag("clones", false);
    const std::size_t size = vocabulary().size;
    if (streams > most_predictions / size)
      throw Error(std::to_string(streams) + " streams of " + std::to_string(size) +
                  " tokens each are more than an answer can hold");
    const auto make = [&]<class Kind>() -> std::unique_ptr<Session> {
      return std::make_unique<Kind>(bridge_.pool().lease(), numbers_, streams, seed, size);
    };
    if (logits) return clones ? make.operator()<Cloning<LogitSession>>() : make.operator()<LogitSession>();
    return clones ? make.operator()<Cloning<ProbabilitySession>>() : make.operator()<ProbabilitySession>();
  }

 private:
  Vocabulary bound_;                                // size 0 without a tokenizer
  mutable std::atomic<std::uint64_t> numbers_ = 0;  // of sessions
};

}  // namespace
TANDEM_PLUGIN(ProcessModel, tandem::Model, "process-model", "1.0.0",
              "a language model in any language, as an executable")
