#include <algorithm>
#include <cmath>
#include <tandem/error.hpp>
#include <tandem/neural/sentence_codec.hpp>

#include "packing.hpp"
#include "sentence_network.hpp"

namespace tandem::neural {
namespace {

class SentencePacking final : Packing {
 public:
  SentencePacking(const SentenceShape& shape, const Tensors& tensors, const std::string& where) : Packing(tensors_of(shape), tensors, where) {
    auto network = std::make_shared<SentenceNetwork>();
    network->shape = shape;
    pack(*network);
    network_ = std::move(network);
  }
  std::shared_ptr<const SentenceNetwork> take() { return std::move(network_); }

 private:
  SentenceLayer layer(const SentenceShape& s, const std::string& name, bool decoder) {
    SentenceLayer layer;
    const std::size_t width = padded(s.width);
    layer.attention = LanguageMatrix(s.width, 3 * width);
    part(layer.attention, name + "attention.query", s.width, 0, true, s.width);
    part(layer.attention, name + "attention.key", s.width, width, true, s.width);
    part(layer.attention, name + "attention.value", s.width, 2 * width, true, s.width);
    layer.output = matrix(name + "attention.output", s.width, s.width, true);
    layer.attention_norm = norm(name + "attention_norm", true);
    if (decoder) {
      layer.memory_query = matrix(name + "memory.query", s.width, s.width, true);
      layer.memory_keys = LanguageMatrix(s.width, 2 * width);
      part(layer.memory_keys, name + "memory.key", s.width, 0, true, s.width);
      part(layer.memory_keys, name + "memory.value", s.width, width, true, s.width);
      layer.memory_output = matrix(name + "memory.output", s.width, s.width, true);
      layer.memory_norm = norm(name + "memory_norm", true);
    }
    layer.widen = matrix(name + "feed_forward.0", s.width, s.hidden, true);
    layer.narrow = matrix(name + "feed_forward.1", s.hidden, s.width, true);
    layer.feed_forward_norm = norm(name + "feed_forward_norm", true);
    return layer;
  }

  SentenceSide side(const SentenceShape& s, const std::string& name, LanguageNorm& last) {
    SentenceSide side;
    side.embedding = table(name + "embedding");
    for (std::size_t n = 0; n < s.layers; ++n)
      side.layers.push_back(layer(s, name + "layers." + std::to_string(n) + ".", name == "decoder."));
    if (s.family == SentenceFamily::ut) {
      last = norm(name + "norm", true);
      side.halt = padded_row(name + "halt.weight");
      side.halt_bias = next(name + "halt.bias")[0];
    }
    return side;
  }

  void pack(SentenceNetwork& network) {
    const SentenceShape& s = network.shape;
    const bool ut = s.family == SentenceFamily::ut;
    LanguageNorm uncalled;
    network.encoder = side(s, "encoder.", uncalled);
    network.transmitter.push_back(matrix("transmitter.0", s.width, s.narrowing, true));
    network.transmitter.push_back(matrix("transmitter.1", s.narrowing, s.features, true));
    if (ut) network.transmitter_norm = norm("transmitter.norm", true);
    if (s.quantizer != 0) {
      network.quantizer.push_back(matrix("quantizer.0", s.features, s.quantizer, true));
      network.quantizer.push_back(matrix("quantizer.1", s.quantizer, s.features, true));
    }
    network.receiver.push_back(matrix("receiver.0", s.features, ut ? s.narrowing : s.width, true));
    network.receiver.push_back(matrix("receiver.1", ut ? s.narrowing : s.width, ut ? s.width : s.hidden, true));
    if (!ut) {
      network.receiver.push_back(matrix("receiver.2", s.hidden, s.width, true));
      network.receiver_norm = norm("receiver.norm", true);
    }
    network.decoder = side(s, "decoder.", network.decoder_norm);
    if (s.unused_layer) layer(s, "decoder.unused.", true);
    network.head = matrix("head", s.width, s.vocabulary, true);
  }

  std::shared_ptr<const SentenceNetwork> network_;
};

/// What makes the mean square of values 1, as a modem for real values does: receivers know no other scale.
float unit_gain(std::span<const float> values) {
  double energy = 0;
  for (const float value : values) energy += static_cast<double>(value) * static_cast<double>(value);
  return energy > 0 ? static_cast<float>(std::sqrt(static_cast<double>(values.size()) / energy)) : 1.0f;
}

/// Calls with the first and the count of consecutive rows of about `sentence_rows` positions.
template <class Length, class Call>
void in_groups(std::size_t rows, Length length, Call call) {
  for (std::size_t first = 0; first < rows;) {
    std::size_t count = 0, positions = 0;
    while (first + count < rows && (count == 0 || positions + length(first + count) <= sentence_rows)) positions += length(first + count++);
    call(first, count);
    first += count;
  }
}

}  // namespace

SentenceCodec::SentenceCodec(const SentenceShape& shape, std::span<const float> parameters) {
  if (parameters.size() != parameters_of(shape)) throw Error("a sentence codec of these sizes has another number of values");
  network_ = SentencePacking(shape, [&](const LanguageTensor& tensor) {
               const auto from = parameters.subspan(tensor.offset, tensor.size());
               return std::vector<float>(from.begin(), from.end());
             }, {}).take();
}

SentenceCodec SentenceCodec::load(const Safetensors& file) {
  const SentenceShape shape = sentence_shape_of(file);
  SentenceCodec out;
  out.network_ = SentencePacking(shape, [&](const LanguageTensor& tensor) { return sentence_values(file, tensor); }, file.path()).take();
  return out;
}

const SentenceShape& SentenceCodec::shape() const { return network_->shape; }

Features SentenceCodec::encode(const Tokens& words, SentenceWork* work) const {
  const SentenceShape& s = shape();
  for (const Token token : words.values())
    if (token >= s.vocabulary) throw Error("word " + std::to_string(token) + " is not in the vocabulary");
  Features out;
  const auto positions = [&](std::size_t row) { return words.row_length(row) + s.frame(); };
  in_groups(words.rows(), positions, [&](std::size_t first, std::size_t count) {
    std::vector<std::span<const Token>> group;
    std::vector<float> values;
    std::size_t total = 0;
    for (std::size_t row = first; row < first + count; ++row) group.push_back(words[row]), total += positions(row) * s.values();
    values.resize(total);
    encode_sentences(*network_, group, values.data(), work);
    const float* from = values.data();
    for (std::size_t row = first; row < first + count; ++row) {
      const auto to = out.append(positions(row) * s.values());
      const float gain = s.quantizer != 0 ? 1.0f : unit_gain({from, to.size()});
      for (float& value : to) value = gain * *from++;
    }
  });
  return out;
}

Tokens SentenceCodec::decode(const Features& features, SentenceWork* work) const {
  const SentenceShape& s = shape();
  Tokens out;
  // Streams of a group go on together, a word at a time: more of them than whole sentences that are encoded at once.
  const auto cost = [&](std::size_t) { return std::size_t{2}; };
  in_groups(features.rows(), cost, [&](std::size_t first, std::size_t count) {
    std::vector<std::span<const float>> group;
    for (std::size_t row = first; row < first + count; ++row) {
      const std::size_t positions = features.row_length(row) / s.values();
      if (positions < s.frame()) throw Error("a row has fewer positions than an empty sentence");
      group.push_back(features[row].first(positions * s.values()));
    }
    decode_sentences(*network_, group, out, work);
  });
  return out;
}

SentenceWork SentenceCodec::work(const Tokens& words) const {
  SentenceWork work;
  decode(encode(words, &work), &work);
  return work;
}

}  // namespace tandem::neural
