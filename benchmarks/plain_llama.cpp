// A Llama network in plain loops, in the manner of llama2.c's run.c: one token of one stream at a time, a matrix times a vector
// as one scalar sum a row, keys and values kept in float, sines and cosines computed where they are needed. Many streams are
// read one after the other. Built twice: with the project's options (-O3 -march=x86-64-v3 -ffp-contract=off), and with
// PLAIN_LLAMA naming what is built in the manner of run.c's -Ofast (-O3 -march=native -ffast-math -ffp-contract=fast).
#include <algorithm>
#include <cmath>

#include "language_peers.hpp"

#ifndef PLAIN_LLAMA
#define PLAIN_LLAMA plain_llama
#endif

namespace {
using namespace tandem;
using namespace tandem::neural;
using Values = std::vector<float>;

/// y = W x, where W has a row for each y.
void product(Values& y, const float* x, const Values& weight, std::size_t inputs, std::size_t outputs) {
  for (std::size_t o = 0; o < outputs; ++o) {
    float sum = 0;
    for (std::size_t i = 0; i < inputs; ++i) sum += weight[o * inputs + i] * x[i];
    y[o] = sum;
  }
}

void normalize(Values& y, const Values& x, const Values& weight) {
  float squares = 0;
  for (const float value : x) squares += value * value;
  const float inverse = 1 / std::sqrt(squares / static_cast<float>(x.size()) + 1e-5f);
  for (std::size_t c = 0; c < x.size(); ++c) y[c] = weight[c] * (inverse * x[c]);
}

void soften(float* scores, std::size_t count) {
  const float most = *std::max_element(scores, scores + count);
  float sum = 0;
  for (std::size_t t = 0; t < count; ++t) sum += scores[t] = std::exp(scores[t] - most);
  for (std::size_t t = 0; t < count; ++t) scores[t] /= sum;
}

class Plain final : public LanguagePeer {
 public:
  Plain(const LanguageShape& shape, std::span<const float> parameters)
      : s_(shape), keys_(s_.key_heads * s_.head_width()), x_(s_.width), normal_(s_.width), mixed_(s_.width), query_(s_.width),
        key_(keys_), value_(keys_), gate_(s_.hidden), up_(s_.hidden), scores_(s_.context), logits_(s_.vocabulary),
        key_cache_(s_.layers * s_.context * keys_), value_cache_(key_cache_.size()) {
    for (const LanguageTensor& tensor : tensors_of(shape)) {
      const float* from = parameters.data() + tensor.offset;
      Values& to = weights_.emplace_back(from, from + tensor.size());
      if (tensor.shape.size() < 2 || tensor.name == "embedding") continue;
      const std::size_t inputs = tensor.shape[0], outputs = tensor.shape[1];
      for (std::size_t o = 0; o < outputs; ++o)
        for (std::size_t i = 0; i < inputs; ++i) to[o * inputs + i] = from[i * outputs + o];
    }
  }

  void read(const Windows& windows, const See& see) override {
    for (std::size_t s = 0; s < windows.size(); ++s)
      for (std::size_t t = 0; t < windows[s].size(); ++t) {
        step(windows[s][t], t);
        see(s, t, logits_);
      }
  }

 private:
  void step(Token token, std::size_t position) {
    const std::size_t width = s_.width, hidden = s_.hidden;
    std::copy_n(weights_[0].data() + token * width, width, x_.data());
    const auto add = [&] {
      for (std::size_t c = 0; c < width; ++c) x_[c] += normal_[c];
    };
    for (std::size_t l = 0; l < s_.layers; ++l) {
      const Values* w = &weights_[1 + 9 * l];  // query, key, value, output, norm, gate, up, down, norm
      normalize(normal_, x_, w[4]);
      product(query_, normal_.data(), w[0], width, width);
      product(key_, normal_.data(), w[1], width, keys_);
      product(value_, normal_.data(), w[2], width, keys_);
      rotate(position);
      attend(l, position);
      product(normal_, mixed_.data(), w[3], width, width);
      add();
      normalize(normal_, x_, w[8]);
      product(gate_, normal_.data(), w[5], width, hidden);
      product(up_, normal_.data(), w[6], width, hidden);
      for (std::size_t i = 0; i < hidden; ++i) gate_[i] *= up_[i] / (1 + std::exp(-gate_[i]));
      product(normal_, gate_.data(), w[7], hidden, width);
      add();
    }
    normalize(x_, x_, weights_[1 + 9 * s_.layers]);
    product(logits_, x_.data(), s_.own_head ? weights_.back() : weights_[0], width, s_.vocabulary);
  }

  void rotate(std::size_t position) {
    for (std::size_t c = 0; c < s_.width; c += 2) {
      const auto channel = static_cast<float>(c % s_.head_width()), head = static_cast<float>(s_.head_width());
      const float angle = static_cast<float>(position) / std::pow(10000.0f, channel / head);
      const float cosine = std::cos(angle), sine = std::sin(angle);
      for (Values* channels : {&query_, &key_}) {
        if (c >= channels->size()) continue;
        float *to = channels->data() + c, a = to[0], b = to[1];
        to[0] = a * cosine - b * sine;
        to[1] = a * sine + b * cosine;
      }
    }
  }

  void attend(std::size_t layer, std::size_t position) {
    const std::size_t wide = s_.head_width(), share = s_.heads / s_.key_heads;
    float *keys = key_cache_.data() + layer * s_.context * keys_, *values = value_cache_.data() + layer * s_.context * keys_;
    std::copy_n(key_.data(), keys_, keys + position * keys_);
    std::copy_n(value_.data(), keys_, values + position * keys_);
    for (std::size_t h = 0; h < s_.heads; ++h) {
      const float* query = query_.data() + h * wide;
      for (std::size_t t = 0; t <= position; ++t) {
        const float* key = keys + t * keys_ + h / share * wide;
        float score = 0;
        for (std::size_t c = 0; c < wide; ++c) score += query[c] * key[c];
        scores_[t] = score / std::sqrt(static_cast<float>(wide));
      }
      soften(scores_.data(), position + 1);
      float* out = mixed_.data() + h * wide;
      std::fill(out, out + wide, 0.0f);
      for (std::size_t t = 0; t <= position; ++t) {
        const float* value = values + t * keys_ + h / share * wide;
        for (std::size_t c = 0; c < wide; ++c) out[c] += scores_[t] * value[c];
      }
    }
  }

  LanguageShape s_;
  std::size_t keys_;
  std::vector<Values> weights_;  ///< in the order of tensors_of, matrices with a row for each output
  Values x_, normal_, mixed_, query_, key_, value_, gate_, up_, scores_, logits_, key_cache_, value_cache_;
};

}  // namespace

std::unique_ptr<LanguagePeer> PLAIN_LLAMA(const LanguageShape& shape, std::span<const float> parameters) {
  return std::make_unique<Plain>(shape, parameters);
}
