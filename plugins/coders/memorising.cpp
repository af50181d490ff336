// FineZip's idea: the model learns the very text that it is to code, and what it learned travels in front of the text. An adapter of
// low rank, rounded to a few bits a value; a text that it does not pay for goes without.
#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <tandem/decoding.hpp>
#include <tandem/neural/language_adapter.hpp>
#include <tandem/neural/language_weights.hpp>

#include "adapter_bytes.hpp"
#include "adapter_training.hpp"
#include "bound.hpp"

namespace {
using namespace tandem;
using Bytes = std::vector<std::uint8_t>;

constexpr const char* coder_name = "memorising";
constexpr std::size_t length_bits = 32;  // of the adapter's length, in bytes, in front of it

// What the coder inside is bound to: one model that predicts now like this one, now like that.
class Switched final : public Model {
 public:
  explicit Switched(const Model& model) : now_(&model) {}
  void predict_by(const Model& model) { now_ = &model; }
  Vocabulary vocabulary() const override { return now_->vocabulary(); }
  Exactness exactness() const override { return now_->exactness(); }
  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override { return now_->open(streams, seed); }

 private:
  const Model* now_;
};

class Memorising final : public Coder, public ExactDecoding {
 public:
  void fields(Fields& f) override {
    f("coder", coder_).role("coder").required().doc("codes the text, by what the model predicts once it has learned");
    f("rank", training_.rank, std::size_t{4}).range(0, 256).doc("of the difference to each matrix of a layer; 0: gains and biases alone learn");
    f("steps", steps_, 3.0).range(0.5, 32).doc("that values are rounded to, in the root mean square of their tensor; twice as many cost a bit a value");
    f("rate", training_.rate, 5e-3).range(1e-8, 1).doc("learning rate of Adam at its peak");
    f("passes", training_.passes, 4.0).range(0.01, 10'000).doc("through the text");
    f("batch", training_.batch, std::size_t{4}).range(1, 65'536).doc("windows a step, each as long as the network's context");
    f.source("Mittu et al., FineZip, arXiv 2409.17141; Hu et al., LoRA, ICLR 2022");
    f.example(R"({"coder": "arithmetic", "rank": 0})");
    f.beside(R"({"tokenizer": {"bytes": {"end": 10}}, "model": {"transformer-lm": {"weights": "model:lm-bytes"}}})");
  }
  void bind(Component& other) override {
    bound_.set(other, coder_name, true);
    weights_ = dynamic_cast<const neural::LanguageWeights*>(&other);
    if (!weights_) throw Error("memorising takes a model with a network", "with", "such as transformer-lm, lstm-lm, gpt2, llama, or one of them in continuous");
    tensors_ = neural::adapter_tensors_of(weights_->network().shape(), training_.rank);
    switched_ = std::make_unique<Switched>(*bound_.model());
    try {
      inner().bind(*switched_);
    } catch (const FieldError& e) {
      throw FieldError("coder." + e.field(), e.message(), e.hint());
    }
  }
  /// Training is libtorch's: the same on the same machine.
  Exactness exactness() const override { return Exactness::build; }
  Exactness decoding() const override { return coder_.component ? inner().exactness() : Exactness::portable; }

  Coded encode(const Tokens& tokens) const override {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    for (std::size_t row = 0; row < tokens.rows(); ++row) coders::check_row(tokens[row], row, vocabulary);
    const std::lock_guard lock(one_at_a_time_);
    Coded out;
    for (std::size_t row = 0; row < tokens.rows(); ++row) {
      Tokens one;
      one.append(tokens[row]);
      Bytes adapter;
      Bits coded = by(adapter).encode(one).bits;
      if (pays_perhaps(tokens[row].size())) {
        Bytes learned = learn(tokens[row]);
        if (const auto better = encoded_by(learned, one); better && (*better)[0].size() + 8 * learned.size() < coded[0].size())
          adapter = std::move(learned), coded = *better;
      }
      const auto bits = out.bits.append(length_bits + 8 * adapter.size() + coded[0].size());
      for (std::size_t i = 0; i < length_bits; ++i) bits[i] = adapter.size() >> (length_bits - 1 - i) & 1;
      const std::uint64_t adapter_bits = 8 * adapter.size();
      coders::PackedBits{std::move(adapter), adapter_bits}.unpack(bits.subspan(length_bits, adapter_bits));
      std::ranges::copy(coded[0], bits.begin() + static_cast<std::ptrdiff_t>(length_bits + adapter_bits));
      out.side_bits.push_back(static_cast<std::uint32_t>(length_bits + adapter_bits));
    }
    return out;
  }

  Recovered decode(const Bits& bits) const override {
    bound_.vocabulary(coder_name);
    const std::lock_guard lock(one_at_a_time_);
    Recovered out;
    for (std::size_t row = 0; row < bits.rows(); ++row) {
      const Recovered one = decode_row(bits[row]);
      out.tokens.append(one.tokens[0]);
      out.clean.push_back(one.clean[0]);
    }
    return out;
  }

 private:
  Coder& inner() const { return dynamic_cast<Coder&>(*coder_.component); }

  // A text much smaller than its adapter has nothing to gain.
  bool pays_perhaps(std::size_t tokens) const { return tokens > window() && tokens > (tensors_.back().offset + tensors_.back().size()) / 8; }
  std::size_t window() const {
    const std::size_t context = weights_->network().shape().context;
    return context == 0 ? 256 : context;
  }
  Bytes learn(std::span<const Token> row) const {
    coders::AdapterTraining training = training_;
    training.window = window();
    std::vector<Token> text = {weights_->network_end()};
    text.insert(text.end(), row.begin(), row.end());
    std::vector<float> values;
    try {
      values = coders::train_adapter(weights_->network(), text, training);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& e) {
      const std::string all = e.what();  // libtorch appends where it was, over many lines
      throw Error("the training failed: " + all.substr(0, all.find('\n')), coder_name);
    }
    return coders::write_adapter(tensors_, values, steps_);
  }

  // A training that went astray makes a network that predicts nothing, or no adapter at all.
  std::optional<Bits> encoded_by(std::span<const std::uint8_t> adapter, const Tokens& row) const try {
    return by(adapter).encode(row).bits;
  } catch (const Error&) {
    return std::nullopt;
  }

  // The coder inside, with the model that an adapter makes.
  const Coder& by(std::span<const std::uint8_t> adapter) const {
    if (adapter.empty()) {
      switched_->predict_by(*bound_.model());
    } else {
      const auto& network = weights_->network();
      const auto values = coders::read_adapter(tensors_, adapter);
      if (!values) throw Error("is no adapter");
      adapted_ = weights_->with(neural::LanguageModel(network.shape(), neural::adapted(network.shape(), network.parameters(), training_.rank, *values)));
      switched_->predict_by(*adapted_);
    }
    return inner();
  }

  Recovered decode_row(std::span<const std::uint8_t> row) const try {
    if (row.size() < length_bits) throw Error("ends in the adapter's length");
    std::size_t size = 0;
    for (std::size_t i = 0; i < length_bits; ++i) size = size << 1 | (row[i] & 1u);
    if (size > (row.size() - length_bits) / 8) throw Error("ends in the adapter");
    Bytes adapter;
    coders::pack(row.subspan(length_bits, 8 * size), adapter);
    Bits rest;
    const auto coded = row.subspan(length_bits + 8 * size);
    std::ranges::copy(coded, rest.append(coded.size()).begin());
    return by(adapter).decode(rest);
  } catch (const Error&) {
    // A damaged adapter may be none, or make a network that predicts nothing any more.
    Recovered nothing{{}, {0}};
    nothing.tokens.append(0);
    return nothing;
  }

  Part coder_;
  double steps_ = 0;
  coders::AdapterTraining training_;
  coders::Bound bound_;
  const neural::LanguageWeights* weights_ = nullptr;
  std::vector<neural::LanguageTensor> tensors_;
  // A switch that all rows share: one is coded at a time.
  mutable std::mutex one_at_a_time_;
  std::unique_ptr<Switched> switched_;
  mutable std::shared_ptr<const Model> adapted_;
};
}  // namespace
TANDEM_PLUGIN(Memorising, tandem::Coder, "memorising", "1.0.0", "the model learns the text first and sends what it learned ahead: FineZip")
