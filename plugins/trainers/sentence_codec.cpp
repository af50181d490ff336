// Trains the joint codecs for sentences: deepsc, ut and ut-quantized.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <string>
#include <tandem/channel.hpp>
#include <tandem/error.hpp>
#include <tandem/math.hpp>
#include <tandem/modem.hpp>
#include <tandem/neural/sentence_words.hpp>
#include <tandem/noise.hpp>
#include <tandem/trainable.hpp>

#include "sentence_learner.hpp"

namespace {

using namespace tandem;
using neural::SentenceShape;
using neural::SentenceWords;

/// Parts of a batch that meet a channel and an SNR of their own.
constexpr std::size_t groups = 4;

class SentenceCodecTrainer final : public Trainer {
  void fields(Fields& f) override {
    f("architecture", architecture_, "deepsc").choices({"deepsc", "ut", "ut-quantized"}).doc("the network, as the codec of that name knows it");
    f("text", text_).required().doc("to learn from, a sentence a line");
    f("held_out", held_out_).doc("a text to judge by on the way, never learned from: its sentences of known words");
    f("modem", modem_).role("modem").required().doc("how features are sent: an analog one");
    f("channel", channel_).role("channel").required().doc("what they pass");
    f("other_channel", other_channel_).role("channel").doc("another that every second part of a batch passes");
    f("start", start_).doc("weights to begin with, a safetensors file: its words are taken too, and what it lacks begins at random");
    f("quantizer_alone", settings_.quantizer_alone, false).doc("ut-quantized: only the quantizer learns, to give back the features it was given");
    f("words", words_, std::size_t{6000}).range(1, 1e6).doc("of the vocabulary, the commonest of the text");
    f("longest", longest_, std::size_t{20}).range(1, 500).unit("words").doc("of a sentence; longer ones are cut into parts of nearly equal length");
    f("shortest", shortest_, std::size_t{3}).range(1, 500).unit("words").doc("of a sentence; shorter ones are left out");
    f("es_n0_db", range_, {5, 10}).unit("dB").doc("lowest and highest Es/N0; drawn uniformly for each quarter of a batch");
    f("sentences", sentences_, std::int64_t{1'000'000}).range(1, 1e12).doc("to learn from in all, text read again and again");
    f("batch", batch_, std::size_t{64}).range(groups, 65536).doc("sentences a step, of one length");
    f("mutual_information", settings_.mutual_information, 0.0).range(0, 10).doc("weight of the lower bound of the information that passes the channel, which is to rise; 0.0009 is DeepSC's");
    f("rate", adam_.rate, 1e-3).range(1e-8, 1).doc("learning rate at its peak, behind the warm-up");
    f("last_fraction", adam_.last_fraction, 0.01).range(0, 1).doc("of the peak, at the end of the cosine");
    f("warm_up", warm_up_, std::size_t{500}).range(0, 1e9).doc("steps of rising rate");
    f("weight_decay", adam_.weight_decay, 0.0).range(0, 1).doc("decoupled, a step and unit of rate, of matrices");
    f("dropout", settings_.dropout, 0.0).range(0, 0.9).doc("of what each branch adds");
    f("smoothing", settings_.smoothing, 0.0).range(0, 0.9).doc("of the labels");
    f("clip", adam_.clip, 1.0).range(0, 1e9).doc("largest norm of the gradient; 0 for none");
    f("average", adam_.average, 0.999).range(0, 0.999999).doc("weight of the past in the average of parameters that is shipped");
    f("device", settings_.device, "auto").choices({"auto", "cpu", "cuda"}).doc("auto: a GPU where there is one");
    f("precision", precision_, "i8").choices({"i8", "f16", "f32"}).doc("of the matrices that are shipped; i8: bytes with a scale for each word or output");
    f.source("Xie, Qin, Li, Juang, IEEE Trans. Signal Process. 69, 2021 (deepsc); Zhou et al., arXiv 2108.09119 (ut) and 2203.06634 (ut-quantized)");
    f.example(R"({"text": "corpus:prime", "modem": "analog", "channel": "awgn"})");
  }

  void ready(const Environment&) override {
    if (range_.size() != 2 || range_[0] > range_[1]) throw FieldError("es_n0_db", "takes the lowest and the highest");
    if (range_[0] < -100 || range_[1] > 200) throw FieldError("es_n0_db", "lies between -100 and 200 dB");
    if (batch_ % groups != 0) throw FieldError("batch", "must be a multiple of " + std::to_string(groups));
    if (shortest_ > longest_) throw FieldError("shortest", "must not be above `longest`");
    if (settings_.quantizer_alone && architecture_ != "ut-quantized") throw FieldError("quantizer_alone", "needs the architecture ut-quantized");
    bound_modem_ = std::dynamic_pointer_cast<AnalogModem>(modem_.component);
    if (!bound_modem_) throw FieldError("modem", "must be an analog one");
    if (bound_modem_->dimensions_per_use() != 1) throw FieldError("modem", "must send one value a use");
    add_channel("channel", channel_);
    if (other_channel_.component) add_channel("other_channel", other_channel_);
    if (!start_.path.empty()) {
      const Safetensors file(start_.path);
      const auto shape = neural::sentence_shape_of(file);
      if (neural::name(shape.family) != architecture_.substr(0, architecture_.find('-')))
        throw FieldError("start", "are weights of the architecture " + std::string(neural::name(shape.family)));
    }
  }

  void add_channel(const char* field, const Part& part) {
    auto channel = std::dynamic_pointer_cast<Channel>(part.component);
    if (!channel->has_snr()) throw FieldError(field, "must be one with an SNR");
    if (!channel->linear()) throw FieldError(field, "must be linear in what is sent: a gradient has to pass it");
    channels_.push_back(std::move(channel));
  }

  void train(const Task& task, Progress& progress) override {
    const auto lines = lines_of(text_);
    vocabulary_ = start_.path.empty() ? SentenceWords::of(lines, words_) : SentenceWords::of_lines(Safetensors(start_.path).metadata("words"));
    const Buckets learned = buckets_of(lines, false), judged = held_out_.path.empty() ? Buckets{} : buckets_of(lines_of(held_out_), true);
    if (learned.empty()) throw FieldError("text", "has no sentence of " + std::to_string(shortest_) + " words or more");

    auto& shape = settings_.shape;
    shape = architecture_ == "deepsc" ? SentenceShape::deepsc(vocabulary_.vocabulary()) : SentenceShape::ut(vocabulary_.vocabulary());
    if (architecture_ == "ut-quantized") shape.quantizer = 30;
    adam_.warm_up = warm_up_;
    adam_.steps = (static_cast<std::uint64_t>(sentences_) + batch_ - 1) / batch_;
    settings_.adam = adam_;
    settings_.threads = task.threads;
    SentenceLearner learner(settings_, first_parameters(task.seed));

    neural::TrainingFolder folder(task.folder, task.settings);
    Score held_out;
    if (folder.resume()) {
      const Safetensors file(folder.checkpoint().string());
      learner.load(file);
      held_out = {neural::number_of(file, "held_out"), neural::number_of(file, "hops")};
    } else {
      folder.point("sentences,loss,rate,held_out_right,hops");
    }
    const auto save = [&] {
      learner.add_loss(folder.running());
      SafetensorsWriter file;
      learner.save(file);
      file.metadata("held_out", fmt::format("{:.17g}", held_out.right));
      file.metadata("hops", fmt::format("{:.17g}", held_out.hops));
      folder.save(file);
    };
    const auto done = [&] { return static_cast<double>(learner.steps()) / static_cast<double>(adam_.steps); };

    const std::uint64_t point_every = std::max<std::uint64_t>(1, adam_.steps / 100);
    double last_save = folder.seconds(), loss = 0;
    progress.at(done(), folder.running().mean());
    if (learner.steps() == adam_.steps && folder.has_weights()) return;
    while (learner.steps() < adam_.steps && !progress.stop_asked()) {
      const double rate = learner.rate();
      const auto [words, sentences] = batch_of(learned, learner.steps(), task.seed);
      learner.step(sentences, words, channel(task.seed, learner.steps() * batch_), task.seed * 1'000'003 + learner.steps());
      const bool last = learner.steps() == adam_.steps;
      if (learner.steps() % point_every == 0 || last) {
        learner.add_loss(folder.running());
        loss = folder.running().mean();
        folder.running() = {};
        held_out = judge(learner, judged, last ? 100'000 : 512);
        folder.point(fmt::format("{},{:.6g},{:.4g},{:.6g},{:.4g}", learner.steps() * batch_, loss, rate, held_out.right, held_out.hops));
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

  /// By their number of words: ids, one sentence behind the other.
  using Buckets = std::map<std::size_t, std::vector<Token>>;
  struct Score final {
    double right = 0;   ///< share of words and ends
    double hops = 0;    ///< a position, encoder and decoder together
  };

  static std::vector<std::string> lines_of(const File& file) {
    std::ifstream in(file.path, std::ios::binary);
    if (!in) throw Error("cannot be read", file.reference.empty() ? file.path : file.reference);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  Buckets buckets_of(std::span<const std::string> lines, bool known_alone) const {
    Buckets out;
    for (const auto& line : lines) {
      const auto ids = vocabulary_.ids(line);
      if (known_alone && std::ranges::find(ids, Token{neural::sentence_unknown}) != ids.end()) continue;
      std::size_t begin = 0;
      for (const std::size_t words : neural::SentenceParts{longest_, 0}.of_words(ids.size())) {
        if (words >= shortest_) {
          auto& bucket = out[words];
          bucket.insert(bucket.end(), ids.begin() + static_cast<std::ptrdiff_t>(begin), ids.begin() + static_cast<std::ptrdiff_t>(begin + words));
        }
        begin += words;
      }
    }
    return out;
  }

  /// Sentences of one length, drawn with the same chance for every sentence of the text.
  std::pair<std::size_t, std::vector<Token>> batch_of(const Buckets& buckets, std::uint64_t step, std::uint64_t seed) const {
    std::size_t sentences = 0;
    for (const auto& [words, ids] : buckets) sentences += ids.size() / words;
    std::vector<float> u(2 * batch_ + 2);
    Noise(seed, "sentences", step).uniforms(0, u);
    const auto draw = [&u](std::size_t i, std::size_t of) {  // 23 bits are too few for a long text
      const double where = (std::floor(static_cast<double>(u[2 * i]) * 0x1p23) + static_cast<double>(u[2 * i + 1])) * 0x1p-23;
      return std::min(of - 1, static_cast<std::size_t>(where * static_cast<double>(of)));
    };
    std::size_t chosen = draw(batch_, sentences);
    auto bucket = buckets.begin();
    for (; chosen >= bucket->second.size() / bucket->first; ++bucket) chosen -= bucket->second.size() / bucket->first;
    const auto& [words, ids] = *bucket;
    std::vector<Token> out(batch_ * words);
    for (std::size_t i = 0; i < batch_; ++i)
      std::copy_n(ids.begin() + static_cast<std::ptrdiff_t>(draw(i, ids.size() / words) * words), words, out.begin() + static_cast<std::ptrdiff_t>(i * words));
    return {words, std::move(out)};
  }

  /// The modem, and a channel for each part of the rows; `first` numbers the noise of the first row.
  SentenceLearner::Channel channel(std::uint64_t seed, std::uint64_t first) const {
    return [this, seed, first](std::span<const float> sent, std::size_t length, std::span<float> received, std::span<float> slope) {
      const std::size_t rows = sent.size() / length, of_a_group = std::max<std::size_t>(1, rows / groups);
      for (std::size_t begin = 0, group = 0; begin < rows; begin += of_a_group, ++group) {
        const std::size_t count = std::min(of_a_group, rows - begin);
        float uniform;
        Noise(seed, "snr", first + begin).uniforms(0, {&uniform, 1});
        const double es_n0_db = range_[0] + (range_[1] - range_[0]) * static_cast<double>(uniform);
        const auto n0 = static_cast<float>(math::exp(-es_n0_db / 10 * math::log(10.0)));
        Features features;
        std::ranges::copy(sent.subspan(begin * length, count * length), features.append(count, length).begin());
        Observation seen = channels_[group % channels_.size()]->transmit(bound_modem_->modulate(features), n0, Noise(seed, "channel", first + begin));
        const auto take = [&](std::span<float> out) {
          const Features back = bound_modem_->demodulate(seen);
          for (std::size_t row = 0; row < count; ++row) {
            if (back.row_length(row) < length) throw Error("modem and channel do not give a value back for each that was sent");
            std::copy_n(back[row].begin(), length, out.begin() + static_cast<std::ptrdiff_t>((begin + row) * length));
          }
        };
        take(received);
        // What comes of ones, without noise: rows have mean square 1, as ones have, and are scaled by the same gain.
        std::ranges::fill(features.values(), 1.0f);
        seen.y = bound_modem_->modulate(features);
        auto y = seen.y.values.values();
        if (!seen.h.empty())
          for (std::size_t i = 0; i < y.size(); ++i) y[i] *= seen.h.values()[i];
        take(slope);
      }
    };
  }

  Score judge(const SentenceLearner& learner, const Buckets& buckets, std::size_t most) const {
    std::size_t sentences = 0;
    for (const auto& [words, ids] : buckets) sentences += ids.size() / words;
    SentenceLearner::Judgement sum;
    constexpr std::size_t at_once = 64;
    std::uint64_t seen = 0;
    for (const auto& [words, ids] : buckets) {
      const std::size_t here = ids.size() / words, counted = std::min(here, std::max<std::size_t>(1, here * most / std::max(sentences, most)));
      for (std::size_t begin = 0; begin < counted; begin += at_once) {
        const std::size_t now = std::min(at_once, counted - begin);
        const auto part = learner.judge(std::span(ids).subspan(begin * words, now * words), words, channel(0, seen));
        sum.right += part.right, sum.of += part.of, sum.hops += part.hops;
        seen += now;
      }
    }
    return sum.of == 0 ? Score{} : Score{sum.right / sum.of, sum.hops / sum.of};
  }

  /// Xavier-uniform matrices, norms one, biases zero; ut: halting biases one. What the start has is taken from there.
  std::vector<float> first_parameters(std::uint64_t seed) const {
    std::vector<float> out(neural::parameters_of(settings_.shape));
    std::unique_ptr<Safetensors> start;
    if (!start_.path.empty()) start = std::make_unique<Safetensors>(start_.path);
    for (const auto& tensor : neural::tensors_of(settings_.shape)) {
      const std::span<float> values(out.data() + tensor.offset, tensor.size());
      if (start && start->contains(tensor.name)) {
        std::ranges::copy(neural::sentence_values(*start, tensor), values.begin());
      } else if (tensor.name.ends_with("halt.weight")) {
        std::ranges::fill(values, 0.0f);  // every position begins with two hops
      } else if (tensor.shape.size() == 1) {
        std::ranges::fill(values, tensor.name.ends_with("norm.weight") || tensor.name.ends_with("halt.bias") ? 1.0f : 0.0f);
      } else {
        const auto limit = static_cast<float>(std::sqrt(6.0 / static_cast<double>(tensor.shape[0] + tensor.shape[1])));
        Noise(seed, tensor.name, 0).uniforms(0, values);
        for (float& value : values) value = limit * (2 * value - 1);
      }
    }
    return out;
  }

  void ship(const neural::TrainingFolder& folder, const SentenceLearner& learner, const Task& task, const Score& held_out) const {
    const auto seen = learner.steps() * batch_;
    SafetensorsWriter file;
    neural::describe(settings_.shape, file);
    file.metadata("words", vocabulary_.lines());
    file.metadata("longest", std::to_string(longest_));
    file.metadata("sentences", std::to_string(seen));
    file.metadata("licence", "Apache-2.0");
    const auto values = learner.average();
    for (const auto& tensor : neural::tensors_of(settings_.shape)) {
      const auto part = std::span(values).subspan(tensor.offset, tensor.size());
      if (precision_ == "i8" && tensor.shape.size() == 2)
        neural::add_in_bytes(file, tensor, part);
      else
        file.add(tensor.name, tensor.shape, part, precision_ == "f32" ? Safetensors::Type::f32 : Safetensors::Type::f16);
    }
    file.write(folder.weights().string());
    const std::string judged =
        held_out_.path.empty() ? "" : fmt::format("| held out | {:.4f} of words and ends right, each told those before it, over the same channels; text sha256 {} |\n", held_out.right, held_out_.sha256);
    const std::string hops = architecture_ == "deepsc" ? "" : fmt::format("| hops a position | {:.2f}, encoder and decoder together |\n", held_out.hops);
    folder.write_card(fmt::format(
        "{}| | |\n|---|---|\n| network | {}, {} parameters |\n| vocabulary | {} words and 4 marks |\n| learned from | {} sentences of {} asked for, of {} to {} "
        "words, Es/N0 {} to {} dB; text sha256 {} |\n{}{}| optimiser | Adam, peak rate {}, batch {}, dropout {}, average {} |\n| time | {:.0f} s on {}, {} threads, "
        "seed {} |\n| licence | Apache-2.0 |\n\nSettings:\n\n```json\n{}\n```\n",
        learner.steps() < adam_.steps ? "unfinished\n\n" : "", architecture_, values.size(), vocabulary_.vocabulary() - neural::first_word, seen, sentences_,
        shortest_, longest_, range_[0], range_[1], text_.sha256, judged, hops, adam_.rate, batch_, settings_.dropout, adam_.average, folder.seconds(),
        learner.device(), task.threads, task.seed, task.settings));
  }

  std::string architecture_, precision_;
  File text_, held_out_, start_;
  Part modem_, channel_, other_channel_;
  std::size_t words_ = 0, longest_ = 0, shortest_ = 0, batch_ = 0, warm_up_ = 0;
  std::int64_t sentences_ = 0;
  std::vector<double> range_;
  neural::Adam::Settings adam_;
  SentenceLearner::Settings settings_;
  SentenceWords vocabulary_;
  std::shared_ptr<AnalogModem> bound_modem_;
  std::vector<std::shared_ptr<Channel>> channels_;
};

}  // namespace
TANDEM_PLUGIN(SentenceCodecTrainer, tandem::Trainer, "sentence-codec", "1.0.0", "trains the codecs deepsc, ut and ut-quantized")
