#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "language_kernels.cpp"
#include "simd.hpp"
//
#include <algorithm>
#include <cmath>
#include <tandem/math.hpp>

#include "language_attention-inl.hpp"
#include "language_lanes-inl.hpp"
#include "language_network.hpp"

HWY_BEFORE_NAMESPACE();
namespace tandem::neural::HWY_NAMESPACE {
namespace {

/// Rows of values, one after the other, as the products take them.
struct Rows final {
  float* first = nullptr;
  std::size_t stride = 0;
  float* at[largest_language_batch] = {};

  Rows(Floats& memory, std::size_t rows, std::size_t length) : stride(length) {
    if (memory.size() < rows * length) memory.resize(rows * length);
    first = memory.data();
    for (std::size_t r = 0; r < rows; ++r) at[r] = first + r * length;
  }
};

/// Takes rows through the network.
class Reading final {
 public:
  Reading(const LanguageNetwork& network, std::span<const LanguageRow> rows, LanguageWorkspace& workspace)
      : network_(network),
        shape_(network.shape),
        workspace_(workspace),
        rows_(rows),
        width_(padded(shape_.width)),
        x_(workspace.x, rows.size(), width_) {}

  void transformer() {
    embed();
    if (shape_.family == LanguageFamily::llama) turn_angles();
    const std::size_t count = rows_.size();
    Rows normal(workspace_.normal, count, width_);
    const bool before = shape_.family != LanguageFamily::lmic;
    for (std::size_t l = 0; l < shape_.layers; ++l) {
      const LanguageLayer& layer = network_.layers[l];
      if (before) normalize(layer.attention_norm, x_, normal);
      attention(layer, l, before ? normal : x_);
      if (!before) normalize(layer.attention_norm, x_, x_);
      if (before) normalize(layer.feed_forward_norm, x_, normal);
      feed_forward(layer, before ? normal : x_);
      if (!before) normalize(layer.feed_forward_norm, x_, x_);
    }
  }

  void lstm() {
    const std::size_t count = rows_.size(), w = shape_.width;
    for (std::size_t r = 0; r < count; ++r) std::copy_n(embedding(r), w, x_.at[r]);
    Rows both(workspace_.normal, count, padded(2 * w)), gates(workspace_.wide, count, 4 * width_);
    for (std::size_t l = 0; l < shape_.layers; ++l) {
      for (std::size_t r = 0; r < count; ++r) {
        std::copy_n(x_.at[r], w, both.at[r]);
        std::copy_n(memory(r, l) + width_, w, both.at[r] + w);
      }
      product(network_.layers[l].gates, both.first, both.stride, count, gates.at);
      for (std::size_t r = 0; r < count; ++r) {
        const float* gate = gates.at[r];
        float *c = memory(r, l), *h = c + width_;
        for (std::size_t i = 0; i < width_; i += lanes) {
          const Vector kept = hn::Mul(sigmoid(load(gate + width_ + i)), load(c + i));
          const Vector cell = hn::MulAdd(sigmoid(load(gate + i)), tanh(load(gate + 2 * width_ + i)), kept);
          const Vector out = hn::Mul(sigmoid(load(gate + 3 * width_ + i)), tanh(cell));
          store(cell, c + i), store(out, h + i), store(out, x_.at[r] + i);
        }
      }
    }
  }

  void predict() {
    if (!network_.final_norm.weight.empty()) normalize(network_.final_norm, x_, x_);
    float* logits[largest_language_batch];
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      rows_[r].stream->hidden.assign(x_.at[r], x_.at[r] + width_);
      logits[r] = rows_[r].stream->logits.data();
    }
    product(network_.head, x_.first, x_.stride, rows_.size(), logits);
  }

 private:
  const float* embedding(std::size_t row) const { return network_.embedding.data() + rows_[row].token * shape_.width; }
  float* memory(std::size_t row, std::size_t layer) const {
    return rows_[row].stream->memory.data() + 2 * layer * width_;
  }
  void normalize(const LanguageNorm& norm, const Rows& x, const Rows& y) const {
    for (std::size_t r = 0; r < rows_.size(); ++r) normalize_row(x.at[r], shape_.width, norm, y.at[r]);
  }

  void embed() {
    const bool lmic = shape_.family == LanguageFamily::lmic;
    const float scale = lmic ? std::sqrt(static_cast<float>(shape_.width)) : 1;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const float* from = embedding(r);
      const float* position =
          network_.position.empty() ? nullptr : network_.position.data() + rows_[r].position * shape_.width;
      for (std::size_t c = 0; c < shape_.width; ++c) x_.at[r][c] = from[c] * scale + (position ? position[c] : 0.0f);
      std::fill(x_.at[r] + shape_.width, x_.at[r] + width_, 0.0f);
    }
  }

  /// Sines and cosines of each row's position, for each pair of a head's channels. Angles are taken modulo a turn in
  /// double, so that far positions are as exact as near ones.
  void turn_angles() {
    constexpr double turn = 6.283185307179586;
    const std::size_t pairs = network_.frequencies.size();
    auto& [x, normal, wide, mixed, scores, halves, angles, sine, cosine] = workspace_;
    angles.resize(rows_.size() * pairs), sine.resize(angles.size()), cosine.resize(angles.size());
    for (std::size_t r = 0; r < rows_.size(); ++r)
      for (std::size_t i = 0; i < pairs; ++i) {
        const double angle = static_cast<double>(rows_[r].position) * network_.frequencies[i];
        angles[r * pairs + i] = static_cast<float>(angle - turn * std::nearbyint(angle / turn));
      }
    math::sincos(angles, sine, cosine);
  }
  void rotate(std::size_t row, float* channels, std::size_t heads) const {
    const std::size_t pairs = network_.frequencies.size();
    const float *sine = workspace_.sine.data() + row * pairs, *cosine = workspace_.cosine.data() + row * pairs;
    for (std::size_t h = 0; h < heads; ++h, channels += 2 * pairs)
      for (std::size_t i = 0; i < pairs; ++i) {
        const float a = channels[2 * i], b = channels[2 * i + 1];
        channels[2 * i] = a * cosine[i] - b * sine[i];
        channels[2 * i + 1] = a * sine[i] + b * cosine[i];
      }
  }

  /// A row's key, and behind what pads it its value, go to where its stream keeps them.
  void remember(const LanguageRow& row, std::size_t layer, const float* both) const {
    const std::size_t keys = network_.key_width(), head_width = shape_.head_width(),
                      value_width = network_.value_width();
    workspace_.halves.resize(2 * padded(keys));
    round_to_half(both, workspace_.halves.size(), workspace_.halves.data());
    const HalfFloat *key = workspace_.halves.data(), *value = key + padded(keys);
    HalfFloat* tile = row.stream->keys[layer].data() + row.position / sixteen * sixteen * keys + row.position % sixteen;
    for (std::size_t c = 0; c < keys; ++c) tile[c * sixteen] = key[c];
    HalfFloat* to = row.stream->values[layer].data() + row.position * shape_.key_heads * value_width;
    for (std::size_t h = 0; h < shape_.key_heads; ++h)
      std::copy_n(value + h * head_width, head_width, to + h * value_width);
  }

  void attention(const LanguageLayer& layer, std::size_t l, const Rows& x) {
    const std::size_t count = rows_.size();
    Rows projected(workspace_.wide, count, layer.attention.outputs), mixed(workspace_.mixed, count, width_ + sixteen);
    product(layer.attention, x.first, x.stride, count, projected.at);
    std::size_t longest = 0;
    for (std::size_t r = 0; r < count; ++r) {
      float *query = projected.at[r], *key = query + width_;
      if (shape_.family == LanguageFamily::llama) rotate(r, query, shape_.heads), rotate(r, key, shape_.key_heads);
      remember(rows_[r], l, key);
      longest = std::max(longest, rows_[r].position + 1);
    }
    const std::size_t heads = padded(shape_.heads), wanted = heads + shape_.heads * padded(longest);
    if (workspace_.scores.size() < wanted) workspace_.scores.resize(wanted);
    float* inverse = workspace_.scores.data();
    for (std::size_t r = 0; r < count; ++r) {
      const LanguageStream& stream = *rows_[r].stream;
      attend(network_.heads(), projected.at[r], stream.keys[l].data(), stream.values[l].data(), rows_[r].position + 1,
             inverse + heads, inverse, mixed.at[r]);
    }
    product(layer.output, mixed.first, mixed.stride, count, x_.at, true);
  }

  void feed_forward(const LanguageLayer& layer, const Rows& x) {
    const std::size_t count = rows_.size(), hidden = padded(shape_.hidden);
    Rows wide(workspace_.wide, count, layer.widen.outputs);
    product(layer.widen, x.first, x.stride, count, wide.at);
    const bool gated = shape_.family == LanguageFamily::llama;
    for (std::size_t r = 0; r < count; ++r)
      for (float *y = wide.at[r], *end = y + hidden; y < end; y += lanes)
        store(gated ? hn::Mul(silu(load(y)), load(y + hidden)) : gelu_by_tanh(load(y)), y);
    product(layer.narrow, wide.first, wide.stride, count, x_.at, true);
  }

  const LanguageNetwork& network_;
  const LanguageShape& shape_;
  LanguageWorkspace& workspace_;
  std::span<const LanguageRow> rows_;
  std::size_t width_;
  Rows x_;
};

void read(const LanguageNetwork& network, std::span<const LanguageRow> rows, bool predict,
          LanguageWorkspace& workspace) {
  Reading reading(network, rows, workspace);
  if (network.shape.family == LanguageFamily::lstm)
    reading.lstm();
  else
    reading.transformer();
  if (predict) reading.predict();
}

}  // namespace
}  // namespace tandem::neural::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem::neural {
namespace {
HWY_EXPORT(read);
}
void run_language(const LanguageNetwork& network, std::span<const LanguageRow> rows, bool predict,
                  LanguageWorkspace& workspace) {
  HWY_DYNAMIC_DISPATCH(read)(network, rows, predict, workspace);
}
}  // namespace tandem::neural
#endif
