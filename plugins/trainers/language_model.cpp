// Trains language models: the transformers of transformer-lm, and lstm-lm.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <tandem/error.hpp>
#include <tandem/model.hpp>
#include <tandem/noise.hpp>
#include <tandem/trainable.hpp>

#include "language_learner.hpp"

namespace {

using tandem::Token;
using tandem::neural::LanguageFamily;
using tandem::neural::LanguageShape;

class LanguageModelTrainer final : public tandem::Trainer {
  void fields(tandem::Fields& f) override {
    f("architecture", architecture_, "llama").choices({"lmic", "gpt2", "llama", "lstm"}).doc("the network, as transformer-lm and lstm-lm know it");
    f("tokenizer", tokenizer_).role("tokenizer").required().doc("cuts the texts");
    f("text", text_).required().doc("to learn from");
    f("held_out", held_out_).doc("a text to judge by on the way, never learned from: some of its windows at first, all of them in the end");
    f("cut", cut_, "lines").choices({"lines", "whole"}).doc("what an item of the texts is: a line, or all of it; each is followed by `end`");
    f("layers", layers_, std::size_t{6}).range(1, 200).doc("of the network");
    f("width", width_, std::size_t{192}).range(1, 16384).doc("channels of a token");
    f("heads", heads_, std::size_t{6}).range(1, 256).doc("of the attention");
    f("key_heads", key_heads_, std::size_t{0}).range(0, 256).doc("heads of keys and values (llama); 0: as many as heads");
    f("hidden", hidden_, std::size_t{0}).range(0, 65536).doc("width inside a feed-forward branch; 0: four times the width, llama: 8/3 of it, up to a multiple of 32");
    f("context", context_, std::size_t{256}).range(1, 65536).unit("tokens").doc("of a window, and of the model");
    f("tokens", tokens_, std::int64_t{10'000'000}).range(1, 1e13).doc("to learn from in all, text read again and again");
    f("batch", batch_, std::size_t{64}).range(1, 65536).doc("windows a step");
    f("at_items", at_items_, 0.85).range(0, 1).doc("share of windows that begin where an item does, as a frame does; the others begin anywhere, as a window that slides does");
    f("rate", adam_.rate, 2e-3).range(1e-8, 1).doc("learning rate at its peak, behind the warm-up");
    f("last_fraction", adam_.last_fraction, 0.01).range(0, 1).doc("of the peak, at the end of the cosine");
    f("warm_up", warm_up_, std::size_t{500}).range(0, 1e9).doc("steps of rising rate");
    f("weight_decay", adam_.weight_decay, 0.05).range(0, 1).doc("decoupled, a step and unit of rate, of matrices");
    f("dropout", dropout_, 0.0).range(0, 0.9).doc("of what each branch adds");
    f("clip", adam_.clip, 1.0).range(0, 1e9).doc("largest norm of the gradient; 0 for none");
    f("average", adam_.average, 0.999).range(0, 0.999999).doc("weight of the past in the average of parameters that is shipped");
    f("device", device_, "auto").choices({"auto", "cpu", "cuda"}).doc("auto: a GPU where there is one");
    f("precision", precision_, "f16").choices({"f16", "f32"}).doc("of the weights that are shipped");
    f.source("Deletang et al., ICLR 2024, section 3.2; Radford et al. 2019; Touvron et al. 2023; Loshchilov and Hutter, ICLR 2019");
    f.example(R"({"architecture": "lmic", "tokenizer": {"bytes": {"end": 10}}, "text": "corpus:prime", "layers": 4, "width": 64, "heads": 8})");
  }

  void ready(const tandem::Environment&) override {
    bound_ = std::dynamic_pointer_cast<tandem::Tokenizer>(tokenizer_.component);
    settings_.shape = {.family = *tandem::neural::family_of(architecture_),
                       .vocabulary = bound_->vocabulary().size,
                       .context = context_,
                       .layers = layers_,
                       .width = width_,
                       .heads = heads_,
                       .key_heads = key_heads_ == 0 ? heads_ : key_heads_,
                       .hidden = hidden_};
    LanguageShape& shape = settings_.shape;
    if (shape.hidden == 0) shape.hidden = shape.family == LanguageFamily::llama ? (shape.width * 8 / 3 + 31) / 32 * 32 : 4 * shape.width;
    parameters_ = tandem::neural::parameters_of(shape);
    adam_.warm_up = warm_up_;
    adam_.steps = (static_cast<std::uint64_t>(tokens_) + batch_ * context_ - 1) / (batch_ * context_);
    settings_.adam = adam_;
    settings_.window = context_;
    settings_.dropout = dropout_;
    settings_.device = device_;
  }

  void train(const tandem::Task& task, tandem::Progress& progress) override {
    const auto stream = stream_of("text", text_), judged = held_out_.path.empty() ? std::vector<Token>{} : stream_of("held_out", held_out_);
    const Token end = bound_->vocabulary().end;
    std::vector<std::int64_t> begins;  // where a window behind an `end` fits
    for (std::size_t i = 0; i + context_ < stream.size(); ++i)
      if (stream[i] == end) begins.push_back(static_cast<std::int64_t>(i));
    double bytes_a_token = 0;
    for (const Token token : judged) bytes_a_token += token == end ? 1.0 : static_cast<double>(bound_->spell(token).size());
    bytes_a_token /= std::max<double>(1, static_cast<double>(judged.size()));

    settings_.threads = task.threads;
    LanguageLearner learner(settings_, first_parameters(task.seed), stream);
    tandem::neural::TrainingFolder folder(task.folder, task.settings);
    std::optional<double> held_out;  // bits a byte
    if (folder.resume()) {
      const tandem::Safetensors file(folder.checkpoint().string());
      learner.load(file);
      if (file.metadata().contains("held_out")) held_out = tandem::neural::number_of(file, "held_out");
    } else {
      folder.point("tokens,loss,rate,held_out_bits_a_byte");
    }
    const auto save = [&] {
      learner.add_loss(folder.running());
      tandem::SafetensorsWriter file;
      learner.save(file);
      if (held_out) file.metadata("held_out", fmt::format("{:.17g}", *held_out));
      folder.save(file);
    };
    const auto done = [&] { return static_cast<double>(learner.steps()) / static_cast<double>(adam_.steps); };

    const std::uint64_t point_every = std::max<std::uint64_t>(1, adam_.steps / 100);
    double last_save = folder.seconds(), loss = 0;
    progress.at(done(), folder.running().mean());
    if (learner.steps() == adam_.steps && folder.has_weights()) return;
    while (learner.steps() < adam_.steps && !progress.stop_asked()) {
      const double rate = learner.rate();
      learner.step(starts(learner.steps(), task.seed, begins, stream.size()), task.seed * 1'000'003 + learner.steps());
      const bool last = learner.steps() == adam_.steps;
      if (learner.steps() % point_every == 0 || last) {
        learner.add_loss(folder.running());
        loss = folder.running().mean();
        folder.running() = {};
        if (!judged.empty()) held_out = learner.judge(judged, last ? judged.size() : 128) / (bytes_a_token * std::log(2.0));
        folder.point(fmt::format("{},{:.6g},{:.4g},{}", learner.steps() * batch_ * context_, loss, rate, held_out ? fmt::format("{:.6g}", *held_out) : ""));
      }
      progress.at(done(), loss);
      if (folder.seconds() > last_save + task.checkpoint_seconds) {
        save();
        last_save = folder.seconds();
      }
    }
    save();
    ship(folder, learner, task, held_out);
  }

  /// `end`, then every item with an `end` behind it.
  std::vector<Token> stream_of(const char* field, const tandem::File& text) const {
    auto tokens = tandem::training_tokens(text, cut_, *bound_);
    tokens.insert(tokens.begin(), bound_->vocabulary().end);
    if (tokens.size() < context_ + 2) throw tandem::FieldError(field, "is shorter than one window of " + std::to_string(context_) + " tokens");
    return tokens;
  }

  std::vector<std::int64_t> starts(std::uint64_t step, std::uint64_t seed, const std::vector<std::int64_t>& begins, std::size_t size) const {
    const tandem::Noise noise(seed, "windows", step * batch_);
    std::vector<std::int64_t> out(batch_);
    for (std::size_t row = 0; row < batch_; ++row) {
      float u[3];  // which kind, and where: 23 bits are too few for a long text
      noise.uniforms(row, u);
      const double where = (std::floor(static_cast<double>(u[1]) * 0x1p23) + static_cast<double>(u[2])) * 0x1p-23;
      const bool at_item = static_cast<double>(u[0]) < at_items_ && !begins.empty();
      const double places = static_cast<double>(at_item ? begins.size() : size - context_);
      const auto chosen = static_cast<std::int64_t>(where * places);
      out[row] = at_item ? begins[static_cast<std::size_t>(chosen)] : chosen;
    }
    return out;
  }

  /// Normal values of deviation 1 / sqrt(inputs), branch ends smaller by sqrt(2 layers), embeddings 0.02 (lmic: 1 once scaled
  /// by the square root of the width), norms one, biases zero, forget gates one.
  std::vector<float> first_parameters(std::uint64_t seed) const {
    std::vector<float> out(parameters_);
    const LanguageShape& shape = settings_.shape;
    for (const auto& tensor : tandem::neural::tensors_of(shape)) {
      const std::span<float> values(out.data() + tensor.offset, tensor.size());
      if (tensor.shape.size() == 1) {
        std::fill(values.begin(), values.end(), tensor.name.ends_with("norm.weight") ? 1.0f : 0.0f);
        if (shape.family == LanguageFamily::lstm && tensor.name.ends_with(".bias") && tensor.name.starts_with("layers"))
          std::fill(values.begin() + static_cast<std::ptrdiff_t>(shape.width), values.begin() + static_cast<std::ptrdiff_t>(2 * shape.width), 1.0f);
        continue;
      }
      double deviation = 1 / std::sqrt(static_cast<double>(tensor.shape[0]));
      if (tensor.name == "embedding") deviation = shape.family == LanguageFamily::lmic ? 1 / std::sqrt(static_cast<double>(shape.width)) : 0.02;
      if (tensor.name == "position") deviation = 0.02;
      if (tensor.name.ends_with("attention.output.weight") || tensor.name.ends_with("feed_forward.1.weight") ||
          tensor.name.ends_with("feed_forward.down.weight"))
        deviation /= std::sqrt(2 * static_cast<double>(shape.layers));
      tandem::Noise(seed, tensor.name, 0).normals(0, values);
      for (float& value : values) value *= static_cast<float>(deviation);
    }
    return out;
  }

  void ship(const tandem::neural::TrainingFolder& folder, const LanguageLearner& learner, const tandem::Task& task, std::optional<double> held_out) const {
    const auto seen = learner.steps() * batch_ * context_;
    const LanguageShape& shape = settings_.shape;
    tandem::SafetensorsWriter file;
    tandem::neural::describe(shape, file);
    file.metadata("tokenizer", bound_->vocabulary().fingerprint);
    file.metadata("tokens", std::to_string(seen));
    file.metadata("licence", "Apache-2.0");
    const auto values = learner.average();
    for (const auto& tensor : tandem::neural::tensors_of(shape))
      file.add(tensor.name, tensor.shape, std::span(values).subspan(tensor.offset, tensor.size()),
               precision_ == "f16" ? tandem::Safetensors::Type::f16 : tandem::Safetensors::Type::f32);
    file.write(folder.weights().string());
    const std::string judged =
        held_out ? fmt::format("| held out | {:.4f} bits a byte, windows of {} tokens that see nothing before themselves, text sha256 {} |\n",
                               *held_out, context_, held_out_.sha256)
                 : "";
    folder.write_card(fmt::format(
        "{}| | |\n|---|---|\n| network | {}, {} layers, width {}, {} parameters |\n| tokenizer | {} |\n| learned from | {} tokens of {} "
        "asked for, text sha256 {} |\n{}| optimiser | Adam, peak rate {}, weight decay {}, dropout {}, average {} |\n| time | {:.0f} s on {}, {} threads, seed "
        "{} |\n| licence | Apache-2.0 |\n\nSettings:\n\n```json\n{}\n```\n",
        learner.steps() < adam_.steps ? "unfinished\n\n" : "", architecture_, layers_, width_, values.size(),
        bound_->vocabulary().fingerprint, seen, tokens_, text_.sha256, judged, adam_.rate,
        adam_.weight_decay, dropout_, adam_.average, folder.seconds(), learner.device(), task.threads, task.seed, task.settings));
  }

  std::string architecture_, cut_, device_, precision_;
  tandem::Part tokenizer_;
  tandem::File text_, held_out_;
  std::size_t layers_ = 0, width_ = 0, heads_ = 0, key_heads_ = 0, hidden_ = 0, context_ = 0, batch_ = 0, warm_up_ = 0, parameters_ = 0;
  std::int64_t tokens_ = 0;
  double at_items_ = 0, dropout_ = 0;
  tandem::neural::Adam::Settings adam_;
  LanguageLearner::Settings settings_;
  std::shared_ptr<tandem::Tokenizer> bound_;
};

}  // namespace
TANDEM_PLUGIN(LanguageModelTrainer, tandem::Trainer, "language-model", "1.0.0", "trains the models transformer-lm and lstm-lm")
