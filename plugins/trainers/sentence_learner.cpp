#include "sentence_learner.hpp"

#include <torch/torch.h>
#include <torch/version.h>

#include <cmath>
#include <tandem/error.hpp>
#include <tandem/torch/optimiser.hpp>
#include <tandem/torch/parameters.hpp>

namespace {

using tandem::neural::SentenceFamily;
using tandem::neural::SentenceShape;
using torch::Tensor;
using Parameters = tandem::torch_kit::Parameters::Views;

/// What one pass gave.
struct Passed final {
  Tensor sent, received;           ///< {batch, positions, values}: what the channel was given, and gave
  Tensor features, reconstructed;  ///< in front of the quantizer, and behind it
  Tensor logits;                   ///< {batch, words + 1, vocabulary}
  Tensor ponder;                   ///< ut: what is paid for hops
  Tensor hops;                     ///< ut: their number, of all positions
};

/// Forwards as it is, backwards with slopes cut to -1 .. 1, as the published code learns through a sign.
Tensor sign_of(const Tensor& x) {
  const Tensor sign = torch::where(x < 0, torch::full_like(x, -1), torch::ones_like(x));
  const Tensor through = x + (sign - x).detach();
  if (through.requires_grad()) through.register_hook([](const Tensor& slope) { return slope.clamp(-1, 1); });
  return through;
}

/// Sines and cosines of positions, channel by channel (Vaswani et al. 2017, section 3.5).
Tensor positions_of(std::int64_t length, std::int64_t width) {
  const auto at = torch::arange(length, torch::kDouble).unsqueeze(1);
  const auto channel = torch::arange(0, width, 2, torch::kDouble);
  const auto angle = at * torch::exp(channel * (-std::log(10000.0) / static_cast<double>(width)));
  return torch::stack({angle.sin(), angle.cos()}, -1).flatten(-2).to(torch::kFloat);
}

/// Both networks, over named views of one flat tensor.
class Forward final {
 public:
  Forward(const SentenceShape& shape, const torch::Device& device, double dropout)
      : shape_(shape), ut_(shape.family == SentenceFamily::ut), dropout_(dropout), positions_(positions_of(1024, static_cast<std::int64_t>(shape.width)).to(device)) {}

  /// `words`: {batch, words}.
  Passed operator()(const Parameters& parameters, const Tensor& words, const SentenceLearner::Channel& channel) const {
    Passed passed;
    const auto batch = words.size(0);
    const auto mark = [&](tandem::Token id) { return torch::full({batch, 1}, static_cast<std::int64_t>(id), words.options()); };
    const Tensor start = mark(tandem::neural::sentence_start), end = mark(tandem::neural::sentence_end);
    const Tensor source = ut_ ? torch::cat({words, end}, 1) : torch::cat({start, words, end}, 1);
    passed.ponder = torch::zeros({}, positions_.options());
    passed.hops = torch::zeros({}, positions_.options());

    const Tensor told = stack(parameters, "encoder.", embedded(parameters, "encoder.", source), {}, passed);
    passed.features = affine(parameters, "transmitter.1", torch::relu(affine(parameters, "transmitter.0", told)));
    if (ut_) passed.features = normalised(parameters, "transmitter.norm", passed.features);
    if (shape_.quantizer != 0) {
      passed.sent = sign_of(affine(parameters, "quantizer.0", passed.features));
    } else {
      // The modem does the same: the gradient has to know of it.
      passed.sent = passed.features * torch::rsqrt(passed.features.square().mean({1, 2}, true) + 1e-12);
    }
    passed.received = through(passed.sent, channel);
    passed.reconstructed = shape_.quantizer != 0 ? affine(parameters, "quantizer.1", sign_of(passed.received)) : passed.received;

    Tensor memory = affine(parameters, "receiver.0", passed.reconstructed);
    if (ut_) {
      memory = affine(parameters, "receiver.1", torch::relu(memory));
    } else {
      const Tensor inner = affine(parameters, "receiver.2", torch::relu(affine(parameters, "receiver.1", torch::relu(memory))));
      memory = normalised(parameters, "receiver.norm", memory + inner);
    }
    const Tensor known = torch::cat({start, words}, 1);
    Tensor told_again = stack(parameters, "decoder.", embedded(parameters, "decoder.", known), memory, passed);
    if (ut_) told_again = normalised(parameters, "decoder.norm", told_again);
    passed.logits = affine(parameters, "head", told_again);
    return passed;
  }

 private:
  static Tensor affine(const Parameters& parameters, const std::string& name, const Tensor& x) {
    return torch::matmul(x, parameters.at(name + ".weight")) + parameters.at(name + ".bias");
  }
  /// ut divides by the deviation of a sample, to which it adds the constant, not by the root of a sum.
  Tensor normalised(const Parameters& parameters, const std::string& name, const Tensor& x) const {
    const Tensor &weight = parameters.at(name + ".weight"), &bias = parameters.at(name + ".bias");
    if (!ut_) return torch::layer_norm(x, {x.size(-1)}, weight, bias, 1e-6);
    const Tensor centred = x - x.mean(-1, true);
    const Tensor deviation = torch::sqrt(centred.square().sum(-1, true) / static_cast<double>(x.size(-1) - 1) + 1e-24);
    return centred / (deviation + 1e-6) * weight + bias;
  }
  Tensor drop(const Tensor& x) const { return dropout_ > 0 && torch::GradMode::is_enabled() ? torch::dropout(x, dropout_, true) : x; }

  Tensor embedded(const Parameters& parameters, const std::string& side, const Tensor& ids) const {
    const Tensor x = torch::embedding(parameters.at(side + "embedding"), ids) * std::sqrt(static_cast<double>(shape_.width));
    return drop(x + positions_.slice(0, 0, ids.size(1)));
  }

  Tensor attention(const Parameters& parameters, const std::string& name, const Tensor& x, const Tensor& keys, bool causal) const {
    const auto batch = x.size(0), width = static_cast<std::int64_t>(shape_.width / shape_.heads);
    const auto heads = [&](const char* part, const Tensor& of) {
      return affine(parameters, name + part, of).view({batch, of.size(1), -1, width}).transpose(1, 2);
    };
    const Tensor query = heads(".query", x), key = heads(".key", keys), value = heads(".value", keys);
    Tensor scores = torch::matmul(query, key.transpose(2, 3)) / std::sqrt(static_cast<double>(width));
    if (causal) scores = scores + torch::full({x.size(1), x.size(1)}, -1e9, x.options()).triu(1);
    const Tensor mixed = torch::matmul(torch::softmax(scores, -1), value);
    return affine(parameters, name + ".output", mixed.transpose(1, 2).reshape({batch, x.size(1), -1}));
  }

  /// All layers once. Without a memory it is the encoder.
  Tensor layers(const Parameters& parameters, const std::string& side, Tensor x, const Tensor& memory) const {
    for (std::size_t n = 0; n < shape_.layers; ++n) {
      const std::string layer = side + "layers." + std::to_string(n) + ".";
      const auto branch = [&](const std::string& norm, auto&& compute) {
        if (ut_)
          x = x + drop(compute(normalised(parameters, layer + norm, x)));
        else
          x = normalised(parameters, layer + norm, x + drop(compute(x)));
      };
      branch("attention_norm", [&](const Tensor& y) { return attention(parameters, layer + "attention", y, y, memory.defined()); });
      if (memory.defined())
        branch("memory_norm", [&](const Tensor& y) { return attention(parameters, layer + "memory", y, memory, false); });
      branch("feed_forward_norm", [&](const Tensor& y) {
        return affine(parameters, layer + "feed_forward.1", torch::relu(affine(parameters, layer + "feed_forward.0", y)));
      });
    }
    return x;
  }

  /// The layers; ut: again and again, as long as any position of a sentence has not halted (arXiv 2108.09119, section III).
  Tensor stack(const Parameters& parameters, const std::string& side, Tensor state, Tensor memory, Passed& passed) const {
    if (!ut_) return layers(parameters, side, state, memory);
    const double threshold = SentenceShape::halting;
    Tensor rows = torch::arange(state.size(0), torch::dtype(torch::kLong).device(state.device()));
    Tensor halted = torch::zeros({state.size(0), state.size(1), 1}, state.options()), rest = torch::zeros_like(halted),
           updates = torch::zeros_like(halted), out = torch::zeros_like(state);
    std::vector<Tensor> done_rows, done;
    const auto finish = [&](const Tensor& which) {
      done_rows.push_back(rows.index_select(0, which));
      done.push_back(out.index_select(0, which));
      // The published weights of the two sides' costs.
      passed.ponder = passed.ponder + (memory.defined() ? 3e-6 : 1e-8) * (rest.index_select(0, which).sum() + updates.index_select(0, which).sum());
      passed.hops = passed.hops + updates.index_select(0, which).sum();
    };
    for (std::size_t hop = 0; hop < SentenceShape::hops; ++hop) {
      const Tensor p = torch::sigmoid(affine(parameters, side + "halt", state));
      const Tensor running = (halted < 1).to(torch::kFloat), sum = halted + p * running;
      const Tensor stopping = (sum > threshold).to(torch::kFloat) * running, going = (sum <= threshold).to(torch::kFloat) * running;
      halted = halted + p * going;
      rest = rest + stopping * (1 - halted);
      halted = halted + stopping * rest;
      updates = updates + going + stopping;
      const Tensor weight = p * going + stopping * rest;
      state = layers(parameters, side, state, memory);
      out = weight * state + (1 - weight) * out;
      // Sentences that have halted altogether go no further.
      const Tensor alive = (halted < threshold).flatten(1).any(1);
      const Tensor still = alive.nonzero().flatten();
      if (still.size(0) == rows.size(0) && hop + 1 < SentenceShape::hops) continue;
      if (hop + 1 == SentenceShape::hops || still.size(0) == 0) {
        finish(torch::arange(rows.size(0), rows.options()));
        break;
      }
      finish(alive.logical_not().nonzero().flatten());
      for (Tensor* of : {&rows, &state, &halted, &rest, &updates, &out}) *of = of->index_select(0, still);
      if (memory.defined()) memory = memory.index_select(0, still);
    }
    return torch::cat(done, 0).index_select(0, torch::cat(done_rows, 0).argsort());
  }

  static Tensor through(const Tensor& sent, const SentenceLearner::Channel& channel) {
    const auto here = sent.detach().to(torch::kCPU).contiguous();
    Tensor received = torch::empty_like(here), slope = torch::empty_like(here);
    const auto values = [](const Tensor& of) { return std::span(of.data_ptr<float>(), static_cast<std::size_t>(of.numel())); };
    channel(values(here), static_cast<std::size_t>(here.size(1) * here.size(2)), values(received), values(slope));
    received = received.to(sent.device()), slope = slope.to(sent.device());
    const Tensor linear = sent * slope;
    return linear + (received - linear).detach();
  }

  SentenceShape shape_;
  bool ut_;
  double dropout_;
  Tensor positions_;
};

/// A lower bound of the information between what was sent and what was received (Belghazi et al., ICML 2018), by a network of
/// 151 parameters as the published DeepSC has it.
class Information final {
 public:
  static constexpr std::int64_t size = 151;

  explicit Information(const torch::Device& device) {
    torch::manual_seed(1);
    values_ = torch::zeros({size}, torch::device(device));
    for (const auto& [begin, count] : matrices) values_.narrow(0, begin, count).copy_(torch::randn({count}) * 0.02);
    values_.requires_grad_();
    values_.mutable_grad() = torch::zeros_like(values_);
    adam_ = std::make_unique<tandem::torch_kit::Adam>(
        tandem::neural::Adam::Settings{.rate = 1e-3, .last_fraction = 1, .warm_up = 0, .steps = std::uint64_t{1} << 40, .clip = 10}, values_, torch::zeros_like(values_));
  }

  /// Pairs of values, one behind the other; a marginal pair takes its second value from the other half.
  Tensor bound(const Tensor& sent, const Tensor& received, bool learns) const {
    const auto half = sent.numel() / 2;
    const Tensor x = sent.flatten().narrow(0, 0, half), y = received.flatten();
    const Tensor values = learns ? values_ : values_.detach();
    const Tensor joint = score(values, torch::stack({x, y.narrow(0, 0, half)}, 1)),
                 marginal = score(values, torch::stack({x, y.narrow(0, half, half)}, 1));
    return joint.mean() - (torch::logsumexp(marginal.flatten(), 0) - std::log(static_cast<double>(half)));
  }
  void step(const Tensor& sent, const Tensor& received) {
    (-bound(sent.detach(), received.detach(), true)).backward();
    adam_->step();
  }
  void save(tandem::SafetensorsWriter& file) const { adam_->save(file, "information."); }
  void load(const tandem::Safetensors& file) { adam_->load(file, "information."); }

 private:
  static constexpr std::pair<std::int64_t, std::int64_t> matrices[] = {{0, 20}, {30, 100}, {140, 10}};
  static Tensor score(const Tensor& values, const Tensor& pairs) {
    const auto part = [&](std::int64_t begin, std::int64_t inputs, std::int64_t outputs, const Tensor& x) {
      return torch::matmul(x, values.narrow(0, begin, inputs * outputs).view({inputs, outputs})) + values.narrow(0, begin + inputs * outputs, outputs);
    };
    return part(140, 10, 1, torch::relu(part(30, 10, 10, torch::relu(part(0, 2, 10, pairs)))));
  }

  Tensor values_;
  std::unique_ptr<tandem::torch_kit::Adam> adam_;
};

}  // namespace

struct SentenceLearner::State final {
  State(const Settings& given, std::span<const float> values)
      : settings(given),
        device(tandem::torch_kit::device_of(settings.device)),
        tensors(tandem::neural::tensors_of(settings.shape)),
        parameters(values, device),
        adam(settings.adam, parameters.flat(), marked([this](const auto& tensor) { return tensor.shape.size() == 2 && learns(tensor.name); })),
        forward(settings.shape, device, settings.dropout),
        loss(torch::zeros({}, torch::device(device))) {
    for (const auto& tensor : tensors) parameters.add(tensor.name, tensor.shape, tensor.offset);
    if (settings.quantizer_alone) learning = marked([this](const auto& tensor) { return learns(tensor.name); });
    if (settings.mutual_information > 0) information = std::make_unique<Information>(device);
  }

  bool learns(const std::string& name) const { return !settings.quantizer_alone || name.starts_with("quantizer."); }

  /// 1 for the values of the tensors that are meant, 0 for the others.
  template <class Meant>
  Tensor marked(Meant meant) const {
    Tensor out = torch::zeros({parameters.flat().numel()});
    for (const auto& tensor : tensors)
      if (meant(tensor)) out.narrow(0, static_cast<std::int64_t>(tensor.offset), static_cast<std::int64_t>(tensor.size())).fill_(1);
    return out.to(device);
  }

  Tensor batch_of(std::span<const tandem::Token> sentences, std::size_t words) const {
    const Tensor out = torch::empty({static_cast<std::int64_t>(sentences.size() / words), static_cast<std::int64_t>(words)}, torch::kLong);
    std::copy(sentences.begin(), sentences.end(), out.data_ptr<std::int64_t>());
    return out.to(device);
  }
  static Tensor targets(const Tensor& words) {
    return torch::cat({words, torch::full({words.size(0), 1}, static_cast<std::int64_t>(tandem::neural::sentence_end), words.options())}, 1);
  }

  Settings settings;
  torch::Device device;
  std::vector<tandem::neural::LanguageTensor> tensors;
  tandem::torch_kit::Parameters parameters;
  tandem::torch_kit::Adam adam;
  Forward forward;
  Tensor loss, learning;
  std::unique_ptr<Information> information;
  std::uint64_t summed = 0;
};

SentenceLearner::SentenceLearner(const Settings& settings, std::span<const float> parameters) {
  torch::set_num_threads(settings.threads);
  at::globalContext().setFloat32MatmulPrecision("high");
  state_ = std::make_unique<State>(settings, parameters);
}
SentenceLearner::~SentenceLearner() = default;

void SentenceLearner::step(std::span<const tandem::Token> sentences, std::size_t words, const Channel& channel, std::uint64_t seed) {
  State& s = *state_;
  if (s.settings.dropout > 0) torch::manual_seed(seed);
  const Tensor batch = s.batch_of(sentences, words);
  const Passed passed = s.forward(s.parameters.tensors(), batch, channel);
  Tensor loss;
  if (s.settings.quantizer_alone)
    loss = torch::mse_loss(passed.reconstructed, passed.features.detach());
  else
    loss = torch::cross_entropy_loss(passed.logits.flatten(0, 1), State::targets(batch).flatten(), {}, at::Reduction::Mean, -100, s.settings.smoothing);
  s.loss += loss.detach();
  if (!s.settings.quantizer_alone) loss = loss + passed.ponder;
  if (s.information && !s.settings.quantizer_alone) {
    s.information->step(passed.sent, passed.received);
    loss = loss - s.settings.mutual_information * s.information->bound(passed.sent, passed.received, false);
  }
  loss.backward();
  if (s.learning.defined()) s.parameters.flat().grad().mul_(s.learning);
  s.adam.step();
  ++s.summed;
}

void SentenceLearner::add_loss(tandem::neural::Running& running) {
  State& s = *state_;
  if (s.summed == 0) return;
  running.sum += s.loss.item<double>();
  running.count += s.summed;
  s.loss.zero_();
  s.summed = 0;
}

SentenceLearner::Judgement SentenceLearner::judge(std::span<const tandem::Token> sentences, std::size_t words, const Channel& channel) const {
  torch::NoGradGuard none;
  const State& s = *state_;
  const Tensor batch = s.batch_of(sentences, words), targets = State::targets(batch);
  const Passed passed = s.forward(s.parameters.of(s.adam.average()), batch, channel);
  return {static_cast<double>((passed.logits.argmax(-1) == targets).sum().item<std::int64_t>()), static_cast<double>(targets.numel()),
          passed.hops.item<double>()};
}

std::uint64_t SentenceLearner::steps() const { return state_->adam.steps(); }
double SentenceLearner::rate() const { return state_->adam.rate(); }
std::string SentenceLearner::device() const { return state_->device.str() + ", libtorch " TORCH_VERSION; }
std::vector<float> SentenceLearner::average() const { return tandem::torch_kit::values_of(state_->adam.average()); }
void SentenceLearner::save(tandem::SafetensorsWriter& file) const {
  state_->adam.save(file);
  if (state_->information) state_->information->save(file);
}
void SentenceLearner::load(const tandem::Safetensors& file) {
  state_->adam.load(file);
  if (state_->information) state_->information->load(file);
}
