#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "code_transformer_kernels.cpp"
#include "simd.hpp"
//
#include <hwy/aligned_allocator.h>

#include <cmath>
#include <vector>

#include "code_transformer_network.hpp"
#include "lessons-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tandem::neural::HWY_NAMESPACE {

/// Runs one group of words, a lane each, forwards and backwards.
class Group final {
 public:
  explicit Group(const Network& network, bool learns)
      : network_(network),
        width_(network.shape.width),
        tokens_(network.shape.tokens()),
        head_width_(width_ / network.shape.heads),
        scale_(static_cast<float>(1 / std::sqrt(static_cast<double>(head_width_)))) {
    const std::size_t all = tokens_ * width_;
    x_ = take(all);
    query_ = take(all), key_ = take(all), value_ = take(all);
    mixed_ = learns ? take(all) : query_;
    normal_ = take(chunk * width_), hidden_ = take(chunk * network.shape.hidden());
    weights_ = take(network.most_keys);
    input_ = take(tokens_), score_ = take(tokens_), logits_ = take(network.shape.n);
    if (!learns) return;
    normals_ = take(all);
    slope_ = take(all), query_slope_ = take(all), key_slope_ = take(all), value_slope_ = take(all), mixed_slope_ = take(all);
    bend_ = take(chunk * network.shape.hidden()), scores_ = take(network.most_keys), sums_ = take(2 * width_);
    kept_.resize(network.layers.size() * network.steps.size());
    for (Kept& kept : kept_) kept = {take(all), take(all)};
    before_middle_ = take(all), before_final_ = take(all);
  }

  /// From up to `lanes` rows of input to rows of logits.
  void infer(const float* input, std::size_t rows, float* logits) {
    gather(input, rows);
    forward(false);
    const std::size_t n = network_.shape.n;
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t j = 0; j < n; ++j) logits[row * n + j] = logits_[j * lanes + row];
  }

  void learn(const float* input, std::size_t rows, Lesson& lesson, std::size_t first) {
    gather(input, rows);
    forward(true);
    backward(rows, lesson, first);
  }

 private:
  static constexpr std::size_t chunk = 12;  // tokens whose hidden channels fit in the nearest caches

  struct Kept final {
    float *before_attention, *before_feed_forward;
  };

  float* take(std::size_t vectors) {
    memory_.push_back(hwy::AllocateAligned<float>(std::max<std::size_t>(vectors, 1) * lanes));
    return memory_.back().get();
  }
  const float* at(std::size_t offset) const { return network_.at(offset); }
  const float* turned(const Linear& linear) const { return network_.turned.data() + linear.turned; }
  float* token(float* from, std::size_t index) const { return from + index * width_ * lanes; }
  void copy(const float* from, std::size_t vectors, float* to) const { std::copy_n(from, vectors * lanes, to); }

  void gather(const float* input, std::size_t rows) {
    std::fill_n(input_, tokens_ * lanes, 0.0f);
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t t = 0; t < tokens_; ++t) input_[t * lanes + row] = input[row * tokens_ + t];
  }

  void apply(const Linear& linear, const float* x, std::size_t tokens, float* y, bool add = false) const {
    multiply(x, tokens, linear.inputs, turned(linear), linear.outputs, at(linear.bias), y, add);
  }

  void normalize_tokens(const Norm& norm, const float* x, std::size_t tokens, float* y) const {
    normalize(x, tokens, width_, at(norm.weight), at(norm.bias), y);
  }

  /// Queries, keys and values of a step. Token i of key_ and value_ is token i of x.
  void project(const Layer& layer, const Step& step) {
    for (std::size_t t = 0; t < step.count; t += chunk) {
      const std::size_t count = std::min(chunk, step.count - t);
      normalize_tokens(layer.attention, token(x_, step.first + t), count, normal_);
      apply(layer.query, normal_, count, token(query_, step.first + t));
      if (step.normalized_keys) {
        apply(layer.key, normal_, count, token(key_, step.first + t));
        apply(layer.value, normal_, count, token(value_, step.first + t));
      }
    }
    if (step.normalized_keys) return;
    apply(layer.key, token(x_, step.key_first), step.key_count, token(key_, step.key_first));
    apply(layer.value, token(x_, step.key_first), step.key_count, token(value_, step.key_first));
  }

  template <class Visit>
  void each_head(const Step& step, Visit visit) {
    for (std::size_t q = 0; q < step.count; ++q) {
      const std::uint32_t begin = q == 0 ? 0 : step.neighbours.ends[q - 1], count = step.neighbours.ends[q] - begin;
      for (std::size_t h = 0; h < network_.shape.heads; ++h) {
        const std::size_t channel = h * head_width_ * lanes;
        visit((step.first + q) * width_ * lanes + channel, channel, step.neighbours.keys.data() + begin, count);
      }
    }
  }

  template <std::size_t head_width>
  void attend(const Step& step) {
    each_head(step, [&](std::size_t query, std::size_t channel, const std::uint32_t* keys, std::size_t count) HWY_ATTR {
      attention_weights<head_width>(query_ + query, key_ + channel, keys, count, width_, scale_, weights_);
      attention_value<head_width>(value_ + channel, keys, count, width_, weights_, mixed_ + query);
    });
  }
  template <std::size_t head_width>
  void unattend_step(const Step& step) {
    each_head(step, [&](std::size_t query, std::size_t channel, const std::uint32_t* keys, std::size_t count) HWY_ATTR {
      attention_weights<head_width>(query_ + query, key_ + channel, keys, count, width_, scale_, weights_);
      unattend<head_width>(query_ + query, key_ + channel, value_ + channel, keys, count, width_, scale_, weights_,
                           mixed_slope_ + query, query_slope_ + query, key_slope_ + channel, value_slope_ + channel, scores_);
    });
  }
  // The head widths that the constructor of the network admits.
  void attend_any(const Step& step) {
    switch (head_width_) {
      case 2: return attend<2>(step);
      case 4: return attend<4>(step);
      case 8: return attend<8>(step);
      case 16: return attend<16>(step);
    }
  }
  void unattend_any(const Step& step) {
    switch (head_width_) {
      case 2: return unattend_step<2>(step);
      case 4: return unattend_step<4>(step);
      case 8: return unattend_step<8>(step);
      case 16: return unattend_step<16>(step);
    }
  }

  void feed_forward(const Layer& layer, const Step& step) {
    const std::size_t hidden = network_.shape.hidden();
    for (std::size_t t = 0; t < step.count; t += chunk) {
      const std::size_t count = std::min(chunk, step.count - t);
      float* x = token(x_, step.first + t);
      normalize_tokens(layer.feed_forward, x, count, normal_);
      apply(layer.widen, normal_, count, hidden_);
      for (std::size_t i = 0; i < count * hidden; ++i) store(gelu(load(hidden_ + i * lanes)), hidden_ + i * lanes);
      apply(layer.narrow, hidden_, count, x, true);
    }
  }

  void forward(bool keep) {
    const CodeTransformerShape& shape = network_.shape;
    for (std::size_t t = 0; t < tokens_; ++t)
      for (std::size_t c = 0; c < width_; ++c)
        store(hn::Mul(load(input_ + t * lanes), constant(at(network_.embedding)[t * width_ + c])), token(x_, t) + c * lanes);
    for (std::size_t l = 0; l < shape.layers; ++l) {
      const Layer& layer = network_.layers[l];
      for (std::size_t s = 0; s < network_.steps.size(); ++s) {
        const Step& step = network_.steps[s];
        if (keep) copy(x_, tokens_ * width_, kept_[l * network_.steps.size() + s].before_attention);
        project(layer, step);
        attend_any(step);
        apply(layer.output, token(mixed_, step.first), step.count, token(x_, step.first), true);
        if (keep) copy(x_, tokens_ * width_, kept_[l * network_.steps.size() + s].before_feed_forward);
        feed_forward(layer, step);
      }
      if (shape.layers > 1 && l + 1 == shape.layers / 2) {
        if (keep) copy(x_, tokens_ * width_, before_middle_);
        normalize_tokens(network_.middle, x_, tokens_, x_);
      }
    }
    if (keep) copy(x_, tokens_ * width_, before_final_);
    normalize_tokens(network_.final, x_, tokens_, x_);
    multiply(x_, tokens_, width_, at(network_.head_weight), 1, at(network_.head_bias), score_);
    // One "token" of as many inputs as there are tokens.
    multiply(score_, 1, tokens_, network_.turned.data(), shape.n, at(network_.output_bias), logits_);
  }

  /// Cross-entropy and its slope, which replaces the logits.
  void judge(std::size_t rows, Lesson& lesson, std::size_t first) {
    const std::size_t n = network_.shape.n;
    const float weight = lesson.weight;
    alignas(64) float flipped[lanes], excess[lanes];
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t lane = 0; lane < lanes; ++lane)
        flipped[lane] = lane < rows ? static_cast<float>(lesson.flipped[(first + lane) * n + j]) : 0.0f;
      const Vector f = load(logits_ + j * lanes), wrong = load(flipped);
      const Vector e = exp_negative(hn::Neg(hn::Abs(f)));
      // softplus(-f) + wrong f = max(-f, 0) + wrong f + ln(1 + e)
      store(hn::MulAdd(wrong, f, hn::Max(hn::Neg(f), hn::Zero(real))), excess);
      alignas(64) float tail[lanes];
      store(e, tail);
      for (std::size_t lane = 0; lane < rows; ++lane)
        lesson.loss += static_cast<double>(excess[lane]) + std::log1p(static_cast<double>(tail[lane]));
      const Vector keeps = hn::Div(hn::IfThenElse(hn::Lt(f, hn::Zero(real)), constant(1), e), hn::Add(constant(1), e));
      store(hn::Mul(hn::Sub(wrong, keeps), constant(weight)), logits_ + j * lanes);
    }
    for (std::size_t lane = rows; lane < lanes; ++lane)
      for (std::size_t j = 0; j < n; ++j) logits_[j * lanes + lane] = 0;
  }

  void unapply(const Linear& linear, const float* slope, std::size_t tokens, const float* x, float* gradient, float* x_slope,
               bool add = false) const {
    add_outer(slope, linear.outputs, x, linear.inputs, tokens, gradient + linear.weight);
    add_sums(slope, linear.outputs, tokens, gradient + linear.bias);
    multiply(slope, tokens, linear.outputs, at(linear.weight), linear.inputs, nullptr, x_slope, add);
  }
  void unnormalize_tokens(const Norm& norm, const float* x, std::size_t tokens, const float* slope, float* x_slope,
                          float* gradient) const {
    unnormalize(x, tokens, width_, at(norm.weight), slope, x_slope, gradient + norm.weight, gradient + norm.bias, sums_);
  }

  void backward(std::size_t rows, Lesson& lesson, std::size_t first) {
    judge(rows, lesson, first);
    const CodeTransformerShape& shape = network_.shape;
    float* gradient = lesson.gradient;
    add_outer(logits_, shape.n, score_, tokens_, 1, gradient + network_.output_weight);
    add_sums(logits_, shape.n, 1, gradient + network_.output_bias);
    multiply(logits_, 1, shape.n, at(network_.output_weight), tokens_, nullptr, input_slope());
    add_outer(input_slope(), 1, x_, width_, tokens_, gradient + network_.head_weight);
    add_sums(input_slope(), 1, tokens_, gradient + network_.head_bias);
    multiply(input_slope(), tokens_, 1, at(network_.head_weight), width_, nullptr, normals_);
    clear(slope_);
    unnormalize_tokens(network_.final, before_final_, tokens_, normals_, slope_, gradient);
    for (std::size_t l = shape.layers; l-- > 0;) {
      if (shape.layers > 1 && l + 1 == shape.layers / 2) {
        copy(slope_, tokens_ * width_, normals_);
        clear(slope_);
        unnormalize_tokens(network_.middle, before_middle_, tokens_, normals_, slope_, gradient);
      }
      for (std::size_t s = network_.steps.size(); s-- > 0;) {
        const Kept& kept = kept_[l * network_.steps.size() + s];
        unfeed(network_.layers[l], network_.steps[s], kept.before_feed_forward, gradient);
        unmix(network_.layers[l], network_.steps[s], kept.before_attention, gradient);
      }
    }
    for (std::size_t t = 0; t < tokens_; ++t)
      for (std::size_t c = 0; c < width_; ++c)
        gradient[network_.embedding + t * width_ + c] +=
            sum_of_lanes(hn::Mul(load(token(slope_, t) + c * lanes), load(input_ + t * lanes)));
  }
  void clear(float* tokens) const { std::fill_n(tokens, tokens_ * width_ * lanes, 0.0f); }
  float* input_slope() const { return query_; }  // free at that moment

  void unfeed(const Layer& layer, const Step& step, float* before, float* gradient) {
    const std::size_t hidden = network_.shape.hidden();
    for (std::size_t t = 0; t < step.count; t += chunk) {
      const std::size_t count = std::min(chunk, step.count - t);
      float* x = token(before, step.first + t);
      float* slope = token(slope_, step.first + t);
      normalize_tokens(layer.feed_forward, x, count, normal_);
      apply(layer.widen, normal_, count, hidden_);
      // The slope through the narrow layer, then through gelu; hidden_ becomes what the narrow layer saw.
      add_sums(slope, width_, count, gradient + layer.narrow.bias);
      multiply(slope, count, width_, at(layer.narrow.weight), hidden, nullptr, bend_);
      for (std::size_t i = 0; i < count * hidden; ++i) {
        const Vector u = load(hidden_ + i * lanes);
        store(hn::Mul(load(bend_ + i * lanes), gelu_slope(u)), bend_ + i * lanes);
        store(gelu(u), hidden_ + i * lanes);
      }
      add_outer(slope, width_, hidden_, hidden, count, gradient + layer.narrow.weight);
      unapply(layer.widen, bend_, count, normal_, gradient, normals_);
      unnormalize_tokens(layer.feed_forward, x, count, normals_, slope, gradient);
    }
  }

  void unmix(const Layer& layer, const Step& step, float* before, float* gradient) {
    copy(before, tokens_ * width_, x_);
    project(layer, step);
    attend_any(step);
    float* slope = token(slope_, step.first);
    unapply(layer.output, slope, step.count, token(mixed_, step.first), gradient, token(mixed_slope_, step.first));
    clear(key_slope_);
    clear(value_slope_);
    unattend_any(step);
    normalize_tokens(layer.attention, token(x_, step.first), step.count, token(normals_, step.first));
    float* inner = token(mixed_slope_, step.first);  // of the normalised tokens; what it held has been used
    unapply(layer.query, token(query_slope_, step.first), step.count, token(normals_, step.first), gradient, inner);
    const float* source = step.normalized_keys ? normals_ : x_;
    float* target = step.normalized_keys ? mixed_slope_ : slope_;
    unapply(layer.key, token(key_slope_, step.key_first), step.key_count, source + step.key_first * width_ * lanes, gradient,
            token(target, step.key_first), true);
    unapply(layer.value, token(value_slope_, step.key_first), step.key_count, source + step.key_first * width_ * lanes,
            gradient, token(target, step.key_first), true);
    unnormalize_tokens(layer.attention, token(x_, step.first), step.count, inner, slope, gradient);
  }

  const Network& network_;
  std::size_t width_, tokens_, head_width_;
  float scale_;
  std::vector<hwy::AlignedFreeUniquePtr<float[]>> memory_;
  float *x_, *query_, *key_, *value_, *mixed_, *normal_, *hidden_, *weights_, *input_, *score_, *logits_;
  float *normals_ = nullptr, *slope_ = nullptr, *query_slope_ = nullptr, *key_slope_ = nullptr, *value_slope_ = nullptr;
  float *mixed_slope_ = nullptr, *bend_ = nullptr, *scores_ = nullptr, *sums_ = nullptr;
  float *before_middle_ = nullptr, *before_final_ = nullptr;
  std::vector<Kept> kept_;
};

void infer(const Network& network, const float* input, std::size_t rows, float* logits) {
  Group group(network, false);
  const std::size_t tokens = network.shape.tokens(), n = network.shape.n;
  for (std::size_t row = 0; row < rows; row += lanes)
    group.infer(input + row * tokens, std::min(lanes, rows - row), logits + row * n);
}

void learn(const Network& network, const float* input, std::size_t rows, Lesson& lesson) {
  Group group(network, true);
  for (std::size_t row = 0; row < rows; row += lanes)
    group.learn(input + row * network.shape.tokens(), std::min(lanes, rows - row), lesson, row);
}

}  // namespace tandem::neural::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem::neural {
HWY_EXPORT(infer);
HWY_EXPORT(learn);

void run_inference(const Network& network, const float* input, std::size_t rows, float* logits) {
  HWY_DYNAMIC_DISPATCH(infer)(network, input, rows, logits);
}
void run_lesson(const Network& network, const float* input, std::size_t rows, Lesson& lesson) {
  HWY_DYNAMIC_DISPATCH(learn)(network, input, rows, lesson);
}
}  // namespace tandem::neural
#endif
