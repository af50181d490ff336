// Trains the transformers that decode linear codes: ECCT and CrossMPT.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>
#include <tandem/code.hpp>
#include <tandem/error.hpp>
#include <tandem/math.hpp>
#include <tandem/modem.hpp>
#include <tandem/neural/code_transformer.hpp>
#include <tandem/neural/training.hpp>
#include <tandem/trainable.hpp>
#include <thread>
#include <vector>

namespace {

using tandem::neural::CodeTransformer;
using tandem::neural::CodeTransformerShape;

/// Rows that share one SNR: as many as a SIMD vector holds.
constexpr std::size_t rows_per_snr = 16;
/// Parts of a batch whose gradients are summed apart, so that the sum does not depend on how many threads there are.
constexpr std::size_t parts = 4;

class CodeTransformerTrainer final : public tandem::Trainer {
  void fields(tandem::Fields& f) override {
    f("architecture", architecture_, "ecct").choices({"ecct", "crossmpt"}).doc("who attends to whom");
    f("code", code_).role("code").required().doc("what is to be decoded");
    f("modem", modem_).role("modem").required().doc("how its bits are sent");
    f("channel", channel_).role("channel").required().doc("what they pass");
    f("layers", layers_, std::size_t{6}).range(1, 100).doc("of the transformer");
    f("width", width_, std::size_t{32}).range(4, 1024).doc("channels of a token");
    f("heads", heads_, std::size_t{8}).range(1, 128).doc("of the attention; each 2, 4, 8 or 16 wide");
    f("eb_n0_db", range_, {2, 7}).unit("dB").doc("lowest and highest Eb/N0; drawn uniformly, anew for every 16 words");
    f("start", start_).doc("weights of the same network to begin with, a safetensors file; random ones if left out");
    f("words", words_, std::int64_t{4'000'000}).range(1, 1e12).doc("codewords to learn from");
    f("batch", batch_, std::size_t{256}).range(16, 65536).doc("codewords a step");
    f("rate", adam_.rate, 2e-3).range(1e-8, 1).doc("learning rate at its peak, behind the warm-up");
    f("last_fraction", adam_.last_fraction, 0.01).range(0, 1).doc("of the peak, at the end of the cosine");
    f("warm_up", warm_up_, std::size_t{500}).range(0, 1e9).doc("steps of rising rate");
    f("weight_decay", adam_.weight_decay, 0.0).range(0, 1).doc("decoupled, a step and unit of rate");
    f("clip", adam_.clip, 1.0).range(0, 1e9).doc("largest norm of the gradient; 0 for none");
    f("average", adam_.average, 0.999).range(0, 0.999999).doc("weight of the past in the average of parameters that is shipped");
    f("precision", precision_, "f16").choices({"f16", "f32"}).doc("of the weights that are shipped");
    f.source("Choukroun and Wolf, NeurIPS 2022, section 4 (zero codeword, noise alone as input); Park et al., ICLR 2025");
    f.example(
        R"({"architecture": "crossmpt", "code": {"array-ldpc": {"p": 7, "rows": 4}}, "modem": "bpsk", "channel": "awgn"})");
  }

  void ready(const tandem::Environment&) override {
    if (range_.size() != 2 || range_[0] > range_[1]) throw tandem::FieldError("eb_n0_db", "takes the lowest and the highest");
    if (batch_ % rows_per_snr != 0)
      throw tandem::FieldError("batch", "must be a multiple of " + std::to_string(rows_per_snr));
    bound_code_ = std::dynamic_pointer_cast<tandem::Code>(code_.component);
    bound_modem_ = std::dynamic_pointer_cast<tandem::DigitalModem>(modem_.component);
    bound_channel_ = std::dynamic_pointer_cast<tandem::Channel>(channel_.component);
    if (!bound_modem_) throw tandem::FieldError("modem", "must be a digital one");
    if (!bound_channel_->has_snr()) throw tandem::FieldError("channel", "must be one with an SNR");
    if (!bound_code_->checks() || bound_code_->checks()->columns() != bound_code_->n())
      throw tandem::FieldError("code", "must have parity checks over the transmitted bits");
    if (bound_code_->n() % bound_modem_->bits_per_use() != 0)
      throw tandem::FieldError("modem", "does not send a codeword in whole channel uses");
    if (bound_code_->information_positions().size() != bound_code_->k())
      throw tandem::FieldError("code", "must be systematic, as the decoders need it");
    shape_ = {.attention = architecture_ == "ecct" ? CodeTransformerShape::Attention::self : CodeTransformerShape::Attention::cross,
              .n = bound_code_->n(),
              .m = bound_code_->checks()->rows(),
              .layers = layers_,
              .width = width_,
              .heads = heads_};
    try {
      tandem::neural::CodeTransformer::parameters_of(shape_);
    } catch (const tandem::Error& error) {
      throw tandem::FieldError("heads", error.message());
    }
    if (!start_.path.empty()) require_same_network(tandem::Safetensors(start_.path));
  }

  void train(const tandem::Task& task, tandem::Progress& progress) override {
    CodeTransformer model(shape_, *bound_code_->checks());
    if (start_.path.empty())
      model.initialize(task.seed);
    else
      model.load(tandem::Safetensors(start_.path));
    adam_.steps = (static_cast<std::uint64_t>(words_) + batch_ - 1) / batch_;
    adam_.warm_up = warm_up_;
    tandem::neural::Adam adam(adam_, model.parameters());
    tandem::neural::TrainingFolder folder(task.folder, task.settings);
    if (folder.resume()) {
      const tandem::Safetensors file(folder.checkpoint().string());
      const auto parameters = file.floats("parameters", {model.parameters().size()});
      std::copy(parameters.begin(), parameters.end(), model.parameters().begin());
      model.prepare();
      adam.load(file);
    } else {
      folder.point("words,loss,rate");
    }

    auto& [sum, counted] = folder.running();
    double last_save = folder.seconds();
    progress.at(static_cast<double>(adam.steps()) / static_cast<double>(adam_.steps), folder.running().mean());
    if (adam.steps() == adam_.steps && folder.has_weights()) return;
    const std::uint64_t point_every = std::max<std::uint64_t>(1, adam_.steps / 200);
    std::vector<std::vector<float>> gradients(parts, std::vector<float>(model.parameters().size()));
    while (adam.steps() < adam_.steps && !progress.stop_asked()) {
      const double rate = adam.rate();
      sum += step(model, adam, task, gradients);
      ++counted;
      progress.at(static_cast<double>(adam.steps()) / static_cast<double>(adam_.steps), folder.running().mean());
      if (adam.steps() % point_every == 0 || adam.steps() == adam_.steps) {
        folder.point(fmt::format("{},{:.6g},{:.4g}", adam.steps() * batch_, folder.running().mean(), rate));
        folder.running() = {};
      }
      if (folder.seconds() > last_save + task.checkpoint_seconds) {
        checkpoint(folder, model, adam);
        last_save = folder.seconds();
      }
    }
    checkpoint(folder, model, adam);
    ship(folder, model, adam, task);
  }

  /// One batch; the mean loss.
  double step(CodeTransformer& model, tandem::neural::Adam& adam, const tandem::Task& task,
              std::vector<std::vector<float>>& gradients) const {
    std::vector<double> losses(parts);
    std::vector<std::exception_ptr> failures(parts);
    const std::size_t groups = batch_ / rows_per_snr;
    const auto work = [&](std::size_t thread, std::size_t threads) {
      for (std::size_t part = thread; part < parts; part += threads) try {
        std::fill(gradients[part].begin(), gradients[part].end(), 0.0f);
        const std::size_t first = part * groups / parts, last = (part + 1) * groups / parts;
        if (first == last) continue;
        std::vector<float> input;
        std::vector<std::uint8_t> flipped;
        for (std::size_t group = first; group < last; ++group) receive(adam.steps() * groups + group, task.seed, input, flipped);
        const double share = static_cast<double>(last - first) / static_cast<double>(groups);
        losses[part] = share * model.learn(input, flipped, static_cast<float>(share), gradients[part]);
      } catch (...) {
        failures[part] = std::current_exception();
      }
    };
    const auto threads = std::min<std::size_t>(parts, static_cast<std::size_t>(std::max(1, task.threads)));
    {
      std::vector<std::jthread> others;
      for (std::size_t thread = 1; thread < threads; ++thread) others.emplace_back(work, thread, threads);
      work(0, threads);
    }
    for (const auto& failure : failures)
      if (failure) std::rethrow_exception(failure);
    double loss = losses[0];
    for (std::size_t part = 1; part < parts; ++part) {
      loss += losses[part];
      for (std::size_t i = 0; i < gradients[0].size(); ++i) gradients[0][i] += gradients[part][i];
    }
    adam.step(model.parameters(), gradients[0]);
    model.prepare();
    return loss;
  }

  /// Appends what the network sees of 16 zero words, and which of their bits arrive wrong. By the symmetry of the network
  /// any other codeword would do as well.
  void receive(std::uint64_t group, std::uint64_t seed, std::vector<float>& input, std::vector<std::uint8_t>& flipped) const {
    float uniform;
    tandem::Noise(seed, "snr", group).uniforms(0, {&uniform, 1});
    const double eb_n0_db = range_[0] + (range_[1] - range_[0]) * static_cast<double>(uniform);
    const double bits_per_use = static_cast<double>(bound_code_->k() * bound_modem_->bits_per_use()) / static_cast<double>(bound_code_->n());
    const double n0 = tandem::math::exp(-eb_n0_db / 10 * tandem::math::log(10.0)) / bits_per_use;
    tandem::Bits zeros;
    std::ranges::fill(zeros.append(rows_per_snr, bound_code_->n()), std::uint8_t{0});
    const auto symbols = bound_modem_->modulate(zeros);
    const auto observation =
        bound_channel_->transmit(symbols, static_cast<float>(n0), tandem::Noise(seed, "channel", group * rows_per_snr));
    const auto reception = bound_modem_->demodulate(observation, nullptr);
    if (reception.y.rows() != rows_per_snr || reception.y.row_length() != bound_code_->n())
      throw tandem::Error("modem and channel do not give a value of y for each bit");
    const std::size_t first = flipped.size();
    flipped.resize(first + rows_per_snr * bound_code_->n());
    for (std::size_t row = 0; row < rows_per_snr; ++row)  // of the zero word, every hard decision that is 1 is wrong
      tandem::neural::append_input(reception.y[row], *bound_code_->checks(), input,
                                   std::span(flipped).subspan(first + row * bound_code_->n(), bound_code_->n()));
  }

  /// Weights to begin with are those of the same network for the same matrix.
  void require_same_network(const tandem::Safetensors& file) const {
    const std::pair<const char*, std::string> notes[] = {
        {"architecture", architecture_}, {"matrix", tandem::neural::fingerprint(*bound_code_->checks())}, {"heads", std::to_string(heads_)}};
    for (const auto& [key, wanted] : notes)
      if (const std::string& found = file.metadata(key); found != wanted)
        throw tandem::FieldError("start", "are weights of another network: their " + std::string(key) + " is " + found.substr(0, 16) +
                                              ", not " + wanted.substr(0, 16));
    if (file.elements() != tandem::neural::CodeTransformer::parameters_of(shape_))
      throw tandem::FieldError("start", "are weights of another network: they are " + std::to_string(file.elements()) + " values, not " +
                                            std::to_string(tandem::neural::CodeTransformer::parameters_of(shape_)));
  }

  static void checkpoint(tandem::neural::TrainingFolder& folder, const CodeTransformer& model, const tandem::neural::Adam& adam) {
    tandem::SafetensorsWriter file;
    file.add("parameters", {model.parameters().size()}, model.parameters());
    adam.save(file);
    folder.save(file);
  }

  void ship(const tandem::neural::TrainingFolder& folder, CodeTransformer& model, const tandem::neural::Adam& adam,
            const tandem::Task& task) const {
    std::copy(adam.average().begin(), adam.average().end(), model.parameters().begin());
    const auto words = std::to_string(adam.steps() * batch_);
    tandem::SafetensorsWriter file;
    file.metadata("architecture", architecture_);
    file.metadata("matrix", tandem::neural::fingerprint(*bound_code_->checks()));
    file.metadata("heads", std::to_string(heads_));
    file.metadata("words", words);
    file.metadata("licence", "Apache-2.0");
    model.save(file, precision_ == "f16" ? tandem::Safetensors::Type::f16 : tandem::Safetensors::Type::f32);
    file.write(folder.weights().string());
    folder.write_card(fmt::format(
        "{}| | |\n|---|---|\n| network | {}, {} layers, width {}, {} heads, {} parameters |\n| code | ({}, {}), {} checks, "
        "matrix {} |\n| learned from | {} words of {} asked for, Eb/N0 {} to {} dB, batch {} |\n| optimiser | Adam, peak "
        "rate {}, average {} |\n| time | {:.0f} s on {} threads, seed {} |\n| licence | Apache-2.0 |\n\nSettings:\n\n```json\n{}\n```\n",
        adam.steps() < adam_.steps ? "unfinished\n\n" : "", architecture_, layers_, width_, heads_, model.parameters().size(),
        bound_code_->n(), bound_code_->k(), bound_code_->checks()->rows(), tandem::neural::fingerprint(*bound_code_->checks()), words, words_, range_[0],
        range_[1], batch_, adam_.rate, adam_.average, folder.seconds(), task.threads, task.seed, task.settings));
  }

  std::string architecture_, precision_;
  tandem::Part code_, modem_, channel_;
  tandem::File start_;
  std::size_t layers_ = 6, width_ = 32, heads_ = 8, batch_ = 256, warm_up_ = 500;
  std::int64_t words_ = 0;
  std::vector<double> range_;
  tandem::neural::Adam::Settings adam_;
  CodeTransformerShape shape_;
  std::shared_ptr<tandem::Code> bound_code_;
  std::shared_ptr<tandem::DigitalModem> bound_modem_;
  std::shared_ptr<tandem::Channel> bound_channel_;
};

}  // namespace
TANDEM_PLUGIN(CodeTransformerTrainer, tandem::Trainer, "code-transformer", "1.0.0", "trains the decoders ecct and crossmpt")
