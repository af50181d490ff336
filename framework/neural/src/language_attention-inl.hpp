// Attention of one query to the positions of its stream. Included once for each SIMD target, hence the unusual guard.
#if defined(TANDEM_NEURAL_LANGUAGE_ATTENTION_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_NEURAL_LANGUAGE_ATTENTION_INL
#undef TANDEM_NEURAL_LANGUAGE_ATTENTION_INL
#else
#define TANDEM_NEURAL_LANGUAGE_ATTENTION_INL
#endif

#include "language_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tandem::neural::HWY_NAMESPACE {
namespace {

/// Scores of `queries` heads that share the keys at `keys`, over `tiles` tiles of 16 positions, `tile` values apart.
template <std::size_t queries, std::size_t tiles, class Stored>
HWY_INLINE void score_block(const float* HWY_RESTRICT query, std::size_t head_width, float scale,
                            const Stored* HWY_RESTRICT keys, std::size_t tile, float* HWY_RESTRICT scores,
                            std::size_t stride) {
  Vector sum[queries][tiles * parts];
  HWY_UNROLL(8)
  for (std::size_t q = 0; q < queries; ++q) {
    HWY_UNROLL(8)
    for (std::size_t t = 0; t < tiles * parts; ++t) sum[q][t] = hn::Zero(real);
  }
  for (std::size_t c = 0; c < head_width; ++c) {
    Vector key[tiles * parts];
    HWY_UNROLL(8)
    for (std::size_t t = 0; t < tiles; ++t) {
      HWY_UNROLL(2)
      for (std::size_t p = 0; p < parts; ++p)
        key[t * parts + p] = load_stored(real, keys + t * tile + c * sixteen + p * lanes);
    }
    HWY_UNROLL(8)
    for (std::size_t q = 0; q < queries; ++q) {
      const Vector value = constant(query[q * head_width + c] * scale);
      HWY_UNROLL(8)
      for (std::size_t t = 0; t < tiles * parts; ++t) sum[q][t] = hn::MulAdd(value, key[t], sum[q][t]);
    }
  }
  HWY_UNROLL(8)
  for (std::size_t q = 0; q < queries; ++q) {
    HWY_UNROLL(8)
    for (std::size_t t = 0; t < tiles * parts; ++t) store(sum[q][t], scores + q * stride + t * lanes);
  }
}
template <std::size_t queries, class Stored, std::size_t block = 8 / queries / parts>
HWY_INLINE void scores_of(const float* query, std::size_t head_width, float scale, const Stored* keys, std::size_t tile,
                          std::size_t tiles, float* scores, std::size_t stride) {
  std::size_t t = 0;
  for (; t + block <= tiles; t += block)
    score_block<queries, block>(query, head_width, scale, keys + t * tile, tile, scores + t * sixteen, stride);
  if constexpr (block > 1)
    if (t < tiles)
      scores_of<queries, Stored, block / 2>(query, head_width, scale, keys + t * tile, tile, tiles - t,
                                            scores + t * sixteen, stride);
}

/// From scores of positions < count to e^(score - the largest), 0 behind them; returns one over their sum.
HWY_INLINE float soften(float* scores, std::size_t count) {
  const std::size_t last = padded(count) - sixteen;
  for (std::size_t p = 0; p < parts; ++p) {
    float* from = scores + last + p * lanes;
    const std::size_t begin = last + p * lanes, valid = count > begin ? std::min(lanes, count - begin) : 0;
    store(hn::IfThenElse(hn::FirstN(real, valid), load(from), constant(-3e38f)), from);
  }
  Vector most = load(scores);
  for (std::size_t t = lanes; t < last + sixteen; t += lanes) most = hn::Max(most, load(scores + t));
  most = hn::MaxOfLanes(real, most);
  Vector sum[parts];
  for (std::size_t p = 0; p < parts; ++p) sum[p] = hn::Zero(real);
  const Vector nothing = constant(-87);  // exp_negative does not go below e^-87
  for (std::size_t t = 0; t < last + sixteen; t += sixteen)
    for (std::size_t p = 0; p < parts; ++p) {
      const Vector distance = hn::Sub(load(scores + t + p * lanes), most);
      const Vector e = hn::IfThenZeroElse(hn::Lt(distance, nothing), exp_negative(distance));
      sum[p] = hn::Add(sum[p], e);
      store(e, scores + t + p * lanes);
    }
  return 1 / join(sum);
}

/// `vectors` of channels of `heads` heads, of which each `share` have the same values: the sum over positions of weight
/// times value, times one over the weights' sum. Values of different heads are `vectors` apart.
template <class Tag, std::size_t heads, std::size_t vectors, std::size_t share, class Stored>
HWY_INLINE void value_block(const float* HWY_RESTRICT weights, std::size_t stride, const Stored* HWY_RESTRICT values,
                            std::size_t value_row, std::size_t count, const float* inverse, float* HWY_RESTRICT out,
                            std::size_t head_width) {
  constexpr Tag tag{};
  constexpr std::size_t size = hn::MaxLanes(tag);
  hn::Vec<Tag> sum[heads][vectors];
  HWY_UNROLL(8)
  for (std::size_t h = 0; h < heads; ++h) {
    HWY_UNROLL(8)
    for (std::size_t v = 0; v < vectors; ++v) sum[h][v] = hn::Zero(tag);
  }
  for (std::size_t t = 0; t < count; ++t, values += value_row) {
    HWY_UNROLL(8)
    for (std::size_t h = 0; h < heads; ++h) {
      const auto weight = hn::Set(tag, weights[h * stride + t]);
      HWY_UNROLL(8)
      for (std::size_t v = 0; v < vectors; ++v)
        sum[h][v] = hn::MulAdd(weight, load_stored(tag, values + (h / share * vectors + v) * size), sum[h][v]);
    }
  }
  // Heads in order: what pads one is where the next begins.
  HWY_UNROLL(8)
  for (std::size_t h = 0; h < heads; ++h) {
    HWY_UNROLL(8)
    for (std::size_t v = 0; v < vectors; ++v)
      hn::StoreU(hn::Mul(sum[h][v], hn::Set(tag, inverse[h])), tag, out + h * head_width + v * size);
  }
}

/// What one query, its heads side by side, draws from the positions < count of its stream, into `out`, which has room
/// for 16 channels more. Keys and values are floats or in half precision. `scores`: room for padded(count) a head.
template <class Stored>
inline void attend(const LanguageHeads& layout, const float* query, const Stored* keys, const Stored* values,
                   std::size_t count, float* scores, float* inverse, float* out) {
  const std::size_t width = layout.width, share = layout.queries / layout.keys, stride = padded(count);
  const std::size_t tile = layout.key_width() * sixteen, tiles = stride / sixteen;
  const std::size_t value_width = layout.value_width(), value_row = layout.keys * value_width;
  const float scale = 1 / std::sqrt(static_cast<float>(width));
  for (std::size_t h = 0; h < layout.queries;) {
    const Stored* shared = keys + h / share * width * sixteen;
    if (share % 2 == 0) {
      scores_of<2>(query + h * width, width, scale, shared, tile, tiles, scores + h * stride, stride);
      h += 2;
    } else {
      scores_of<1>(query + h * width, width, scale, shared, tile, tiles, scores + h * stride, stride);
      ++h;
    }
  }
  for (std::size_t h = 0; h < layout.queries; ++h) inverse[h] = soften(scores + h * stride, count);

  std::size_t h = 0;
  const auto one =
      [&]<class Tag, std::size_t heads, std::size_t vectors, std::size_t same>(std::size_t channel) HWY_ATTR {
        value_block<Tag, heads, vectors, same>(scores + h * stride, stride, values + h / share * value_width + channel,
                                               value_row, count, inverse + h, out + h * width + channel, width);
      };
  // As many heads at once as registers hold, where whole groups that share values fit.
  const auto many = [&]<class Tag, std::size_t heads, std::size_t vectors>() HWY_ATTR {
    for (; h + heads <= layout.queries; h += heads) {
      if (share == 1)
        one.template operator()<Tag, heads, vectors, 1>(0);
      else if (share == 2)
        one.template operator()<Tag, heads, vectors, 2>(0);
      else if (share % heads == 0)
        one.template operator()<Tag, heads, vectors, heads>(0);
      else
        return;
    }
  };
  using Eight = hn::FixedTag<float, 8>;
  if (value_width == 8) many.template operator()<Eight, 8, 1>(), many.template operator()<Eight, 4, 1>();
  if (value_width == sixteen) many.template operator()<Real, 4, parts>();
  if (value_width == 24) many.template operator()<Eight, 4, 3>(), many.template operator()<Eight, 2, 3>();
  if (value_width == 2 * sixteen) many.template operator()<Real, 2, 2 * parts>();
  if (value_width == 4 * sixteen && parts == 1) many.template operator()<Real, 2, 4 * parts>();
  for (; h < layout.queries; ++h) {
    std::size_t channel = 0;
    for (; channel + 4 * sixteen <= value_width; channel += 4 * sixteen)
      one.template operator()<Real, 1, 4 * parts, 1>(channel);
    for (; channel + sixteen <= value_width; channel += sixteen) one.template operator()<Real, 1, parts, 1>(channel);
    if (channel < value_width) one.template operator()<Eight, 1, 1, 1>(channel);
  }
}

}  // namespace
}  // namespace tandem::neural::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
