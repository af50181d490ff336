#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <tandem/neural/sentence_codec.hpp>
#include <vector>

/// The joint codecs for sentences again, in double and with the C library's functions, as the papers write them: a whole
/// sentence at once, read anew for every word, nothing kept and nothing shared with the kernels.
class SlowSentenceCodec final {
 public:
  using Row = std::vector<double>;
  using Rows = std::vector<Row>;
  using Shape = tandem::neural::SentenceShape;
  using Token = tandem::Token;

  SlowSentenceCodec(const Shape& shape, std::span<const float> parameters)
      : s_(shape), ut_(shape.family == tandem::neural::SentenceFamily::ut) {
    for (const auto& tensor : tandem::neural::tensors_of(shape)) {
      const auto values = parameters.subspan(tensor.offset, tensor.size());
      tensors_[tensor.name] = Row(values.begin(), values.end());
    }
  }

  /// What is sent for each position: of mean square 1 over the sentence, or signs.
  Rows encode(std::span<const Token> words) const {
    Rows x = features(words);
    double energy = 0, count = 0;
    for (const Row& row : x)
      for (const double value : row) energy += value * value, ++count;
    for (Row& row : x)
      for (double& value : row) value *= std::sqrt(count / energy);
    return x;
  }

 private:
  Rows features(std::span<const Token> words) const {
    std::vector<Token> ids(words.begin(), words.end());
    if (!ut_) ids.insert(ids.begin(), tandem::neural::sentence_start);
    ids.push_back(tandem::neural::sentence_end);
    Rows x = stack("encoder.", embed("encoder.", ids), {});
    for (Row& row : x) {
      row = linear("transmitter.1", rectified(linear("transmitter.0", row)));
      if (ut_) row = norm("transmitter.norm", row);
      if (s_.quantizer != 0) row = signs(linear("quantizer.0", row));
    }
    return x;
  }

 public:
  /// The logits of the word behind each of `known`, the first of which is the start.
  Rows logits(const Rows& received, std::span<const Token> known) const {
    Rows memory;
    for (Row row : received) {
      if (s_.quantizer != 0) row = linear("quantizer.1", signs(row));
      row = linear("receiver.0", row);
      if (ut_) {
        row = linear("receiver.1", rectified(row));
      } else {
        Row inner = linear("receiver.2", rectified(linear("receiver.1", rectified(row))));
        add(inner, row);
        row = norm("receiver.norm", inner);
      }
      memory.push_back(row);
    }
    Rows x = stack("decoder.", embed("decoder.", known), memory);
    for (Row& row : x) row = linear("head", ut_ ? norm("decoder.norm", row) : row);
    return x;
  }

  std::vector<Token> decode(const Rows& received) const {
    std::vector<Token> known{tandem::neural::sentence_start};
    while (known.size() <= received.size() - s_.frame()) {
      const Row last = logits(received, known).back();
      const auto best = static_cast<Token>(std::max_element(last.begin() + tandem::neural::sentence_end, last.end()) - last.begin());
      if (best == tandem::neural::sentence_end) break;
      known.push_back(best);
    }
    return {known.begin() + 1, known.end()};
  }

 private:
  const Row& at(const std::string& name) const { return tensors_.at(name); }

  Row linear(const std::string& name, const Row& x) const {
    Row y = at(name + ".bias");
    const Row& weight = at(name + ".weight");
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t o = 0; o < y.size(); ++o) y[o] += x[i] * weight[i * y.size() + o];
    return y;
  }
  Row norm(const std::string& name, const Row& x) const {
    const double count = static_cast<double>(x.size());
    double mean = 0, squares = 0;
    for (const double value : x) mean += value / count;
    for (const double value : x) squares += (value - mean) * (value - mean);
    const double scale = ut_ ? std::sqrt(squares / (count - 1)) + 1e-6 : std::sqrt(squares / count + 1e-6);
    Row y(x.size());
    for (std::size_t c = 0; c < x.size(); ++c) y[c] = (x[c] - mean) / scale * at(name + ".weight")[c] + at(name + ".bias")[c];
    return y;
  }
  static Row rectified(Row x) {
    for (double& value : x) value = std::max(value, 0.0);
    return x;
  }
  static Row signs(Row x) {
    for (double& value : x) value = value < 0 ? -1 : 1;
    return x;
  }
  static void add(Row& to, const Row& what) {
    for (std::size_t c = 0; c < to.size(); ++c) to[c] += what[c];
  }

  Rows embed(const std::string& side, std::span<const Token> ids) const {
    Rows out;
    for (std::size_t p = 0; p < ids.size(); ++p) {
      Row row(s_.width);
      for (std::size_t c = 0; c < s_.width; ++c) {
        const double angle = static_cast<double>(p) / std::pow(10000.0, static_cast<double>(c / 2 * 2) / static_cast<double>(s_.width));
        row[c] = at(side + "embedding")[ids[p] * s_.width + c] * std::sqrt(static_cast<double>(s_.width)) + (c % 2 == 0 ? std::sin(angle) : std::cos(angle));
      }
      out.push_back(row);
    }
    return out;
  }

  Rows attention(const std::string& name, const Rows& x, const Rows& keys, bool causal) const {
    const std::size_t width = s_.width / s_.heads;
    Rows k, v, out;
    for (const Row& row : keys) k.push_back(linear(name + ".key", row)), v.push_back(linear(name + ".value", row));
    for (std::size_t p = 0; p < x.size(); ++p) {
      const Row q = linear(name + ".query", x[p]);
      Row mixed(s_.width);
      const std::size_t seen = causal ? p + 1 : keys.size();
      for (std::size_t h = 0; h < s_.heads; ++h) {
        Row weights(seen);
        double most = -1e300, sum = 0;
        for (std::size_t j = 0; j < seen; ++j) {
          for (std::size_t c = h * width; c < (h + 1) * width; ++c) weights[j] += q[c] * k[j][c] / std::sqrt(static_cast<double>(width));
          most = std::max(most, weights[j]);
        }
        for (double& weight : weights) sum += weight = std::exp(weight - most);
        for (std::size_t j = 0; j < seen; ++j)
          for (std::size_t c = h * width; c < (h + 1) * width; ++c) mixed[c] += weights[j] / sum * v[j][c];
      }
      out.push_back(linear(name + ".output", mixed));
    }
    return out;
  }

  template <class Compute>
  void branch(const std::string& name, Rows& x, Compute compute) const {
    Rows from = x;
    if (ut_)
      for (Row& row : from) row = norm(name, row);
    const Rows change = compute(from);
    for (std::size_t p = 0; p < x.size(); ++p) {
      add(x[p], change[p]);
      if (!ut_) x[p] = norm(name, x[p]);
    }
  }

  Rows layers(const std::string& side, Rows x, const Rows& memory) const {
    for (std::size_t l = 0; l < s_.layers; ++l) {
      const std::string name = side + "layers." + std::to_string(l) + ".";
      branch(name + "attention_norm", x, [&](const Rows& y) { return attention(name + "attention", y, y, !memory.empty()); });
      if (!memory.empty()) branch(name + "memory_norm", x, [&](const Rows& y) { return attention(name + "memory", y, memory, false); });
      branch(name + "feed_forward_norm", x, [&](const Rows& y) {
        Rows out;
        for (const Row& row : y) out.push_back(linear(name + "feed_forward.1", rectified(linear(name + "feed_forward.0", row))));
        return out;
      });
    }
    return x;
  }

  /// The published loop, over all positions of a sentence.
  Rows stack(const std::string& side, Rows state, const Rows& memory) const {
    if (!ut_) return layers(side, state, memory);
    Rows out(state.size(), Row(s_.width));
    Row halted(state.size());
    for (int hop = 0; hop < 7; ++hop) {
      if (std::ranges::none_of(halted, [](double h) { return h < 0.9; })) break;
      Row weights;
      for (std::size_t p = 0; p < state.size(); ++p) {
        const double chance = 1 / (1 + std::exp(-linear(side + "halt", state[p])[0]));
        const double running = halted[p] < 1 ? 1 : 0;
        const double stopping = halted[p] + chance * running > 0.9 ? running : 0, going = running - stopping;
        halted[p] += chance * going;
        const double rest = stopping * (1 - halted[p]);
        halted[p] += stopping * rest;
        weights.push_back(chance * going + stopping * rest);
      }
      state = layers(side, state, memory);
      for (std::size_t p = 0; p < state.size(); ++p)
        for (std::size_t c = 0; c < s_.width; ++c) out[p][c] = weights[p] * state[p][c] + (1 - weights[p]) * out[p][c];
    }
    return out;
  }

  Shape s_;
  bool ut_;
  std::map<std::string, Row> tensors_;
};
