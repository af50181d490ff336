#include <algorithm>
#include <bit>
#include <cmath>
#include <tandem/error.hpp>
#include <tandem/math.hpp>
#include <tandem/neural/language_model.hpp>

#include "language_network.hpp"
#include "packing.hpp"

namespace tandem::neural {
namespace {

class LanguagePacking final : Packing {
 public:
  LanguagePacking(const LanguageShape& shape, const LanguageModel::Tensors& tensors, const std::string& where)
      : Packing(list(shape, where), tensors, where) {
    auto network = std::make_shared<LanguageNetwork>();
    network->shape = shape;
    pack(*network);
    network_ = std::move(network);
  }
  std::shared_ptr<const LanguageNetwork> take() { return std::move(network_); }

 private:
  static std::vector<LanguageTensor> list(const LanguageShape& shape, const std::string& where) {
    try {
      return tensors_of(shape);
    } catch (const Error& error) {
      throw Error(error.message(), where);
    }
  }
  LanguageLayer lstm_layer(const LanguageShape& s, const std::string& name) {
    LanguageLayer layer;
    layer.gates = LanguageMatrix(2 * s.width, 4 * padded(s.width));
    for (std::size_t half = 0; half < 2; ++half) {
      const std::vector<float> weight = next(name + (half == 0 ? "input.weight" : "state.weight"));
      for (std::size_t gate = 0; gate < 4; ++gate)
        layer.gates.place(half * s.width, s.width, gate * padded(s.width), s.width,
                          [&](std::size_t i, std::size_t o) { return weight[(i * 4 + gate) * s.width + o]; });
    }
    const std::vector<float> bias = next(name + "bias");
    for (std::size_t gate = 0; gate < 4; ++gate)
      std::copy_n(bias.data() + gate * s.width, s.width, layer.gates.bias.data() + gate * padded(s.width));
    return layer;
  }
  LanguageLayer layer(const LanguageShape& s, std::size_t keys, const std::string& name) {
    const bool gpt2 = s.family == LanguageFamily::gpt2, llama = s.family == LanguageFamily::llama;
    LanguageLayer layer;
    layer.attention = LanguageMatrix(s.width, padded(s.width) + 2 * padded(keys));
    part(layer.attention, name + "attention.query", s.width, 0, gpt2, s.width);
    part(layer.attention, name + "attention.key", keys, padded(s.width), gpt2, s.width);
    part(layer.attention, name + "attention.value", keys, padded(s.width) + padded(keys), gpt2, s.width);
    layer.output = matrix(name + "attention.output", s.width, s.width, gpt2);
    layer.attention_norm = norm(name + "attention_norm", !llama);
    if (llama) {
      layer.widen = LanguageMatrix(s.width, 2 * padded(s.hidden));
      part(layer.widen, name + "feed_forward.gate", s.hidden, 0, false, s.width);
      part(layer.widen, name + "feed_forward.up", s.hidden, padded(s.hidden), false, s.width);
      layer.narrow = matrix(name + "feed_forward.down", s.hidden, s.width, false);
    } else {
      layer.widen = matrix(name + "feed_forward.0", s.width, s.hidden, true);
      layer.narrow = matrix(name + "feed_forward.1", s.hidden, s.width, true);
    }
    layer.feed_forward_norm = norm(name + "feed_forward_norm", !llama);
    return layer;
  }

  void pack(LanguageNetwork& network) {
    LanguageShape& s = network.shape;
    const bool lmic = s.family == LanguageFamily::lmic, gpt2 = s.family == LanguageFamily::gpt2;
    const bool llama = s.family == LanguageFamily::llama, lstm = s.family == LanguageFamily::lstm;
    if (lstm) s.heads = s.key_heads = s.hidden = s.context = 0;
    if (lmic || gpt2) s.key_heads = s.heads;
    network.embedding = table("embedding");
    if (lmic || gpt2) network.position = table("position");
    for (std::size_t l = 0; l < s.layers; ++l) {
      const std::string name = "layers." + std::to_string(l) + ".";
      network.layers.push_back(lstm ? lstm_layer(s, name) : layer(s, network.key_width(), name));
    }
    if (gpt2 || llama) network.final_norm = norm("final_norm", gpt2);
    if (lmic || (llama && s.own_head)) {
      network.head = matrix("head", s.width, s.vocabulary, lmic);
    } else {
      network.head = LanguageMatrix(s.width, s.vocabulary);
      network.head.place(0, s.width, 0, s.vocabulary,
                         [&](std::size_t i, std::size_t o) { return network.embedding[o * s.width + i]; });
      if (lstm) std::ranges::copy(next("head.bias"), network.head.bias.begin());
    }
    if (llama) {
      const auto head_width = static_cast<double>(s.head_width());
      for (std::size_t i = 0; i < s.head_width() / 2; ++i)
        network.frequencies.push_back(math::exp(-(2 * static_cast<double>(i) / head_width) * math::log(10000.0)));
    }
  }

  std::shared_ptr<const LanguageNetwork> network_;
};

/// All arrays that tensors were packed into.
std::vector<const Floats*> arrays_of(const LanguageNetwork& network) {
  std::vector<const Floats*> out = {&network.embedding, &network.position};
  const auto matrix = [&](const LanguageMatrix& m) { out.insert(out.end(), {&m.weight, &m.bias}); };
  const auto norm = [&](const LanguageNorm& n) { out.insert(out.end(), {&n.weight, &n.bias}); };
  for (const LanguageLayer& layer : network.layers) {
    for (const auto* m : {&layer.attention, &layer.output, &layer.widen, &layer.narrow, &layer.gates}) matrix(*m);
    norm(layer.attention_norm);
    norm(layer.feed_forward_norm);
  }
  norm(network.final_norm);
  matrix(network.head);
  return out;
}

/// Room for that many positions. Doubles, so that growing costs no more than filling.
void reserve(const LanguageNetwork& network, LanguageStream& stream, std::size_t positions) {
  const std::size_t value_row = network.shape.key_heads * network.value_width();
  stream.keys.resize(network.shape.layers);
  stream.values.resize(network.shape.layers);
  const std::size_t room = stream.values[0].size() / value_row;
  if (positions <= room) return;
  const std::size_t wanted = std::min(std::max(padded(positions), 2 * room), padded(network.shape.context));
  for (HalfFloats& keys : stream.keys) keys.resize(wanted * network.key_width());
  for (HalfFloats& values : stream.values) values.resize(wanted * value_row);
}

void run(LanguageStreams& state, bool predict) {
  const LanguageNetwork& network = *state.network;
  const std::span<const LanguageRow> rows = state.rows;
  if (network.shape.family != LanguageFamily::lstm)
    for (const LanguageRow& row : rows) reserve(network, *row.stream, row.position + 1);
  for (std::size_t first = 0; first < rows.size(); first += largest_language_batch)
    run_language(network, rows.subspan(first, std::min(largest_language_batch, rows.size() - first)), predict,
                 state.workspace);
}

}  // namespace

LanguageModel::LanguageModel(const LanguageShape& shape, const Tensors& tensors, const std::string& where)
    : network_(LanguagePacking(shape, tensors, where).take()) {}

LanguageModel::LanguageModel(const LanguageShape& shape, std::span<const float> parameters)
    : LanguageModel(shape, [&](const LanguageTensor& tensor) {
        if (parameters.size() < tensor.offset + tensor.size())
          throw Error("tensor \"" + tensor.name + "\": is missing");
        const auto values = parameters.subspan(tensor.offset, tensor.size());
        return std::vector<float>(values.begin(), values.end());
      }) {
  if (parameters.size() != parameters_of(shape)) throw Error("more values than the language model has parameters");
}

LanguageModel LanguageModel::load(const Safetensors& file) {
  const LanguageShape shape = shape_of(file);
  // Before anything grows with it: every layer has tensors.
  if (shape.layers > file.tensors().size())
    throw Error("says it has " + std::to_string(shape.layers) + " layers, but has only " +
                    std::to_string(file.tensors().size()) + " tensors",
                file.path());
  require_room(shape, file);
  std::vector<std::string> known;
  LanguageModel model(
      shape,
      [&](const LanguageTensor& tensor) {
        known.push_back(tensor.name);
        return file.floats(tensor.name, tensor.shape);
      },
      file.path());
  std::ranges::sort(known);
  for (const auto& tensor : file.tensors())
    if (!std::ranges::binary_search(known, tensor.name))
      throw Error("tensor \"" + tensor.name + "\": does not belong to this model", file.path());
  return model;
}

const LanguageShape& LanguageModel::shape() const { return network_->shape; }

std::vector<float> LanguageModel::parameters() const {
  // A network whose values say where they are from goes through the same packing. Numbers below 2^30 are finite floats.
  if (parameters_of(shape()) >= std::size_t{1} << 30) throw Error("the language model is too large to be changed");
  const auto places = LanguagePacking(shape(), [](const LanguageTensor& tensor) {
                        std::vector<float> out(tensor.size());
                        for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::bit_cast<float>(static_cast<std::uint32_t>(tensor.offset + i + 1));
                        return out;
                      }, {}).take();
  std::vector<float> out(parameters_of(shape()));
  const auto from = arrays_of(*network_), to = arrays_of(*places);
  for (std::size_t a = 0; a < from.size(); ++a)
    for (std::size_t i = 0; i < from[a]->size(); ++i)
      if (const auto place = std::bit_cast<std::uint32_t>((*to[a])[i]); place != 0) out[place - 1] = (*from[a])[i];
  return out;
}

LanguageState LanguageModel::open(std::size_t streams, std::size_t window, std::optional<std::size_t> overlap) const {
  auto state = std::make_unique<LanguageStreams>();
  state->network = network_;
  state->streams.resize(streams);
  state->window = window == 0 ? network_->shape.context : std::min(window, network_->shape.context);
  state->overlap = std::min(overlap.value_or(state->window / 2), std::max<std::size_t>(state->window, 1) - 1);
  for (LanguageStream& stream : state->streams) {
    stream.logits.resize(padded(network_->shape.vocabulary));
    if (network_->shape.family == LanguageFamily::lstm)
      stream.memory.resize(2 * network_->shape.layers * padded(network_->shape.width));
  }
  return LanguageState(std::move(state));
}

LanguageState::LanguageState(std::unique_ptr<LanguageStreams> streams) : streams_(std::move(streams)) {}
LanguageState::LanguageState(LanguageState&&) noexcept = default;
LanguageState& LanguageState::operator=(LanguageState&&) noexcept = default;
LanguageState::~LanguageState() = default;

LanguageState LanguageState::clone() const {
  auto copy = std::make_unique<LanguageStreams>();
  copy->network = streams_->network;
  copy->streams = streams_->streams;
  copy->window = streams_->window;
  copy->overlap = streams_->overlap;
  return LanguageState(std::move(copy));
}

std::size_t LanguageState::streams() const { return streams_->streams.size(); }
std::size_t LanguageState::position(std::size_t stream) const { return streams_->streams.at(stream).position; }
std::span<const float> LanguageState::logits(std::size_t stream) const {
  return std::span(streams_->streams.at(stream).logits).first(streams_->network->shape.vocabulary);
}
std::span<const float> LanguageState::hidden(std::size_t stream) const {
  const Floats& hidden = streams_->streams.at(stream).hidden;
  return std::span(hidden).first(std::min(hidden.size(), streams_->network->shape.width));
}

void LanguageState::step(std::span<const Token> tokens, std::span<const std::uint8_t> active) {
  const LanguageShape& shape = streams_->network->shape;
  if (tokens.size() != streams() || active.size() != streams())
    throw Error("a step of " + std::to_string(streams()) + " streams takes as many tokens and flags");
  for (std::size_t s = 0; s < tokens.size(); ++s)
    if (active[s] && tokens[s] >= shape.vocabulary)
      throw Error("token " + std::to_string(tokens[s]) + " is not in the model's vocabulary");

  const bool windows = shape.family != LanguageFamily::lstm;
  auto& rows = streams_->rows;
  rows.clear();
  for (std::size_t s = 0; s < tokens.size(); ++s) {
    LanguageStream& stream = streams_->streams[s];
    if (!active[s] || !windows || stream.position < streams_->window) continue;
    stream.window.erase(stream.window.begin(), stream.window.end() - static_cast<std::ptrdiff_t>(streams_->overlap));
    for (stream.position = 0; stream.position < stream.window.size(); ++stream.position)
      rows.push_back({&stream, stream.window[stream.position], stream.position});
  }
  run(*streams_, false);
  rows.clear();
  for (std::size_t s = 0; s < tokens.size(); ++s) {
    if (!active[s]) continue;
    LanguageStream& stream = streams_->streams[s];
    rows.push_back({&stream, tokens[s], stream.position++});
    if (windows) stream.window.push_back(tokens[s]);
  }
  run(*streams_, true);
}

}  // namespace tandem::neural
