#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sentence_kernels.cpp"
#include "simd.hpp"
//
#include <algorithm>
#include <cmath>
#include <tandem/math.hpp>

#include "language_attention-inl.hpp"
#include "language_lanes-inl.hpp"
#include "sentence_network.hpp"

HWY_BEFORE_NAMESPACE();
namespace tandem::neural::HWY_NAMESPACE {
namespace {

/// Rows of values, one after the other, as the products take them. What pads a row is zero at first.
class Rows final {
 public:
  Rows(std::size_t rows, std::size_t length) : stride_(padded(length)), values_(rows * stride_), at_(rows) {
    for (std::size_t r = 0; r < rows; ++r) at_[r] = values_.data() + r * stride_;
  }
  Rows(Rows&&) = default;
  Rows& operator=(Rows&&) = default;

  std::size_t count() const { return at_.size(); }
  std::size_t stride() const { return stride_; }
  float* operator[](std::size_t row) const { return at_[row]; }
  float* const* all() const { return at_.data(); }
  const float* first() const { return values_.data(); }

 private:
  std::size_t stride_;
  Floats values_;
  std::vector<float*> at_;
};

Rows times(const Rows& x, const LanguageMatrix& matrix) {
  Rows out(x.count(), matrix.outputs);
  product(matrix, x.first(), x.stride(), x.count(), out.all());
  return out;
}
void add_times(const Rows& x, const LanguageMatrix& matrix, const Rows& to) {
  product(matrix, x.first(), x.stride(), x.count(), to.all(), true);
}
void rectify(const Rows& x) {
  for (std::size_t r = 0; r < x.count(); ++r)
    for (std::size_t c = 0; c < x.stride(); c += lanes) store(hn::Max(load(x[r] + c), hn::Zero(real)), x[r] + c);
}

/// Keys and values of the positions that are attended to.
struct Kept final {
  Floats keys, values;

  /// Room for a multiple of 16 positions; doubles, so that growing costs no more than filling.
  void reserve(const LanguageHeads& heads, std::size_t positions) {
    const std::size_t row = heads.keys * heads.value_width(), room = values.size() / row;
    if (positions <= room) return;
    const std::size_t wanted = padded(std::max(positions, 2 * room));
    keys.resize(wanted * heads.key_width());
    values.resize(wanted * row);
  }
  void remember(const LanguageHeads& heads, std::size_t position, const float* key, const float* value) {
    reserve(heads, position + 1);
    const std::size_t width = heads.key_width(), value_width = heads.value_width();
    float* tile = keys.data() + position / sixteen * sixteen * width + position % sixteen;
    for (std::size_t c = 0; c < width; ++c) tile[c * sixteen] = key[c];
    float* to = values.data() + position * heads.keys * value_width;
    for (std::size_t h = 0; h < heads.keys; ++h) std::copy_n(value + h * heads.width, heads.width, to + h * value_width);
  }
};

/// Where a row's own key goes, and how many positions it looks at.
struct View final {
  Kept* kept;
  std::size_t position, count;
};

/// Takes rows through parts of the network.
class Passing final {
 public:
  Passing(const SentenceNetwork& network, SentenceWork* work)
      : work_(work), heads_(network.heads()), ut_(network.shape.family == SentenceFamily::ut), width_(network.shape.width) {}

  Rows normalised(const LanguageNorm& norm, const Rows& x, std::size_t width) const {
    Rows out(x.count(), width);
    for (std::size_t r = 0; r < x.count(); ++r) normalise(norm, x[r], width, out[r]);
    return out;
  }

  /// `memories`: for the decoder, a view a row.
  void layer(const SentenceLayer& layer, const Rows& x, std::span<const View> own, std::span<const View> memories) const {
    branch(layer.attention_norm, x, [&](const Rows& from) {
      const Rows projected = times(from, layer.attention);
      const std::size_t keys = padded(width_);
      for (std::size_t r = 0; r < x.count(); ++r)
        own[r].kept->remember(heads_, own[r].position, projected[r] + keys, projected[r] + 2 * keys);
      add_times(attended(projected, own), layer.output, x);
    });
    if (!memories.empty())
      branch(layer.memory_norm, x, [&](const Rows& from) {
        add_times(attended(times(from, layer.memory_query), memories), layer.memory_output, x);
      });
    branch(layer.feed_forward_norm, x, [&](const Rows& from) {
      const Rows wide = times(from, layer.widen);
      rectify(wide);
      add_times(wide, layer.narrow, x);
    });
  }

  /// The probability of halting, from the state before a hop.
  float halting(const SentenceSide& side, const float* state) const {
    const float* weight = side.halt.data();
    const float sum = sum_of(width_, [=](std::size_t c) HWY_ATTR { return hn::Mul(load(state + c), load(weight + c)); }) + side.halt_bias;
    return static_cast<float>(1 / (1 + math::exp(-static_cast<double>(sum))));
  }

 private:
  /// deepsc divides by the root of the mean square and a constant, ut by the deviation of a sample plus a constant.
  void normalise(const LanguageNorm& norm, const float* x, std::size_t width, float* y) const {
    const float count = static_cast<float>(width);
    const float mean = sum_of(width, [x](std::size_t c) HWY_ATTR { return load(x + c); }) / count;
    const Vector middle = constant(mean);
    const float squares = sum_of(width, [x, middle](std::size_t c) HWY_ATTR {
      const Vector distance = hn::Sub(load(x + c), middle);
      return hn::Mul(distance, distance);
    });
    const float inverse = ut_ ? 1 / (std::sqrt(squares / (count - 1)) + 1e-6f) : 1 / std::sqrt(squares / count + 1e-6f);
    for (std::size_t c = 0; c < width; c += lanes) {
      const Vector scaled = hn::Mul(hn::Mul(hn::Sub(load(x + c), middle), constant(inverse)), load(norm.weight.data() + c));
      store(hn::Add(scaled, load(norm.bias.data() + c)), y + c);
    }
  }

  /// ut normalises in front of a branch, deepsc behind it.
  template <class Compute>
  void branch(const LanguageNorm& norm, const Rows& x, Compute compute) const {
    if (ut_) return compute(normalised(norm, x, width_));
    compute(x);
    for (std::size_t r = 0; r < x.count(); ++r) normalise(norm, x[r], width_, x[r]);
  }

  Rows attended(const Rows& queries, std::span<const View> views) const {
    std::size_t longest = 0;
    for (const View& view : views) longest = std::max(longest, view.count);
    if (work_)
      for (const View& view : views) work_->pairs += view.count;
    const std::size_t inverses = padded(heads_.queries);
    Floats scores(inverses + heads_.queries * padded(longest));
    Rows out(queries.count(), width_ + sixteen);  // attend writes up to 16 channels too far
    Rows mixed(queries.count(), width_);
    for (std::size_t r = 0; r < queries.count(); ++r) {
      attend(heads_, queries[r], views[r].kept->keys.data(), views[r].kept->values.data(), views[r].count, scores.data() + inverses, scores.data(), out[r]);
      std::copy_n(out[r], width_, mixed[r]);
    }
    return mixed;
  }

  SentenceWork* work_;
  LanguageHeads heads_;
  bool ut_;
  std::size_t width_;
};

/// Sines and cosines of positions (Vaswani et al. 2017, section 3.5), channel by channel.
class Positions final {
 public:
  Positions(std::size_t length, std::size_t width) : width_(width) {
    constexpr double turn = 6.283185307179586;
    const std::size_t pairs = (width + 1) / 2;
    std::vector<float> angles(length * pairs), sine(angles.size()), cosine(angles.size());
    for (std::size_t i = 0; i < pairs; ++i) {
      const double frequency = math::exp(-static_cast<double>(2 * i) / static_cast<double>(width) * math::log(10000.0));
      for (std::size_t at = 0; at < length; ++at) {
        const double angle = static_cast<double>(at) * frequency;
        angles[at * pairs + i] = static_cast<float>(angle - turn * std::nearbyint(angle / turn));
      }
    }
    math::sincos(angles, sine, cosine);
    values_.resize(length * width);
    for (std::size_t at = 0; at < length; ++at)
      for (std::size_t c = 0; c < width; ++c) values_[at * width + c] = c % 2 == 0 ? sine[at * pairs + c / 2] : cosine[at * pairs + c / 2];
  }

  void embed(const SentenceSide& side, Token token, std::size_t position, float* x) const {
    const float scale = std::sqrt(static_cast<float>(width_));
    for (std::size_t c = 0; c < width_; ++c) x[c] = side.embedding[token * width_ + c] * scale + values_[position * width_ + c];
  }

 private:
  std::size_t width_;
  std::vector<float> values_;
};

/// How far a position has come (ut): Graves, arXiv 1603.08983, as arXiv 2108.09119 weighs the states.
struct Halting final {
  float halted = 0;

  /// The weight of the state behind a hop, from the probability before it.
  float weight(float p) {
    if (halted >= 1) return 0;
    if (halted + p > SentenceShape::halting) {
      const float rest = 1 - halted;
      halted = 1;
      return rest;
    }
    halted += p;
    return p;
  }
  bool goes_on() const { return halted < SentenceShape::halting; }
};

void blend(float* out, const float* state, float weight, std::size_t width) {
  for (std::size_t c = 0; c < width; ++c) out[c] = weight * state[c] + (1 - weight) * out[c];
}

class Encoding final {
 public:
  Encoding(const SentenceNetwork& network, std::span<const std::span<const Token>> words, SentenceWork* work)
      : network_(network), pass_(network, work), words_(words), work_(work) {}

  void run(float* out) const {
    const SentenceShape& shape = network_.shape;
    std::size_t rows = 0, longest = 0;
    for (const auto& sentence : words_) rows += sentence.size() + shape.frame(), longest = std::max(longest, sentence.size() + shape.frame());
    const Positions positions(longest, shape.width);
    Rows x(rows, shape.width);
    std::size_t row = 0;
    std::vector<std::size_t> begins;
    for (const auto& sentence : words_) {
      begins.push_back(row);
      std::size_t position = 0;
      const auto put = [&](Token token) { positions.embed(network_.encoder, token, position++, x[row++]); };
      if (shape.family == SentenceFamily::deepsc) put(sentence_start);
      for (const Token token : sentence) put(token);
      put(sentence_end);
    }
    begins.push_back(row);
    if (shape.family == SentenceFamily::ut)
      send(universal(std::move(x), begins), out);
    else
      send(layers(std::move(x), begins), out);
  }

 private:
  /// All layers once; sentence i has the rows begins[i] .. begins[i + 1] - 1.
  Rows layers(Rows x, std::span<const std::size_t> begins) const {
    std::vector<Kept> kept(begins.size() - 1);
    std::vector<View> views;
    for (std::size_t i = 0; i + 1 < begins.size(); ++i)
      for (std::size_t row = begins[i]; row < begins[i + 1]; ++row) views.push_back({&kept[i], row - begins[i], begins[i + 1] - begins[i]});
    for (const SentenceLayer& layer : network_.encoder.layers) pass_.layer(layer, x, views, {});
    if (work_) work_->encoder_rows += x.count();
    return x;
  }

  /// A sentence's positions take hops together, until the last of them has halted.
  Rows universal(Rows x, std::vector<std::size_t> begins) const {
    const std::size_t width = network_.shape.width;
    Rows out(x.count(), width);
    std::vector<Halting> halting(x.count());
    std::vector<std::size_t> origin(x.count());  // the row in `out` of each row that still moves
    for (std::size_t r = 0; r < origin.size(); ++r) origin[r] = r;
    for (std::size_t hop = 0; hop < SentenceShape::hops && x.count() > 0; ++hop) {
      std::vector<float> weights(x.count());
      for (std::size_t r = 0; r < x.count(); ++r) weights[r] = halting[origin[r]].weight(pass_.halting(network_.encoder, x[r]));
      x = layers(std::move(x), begins);
      for (std::size_t r = 0; r < x.count(); ++r) blend(out[origin[r]], x[r], weights[r], width);
      std::vector<std::size_t> moving, next{0};
      for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
        bool goes_on = false;
        for (std::size_t r = begins[i]; r < begins[i + 1]; ++r) goes_on = goes_on || halting[origin[r]].goes_on();
        for (std::size_t r = begins[i]; goes_on && r < begins[i + 1]; ++r) moving.push_back(r);
        if (goes_on) next.push_back(moving.size());
      }
      if (moving.size() == x.count()) continue;
      Rows rest(moving.size(), width);
      std::vector<std::size_t> whence;
      for (std::size_t r = 0; r < moving.size(); ++r) std::copy_n(x[moving[r]], width, rest[r]), whence.push_back(origin[moving[r]]);
      x = std::move(rest), origin = std::move(whence), begins = std::move(next);
    }
    return out;
  }

  void send(const Rows& x, float* out) const {
    const SentenceShape& shape = network_.shape;
    const Rows narrow = times(x, network_.transmitter[0]);
    rectify(narrow);
    Rows features = times(narrow, network_.transmitter[1]);
    if (shape.family == SentenceFamily::ut) features = pass_.normalised(network_.transmitter_norm, features, shape.features);
    if (shape.quantizer != 0) {
      features = times(features, network_.quantizer[0]);
      for (std::size_t r = 0; r < features.count(); ++r)
        for (std::size_t c = 0; c < shape.quantizer; ++c) features[r][c] = features[r][c] < 0 ? -1.0f : 1.0f;
    }
    for (std::size_t r = 0; r < x.count(); ++r) out = std::copy_n(features[r], shape.values(), out);
  }

  const SentenceNetwork& network_;
  Passing pass_;
  std::span<const std::span<const Token>> words_;
  SentenceWork* work_;
};

class Decoding final {
 public:
  Decoding(const SentenceNetwork& network, std::span<const std::span<const float>> features, SentenceWork* work)
      : network_(network), work_(work), pass_(network, work), heads_(network.heads()), streams_(features.size()), positions_(longest(features), network.shape.width) {
    receive(features);
  }

  void run(Tokens& out) {
    std::vector<std::size_t> active;
    for (std::size_t s = 0; s < streams_.size(); ++s)
      if (streams_[s].most > 0) active.push_back(s);
    for (std::size_t at = 0; !active.empty(); ++at) {
      const auto told = tell(network_.shape.family == SentenceFamily::ut ? universal(active, at) : once(active, at));
      std::vector<std::size_t> still;
      for (std::size_t i = 0; i < active.size(); ++i) {
        Stream& stream = streams_[active[i]];
        if (told[i] == sentence_end) continue;
        stream.words.push_back(told[i]);
        if (stream.words.size() < stream.most) still.push_back(active[i]);
      }
      active = std::move(still);
    }
    for (const Stream& stream : streams_) out.append(std::span<const Token>(stream.words));
  }

 private:
  struct Stream final {
    std::size_t positions = 0, most = 0;  ///< received; words that they can hold
    std::vector<Token> words;
    std::vector<Kept> memory;             ///< a layer each
    std::vector<Kept> own;                ///< a layer each; ut: of each hop, one behind the other
    std::vector<Floats> states;           ///< ut: of each position, behind its last hop
    std::vector<std::size_t> hops;        ///< ut: taken by each position
  };

  std::size_t longest(std::span<const std::span<const float>> features) const {
    std::size_t most = 1;
    for (const auto& row : features) most = std::max(most, row.size() / network_.shape.values());
    return most;
  }

  void receive(std::span<const std::span<const float>> features) {
    const SentenceShape& shape = network_.shape;
    const std::size_t values = shape.values();
    std::size_t rows = 0;
    for (std::size_t s = 0; s < streams_.size(); ++s) {
      streams_[s].positions = features[s].size() / values;
      streams_[s].most = streams_[s].positions - shape.frame();
      rows += streams_[s].positions;
    }
    if (work_) work_->positions += rows;
    Rows x(rows, values);
    std::size_t row = 0;
    for (std::size_t s = 0; s < streams_.size(); ++s)
      for (std::size_t p = 0; p < streams_[s].positions; ++p, ++row) std::copy_n(features[s].data() + p * values, values, x[row]);
    if (shape.quantizer != 0) {
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < values; ++c) x[r][c] = x[r][c] < 0 ? -1.0f : 1.0f;
      x = times(x, network_.quantizer[1]);
    }
    x = times(x, network_.receiver[0]);
    if (shape.family == SentenceFamily::ut) {
      rectify(x);
      x = times(x, network_.receiver[1]);
    } else {
      Rows inner(rows, shape.width);
      for (std::size_t r = 0; r < rows; ++r) std::copy_n(x[r], x.stride(), inner[r]);
      rectify(inner);
      inner = times(inner, network_.receiver[1]);
      rectify(inner);
      add_times(inner, network_.receiver[2], x);
      x = pass_.normalised(network_.receiver_norm, x, shape.width);
    }
    const std::size_t keys = padded(shape.width);
    for (Stream& stream : streams_) stream.memory.resize(shape.layers);
    for (std::size_t l = 0; l < shape.layers; ++l) {
      const Rows projected = times(x, network_.decoder.layers[l].memory_keys);
      row = 0;
      for (Stream& stream : streams_)
        for (std::size_t p = 0; p < stream.positions; ++p, ++row) stream.memory[l].remember(heads_, p, projected[row], projected[row] + keys);
    }
  }

  Token before(const Stream& stream, std::size_t at) const { return at == 0 ? Token{sentence_start} : stream.words[at - 1]; }

  /// One pass of rows, a stream and a position each, through the layers; `hop`: whose keys they see.
  void layers(const Rows& x, std::span<const std::pair<Stream*, std::size_t>> rows, std::size_t hop) {
    const std::size_t layers = network_.shape.layers;
    std::vector<View> own, memory;
    for (std::size_t l = 0; l < layers; ++l) {
      own.clear(), memory.clear();
      for (const auto& [stream, position] : rows) {
        if (stream->own.size() < (hop + 1) * layers) stream->own.resize((hop + 1) * layers);
        own.push_back({&stream->own[hop * layers + l], position, position + 1});
        memory.push_back({&stream->memory[l], 0, stream->positions});
      }
      pass_.layer(network_.decoder.layers[l], x, own, memory);
    }
    if (work_) work_->decoder_rows += rows.size();
  }

  Rows once(std::span<const std::size_t> active, std::size_t at) {
    Rows x(active.size(), network_.shape.width);
    std::vector<std::pair<Stream*, std::size_t>> rows;
    for (std::size_t i = 0; i < active.size(); ++i) {
      Stream& stream = streams_[active[i]];
      positions_.embed(network_.decoder, before(stream, at), at, x[i]);
      rows.emplace_back(&stream, at);
    }
    layers(x, rows, 0);
    return x;
  }

  /// A position takes hops until it halts. What it looks at has to have come as far: earlier positions that halted sooner go
  /// on with it, without a change of what they said.
  Rows universal(std::span<const std::size_t> active, std::size_t at) {
    const std::size_t width = network_.shape.width;
    Rows out(active.size(), width);
    std::vector<Halting> halting(active.size());
    for (std::size_t i = 0; i < active.size(); ++i) {
      Stream& stream = streams_[active[i]];
      stream.states.emplace_back(padded(width));
      stream.hops.push_back(0);
      positions_.embed(network_.decoder, before(stream, at), at, stream.states[at].data());
    }
    for (std::size_t hop = 0; hop < SentenceShape::hops; ++hop) {
      std::vector<std::pair<Stream*, std::size_t>> rows;
      std::vector<std::pair<std::size_t, float>> asking;  // whose position moves, and the weight of where it gets
      for (std::size_t i = 0; i < active.size(); ++i) {
        if (!halting[i].goes_on()) continue;
        Stream& stream = streams_[active[i]];
        asking.emplace_back(i, halting[i].weight(pass_.halting(network_.decoder, stream.states[at].data())));
        for (std::size_t p = 0; p <= at; ++p)
          if (stream.hops[p] == hop) rows.emplace_back(&stream, p);
      }
      if (rows.empty()) break;
      Rows x(rows.size(), width);
      for (std::size_t r = 0; r < rows.size(); ++r) std::copy_n(rows[r].first->states[rows[r].second].data(), width, x[r]);
      layers(x, rows, hop);
      for (std::size_t r = 0; r < rows.size(); ++r) {
        std::copy_n(x[r], width, rows[r].first->states[rows[r].second].data());
        ++rows[r].first->hops[rows[r].second];
      }
      for (const auto& [i, weight] : asking) blend(out[i], streams_[active[i]].states[at].data(), weight, width);
    }
    return pass_.normalised(network_.decoder_norm, out, width);
  }

  /// The likeliest word, or the end, of each row.
  std::vector<Token> tell(const Rows& x) const {
    if (work_) work_->told += x.count();
    const Rows logits = times(x, network_.head);
    std::vector<Token> out;
    for (std::size_t r = 0; r < x.count(); ++r) {
      const float* row = logits[r];
      out.push_back(static_cast<Token>(std::max_element(row + sentence_end, row + network_.shape.vocabulary) - row));
    }
    return out;
  }

  const SentenceNetwork& network_;
  SentenceWork* work_;
  Passing pass_;
  LanguageHeads heads_;
  std::vector<Stream> streams_;
  Positions positions_;
};

void encode(const SentenceNetwork& network, std::span<const std::span<const Token>> words, float* out, SentenceWork* work) {
  Encoding(network, words, work).run(out);
}
void decode(const SentenceNetwork& network, std::span<const std::span<const float>> features, Tokens& out, SentenceWork* work) {
  Decoding(network, features, work).run(out);
}

}  // namespace
}  // namespace tandem::neural::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem::neural {
namespace {
HWY_EXPORT(encode);
HWY_EXPORT(decode);
}
void encode_sentences(const SentenceNetwork& network, std::span<const std::span<const Token>> words, float* out, SentenceWork* work) {
  HWY_DYNAMIC_DISPATCH(encode)(network, words, out, work);
}
void decode_sentences(const SentenceNetwork& network, std::span<const std::span<const float>> features, Tokens& out, SentenceWork* work) {
  HWY_DYNAMIC_DISPATCH(decode)(network, features, out, work);
}
}  // namespace tandem::neural
#endif
