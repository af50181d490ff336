#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mixing_contexts.hpp"
#include "mixing_memory.hpp"
#include "mixing_numbers.hpp"
#include "mixing_weights.hpp"

namespace tandem::models {

/// Predicts a text bit by bit, high bits first. Copies go on alone.
class ContextMixer final {
  static constexpr std::size_t averaged = 2;  // contexts that also have a table of plain means

 public:
  struct Options {
    std::size_t histories = std::size_t{32} << 20;  ///< bytes of bit histories at most; their table grows as it fills
    bool full_size = false;                         ///< the table has its size from the start
    bool wide = false;          ///< means beside bit histories: pay after a long priming; twice as much memory again
    bool long_orders = false;   ///< contexts of up to 24 bytes: pay after a long priming, given memory
    bool few_contexts = false;  ///< only those that a table much too small for its text is best used for
    int log2_matches = 19;      ///< entries of each match model's index, of 4 bytes
    int match_models = 2;       ///< 2 or 4
    int log2_means = 15;        ///< lines of 64 bytes in the table of means, for each of its contexts
    std::size_t others = 0;     ///< predictions of others that are mixed in, at most 8: see `expect`
    /// Good ones for a memory in bytes and a text to be primed with, of so many bytes.
    static Options of(std::size_t memory, std::size_t priming) {
      constexpr std::size_t fixed = std::size_t{7} << 20, mega = std::size_t{1} << 20;
      Options options;
      if (priming > mega) {
        options.full_size = true;
        options.wide = options.long_orders = memory / 16 >= priming;
        options.few_contexts = !options.wide;
        options.log2_matches = std::clamp(static_cast<int>(std::bit_width(priming / (options.wide ? 8 : 32))), 17, 22);
        options.match_models = options.wide ? 4 : 2;
        options.log2_means = options.wide ? 18 : 14;
      }
      const std::size_t matches = static_cast<std::size_t>(4 * options.match_models) << options.log2_matches;
      const std::size_t others = matches + (64 * averaged << options.log2_means) + priming + fixed;
      const std::size_t left = std::max(memory, others + mega) - others;
      options.histories = options.wide ? left / 3 : left;
      return options;
    }
  };

  explicit ContextMixer(const Options& options)
      : long_orders_(options.long_orders),
        few_contexts_(options.few_contexts),
        table_(options.histories, options.wide, !options.full_size),
        means_lines_((std::size_t{1} << options.log2_means) * averaged),
        counters_(small_tables_at() + (small_tables << 16)),
        others_(options.others, 0),
        mixers_(sets_of(options), inputs_of(options), mixing::weight_one / 100 * (options.wide ? 7 : 10)),
        final_(64 * 256, mixers_.count()),
        by_order1_(std::size_t{1} << log2_refined),
        by_order3_(std::size_t{1} << log2_refined) {
    using namespace mixing;
    constexpr std::array<std::size_t, 2> two = {6, 12};
    constexpr std::array<std::size_t, 4> four = {5, 8, 12, 20};
    const auto lengths = options.match_models == 2 ? std::span<const std::size_t>(two) : four;
    for (const std::size_t length : lengths) matches_.emplace_back(length, options.log2_matches);
    // A bit history means what its counts say, until it was seen to mean something else.
    for (std::size_t i = 0; i < refined_at; ++i) {
      const auto& state = histories.state[i % 256];
      const Adaptive known(static_cast<std::uint32_t>((state.n1 * 2 + 1) * 65536 / (2 * state.total() + 2)), 6);
      counters_[i] = known.raw();
      for (std::size_t j = 0; j < classes; ++j) counters_[refined_at + i * classes + j] = known.raw();
    }
    // Who comes from outside is trusted from the start.
    for (std::size_t i = 0; i < others_.size(); ++i) mixers_.preset(others_at() + i, weight_one / 3);
    find_contexts(text_);
    find_lines(0);
    find_slots();
    set_rates();
    predict();
  }

  /// From here on copies share the text so far.
  void freeze() { history_.freeze(); }

  /// Of 2^16, in 1 .. 65535, that the next bit is 1.
  std::uint32_t p1() const { return probability_; }

  /// What others predict for the next bit, stretched: once for every bit, in front of p1 and push, where there are
  /// others.
  void expect(std::span<const int> others) {
    for (std::size_t i = 0; i < others_.size(); ++i)
      others_[i] = std::clamp(others[i], -mixing::stretch_limit, mixing::stretch_limit);
    predict();
  }

  void push(bool bit) {
    const bool ends_nibble = (bit_position_ & 3) == 3;
    if (ends_nibble && bit != foreseen_) foresee(bit);
    learn(bit);
    partial_ = partial_ * 2 + bit;
    ++bit_position_;
    if (ends_nibble) {
      // The mixers would learn later, but there is time while the next lines come from memory.
      learn_mixers(inputs_[now_]);
      nibble_.store(table_, slots());
      if (bit_position_ == 8) start_byte();
      find_slots();
    }
    if (others_.empty()) predict();
  }
  /// How far the byte under way has come.
  int bits() const { return bit_position_; }

 private:
  static constexpr std::size_t most_contexts = mixing::Nibble::contexts, vectors = most_contexts / 8;
  static constexpr std::size_t classes = 16;  // of what bit histories say
  static constexpr std::size_t refined_at = most_contexts * 256, means_at = refined_at * (1 + classes);  // in counters_
  static constexpr std::size_t small_tables = 5;                                                         // of 2^16
  static constexpr int classes_of_others = 32, log2_refined = 14;

  static std::vector<std::uint32_t> sets_of(const Options& options) {
    std::vector<std::uint32_t> sets = {4096, 2048, 8 * (most_contexts + 1), 4096, 1024};
    if (options.others > 0) sets.push_back(8 * classes_of_others);
    return sets;
  }
  static std::size_t inputs_of(const Options& options) { return 16 * (vectors + 1 + options.wide) + options.others; }
  std::size_t small_tables_at() const { return means_at + 16 * means_lines_; }
  // Where the inputs begin that few models have.
  static constexpr std::size_t wide_at = 16 * (vectors + 1);
  std::size_t others_at() const { return wide_at + 16 * table_.wide(); }
  std::span<const std::size_t> slots() const { return std::span(slots_).first(contexts_); }
  static std::uint32_t hashed(std::uint32_t x, int bits) { return x * 0x9e3779b1u >> (32 - bits); }

  // What is needed behind this bit, the last of its nibble, is fetched from memory while nobody waits for it.
  void foresee(bool bit) {
    foreseen_ = bit;
    const std::uint32_t partial = partial_ * 2 + bit;
    if (bit_position_ == 3) return find_lines(partial);
    const auto byte = static_cast<std::uint8_t>(partial);
    next_text_ = text_;
    next_text_.append(byte);
    find_contexts(next_text_);
    find_lines(0);
    for (const auto& match : matches_) match.prefetch(byte);
  }

  void start_byte() {
    history_.push_back(static_cast<std::uint8_t>(partial_));
    text_ = next_text_;
    partial_ = 1;
    bit_position_ = 0;
    if (table_.crowded()) table_.grow();
    for (auto& match : matches_) match.find(history_);
    set_rates();
  }

  // Large steps at first, and small ones after a long text.
  void set_rates() {
    const std::uint64_t bits = 8 * history_.size();
    const auto fading = [&](std::uint64_t scale, std::uint64_t half_life) {
      return static_cast<int>(scale * half_life / (bits + half_life));
    };
    rate_ = 40 + fading(80, std::uint64_t{1} << 23) + fading(2500, 4096);
    final_rate_ = 10 + fading(30, std::uint64_t{1} << 23) + fading(500, 8192);
  }

  void find_contexts(const mixing::TextState& text) {
    using mixing::hash_of;
    contexts_ = 0;
    const std::uint64_t last = text.last, word = text.word, pair = hash_of(word, text.words[0]);
    const auto add = [&](std::uint64_t context) {
      hashes_[contexts_] = hash_of(context, contexts_);
      ++contexts_;
    };
    // Each is also judged by what its predecessor says: longer ones follow shorter ones.
    for (std::size_t n = 2; n <= 6; ++n) add(text.order(n));
    if (long_orders_)
      for (const std::size_t n : {8, 11, 16, 24}) add(text.order(n));
    averaged_contexts_ = {2, contexts_};  // order 4 and the word
    add(hash_of(word, last & 0xff));
    add(hash_of(pair, text.gap));
    add(hash_of(word, text.words[1]));
    if (long_orders_) add(hash_of(hash_of(pair, text.words[1]), text.words[2]));
    add(hash_of(text.shape & 0xffffff, last & 0xff));
    add(hash_of(word, text.shape & 0xfff));
    if (few_contexts_) return;
    add(hash_of(text.words[0], last & 0xff));
    if (long_orders_) return;
    add(hash_of(pair, text.words[1]));
    add(text.shape & 0x3fffffff);
    add(last & 0xe0e0e0ffff);
  }

  // Where all contexts have their lines for a nibble.
  void find_lines(std::uint64_t nibble) {
    for (std::size_t i = 0; i < contexts_; ++i) {
      std::uint64_t hash = (hashes_[i] + nibble * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
      hash ^= hash >> 31;
      nibble_hashes_[i] = hash;
      table_.prefetch(hash);
    }
    for (std::size_t i = 0; i < averaged; ++i) {
      const std::uint64_t hash = nibble_hashes_[averaged_contexts_[i]];
      next_means_[i] = means_at + 16 * ((hash >> 32) * means_lines_ >> 32);
      __builtin_prefetch(&counters_[next_means_[i]]);
    }
  }
  void find_slots() {
    nibble_.find(table_, std::span(nibble_hashes_).first(contexts_), slots_.data());
    if (table_.wide())
      for (const std::size_t slot : slots()) table_.prefetch_means(slot);
    means_ = next_means_;
  }

  void predict() {
    using namespace mixing;
    const auto last = static_cast<std::uint32_t>(text_.last), position = static_cast<std::uint32_t>(bit_position_);
    const std::uint32_t order1 = hashed((last & 0xff) << 8 | partial_, log2_refined);
    const std::uint32_t order3 = hashed((last & 0xffffff) * 0x2f0b4c47u + partial_, log2_refined);
    by_order1_.prefetch(order1);
    by_order3_.prefetch(order3);
    // What is found in tables takes long to come: meanwhile the mixers learn the last bit.
    const Asked asked = ask_contexts();
    learn_mixers(inputs_[now_]);
    now_ ^= 1;
    set_inputs(inputs_[now_], asked);
    const std::uint32_t length = std::min(text_.word_length, 15u), shape = text_.shape;
    const int other = others_.empty() ? 0 : others_[0];
    const Mixers::Sets sets = {
        hashed(last & 0xffff, 12),
        (known_ & 255) * 8 + position,
        static_cast<std::uint32_t>(std::popcount(known_)) * 8 + position,
        shape & 4095,
        (length * 8 + (shape & 7)) * 8 + position,
        static_cast<std::uint32_t>((other + stretch_limit) * classes_of_others / (2 * stretch_limit + 1)) * 8 +
            position};
    const int mixed = final_.mix(mixers_.mix(inputs_[now_], sets), (shape & 63) * 256 + partial_);
    const int a = by_order1_.refine(mixed, order1), b = by_order3_.refine(mixed, order3);
    probability_ = static_cast<std::uint32_t>(std::clamp((2 * final_.p() + a + b + 2) / 4, 1, 65535));
  }

  // Of eight contexts each: what their histories mean, and where they mean it together with what the context before
  // says.
  struct Asked final {
    __m256i direct[vectors], refined_at[vectors];
  };
  Asked ask_contexts() {
    const int in_nibble = bit_position_ & 3;
    node_ = (partial_ & ((1u << in_nibble) - 1)) | 1u << in_nibble;
    const __m128i histories = nibble_.row(node_);
    const auto unknown = _mm_movemask_epi8(_mm_cmpeq_epi8(histories, _mm_setzero_si128()));
    known_ = 0xffff & ~static_cast<std::uint32_t>(unknown);
    // Most of those that know anything are right about the next bit; the upper half of the classes says 1.
    if (in_nibble == 3) {
      const auto ones = static_cast<std::uint32_t>(_mm_movemask_epi8(histories));
      foresee(2 * std::popcount(ones) > std::popcount(known_));
    }
    // What the last context before each says that knows anything, as a class.
    __m128i before = _mm_and_si128(_mm_srli_epi16(_mm_slli_si128(histories, 1), 4), _mm_set1_epi8(15));
    before = filled<1>(before);
    before = filled<2>(before);
    before = filled<4>(before);
    before = filled<8>(before);
    Asked asked;
    for (std::size_t i = 0; i < vectors; ++i) {
      const __m256i first = _mm256_setr_epi32(0, 256, 512, 768, 1024, 1280, 1536, 1792);
      const __m256i lanes = _mm256_add_epi32(first, _mm256_set1_epi32(static_cast<int>(2048 * i)));
      const __m256i at = _mm256_add_epi32(eight(histories, i), lanes);
      asked.direct[i] = look(at, 2 * i);
      const __m256i rows = _mm256_add_epi32(_mm256_slli_epi32(at, 4), _mm256_set1_epi32(refined_at));
      asked.refined_at[i] = _mm256_add_epi32(rows, eight(before, i));
    }
    return asked;
  }

  void set_inputs(mixing::Inputs& inputs, const Asked& asked) {
    using namespace mixing;
    for (std::size_t i = 0; i < vectors; ++i) {
      // What nothing is known of says nothing.
      const __m256i unknown = _mm256_cmpeq_epi32(eight(nibble_.row(node_), i), _mm256_setzero_si256());
      const __m256i refined = _mm256_andnot_si256(unknown, stretch(look(asked.refined_at[i], 2 * i + 1)));
      inputs.set_block(i, stretch(asked.direct[i]), refined);
    }
    if (table_.wide())
      for (std::size_t i = 0; i < contexts_; ++i) {
        const int p = std::max(table_.means(slots_[i])[node_] + 32768, 1);
        inputs.set(wide_at + i, known_ >> i & 1 ? stretch(p) : 0);
      }
    for (std::size_t i = 0; i < others_.size(); ++i) inputs.set(others_at() + i, others_[i]);
    // The rest: means in contexts of their own, a bias, and what the matches say.
    const auto last = static_cast<std::uint32_t>(text_.last);
    const auto found = std::ranges::find_if(matches_, [](const MatchModel& match) { return match.found(); });
    const std::uint32_t expected = found == matches_.end() ? 0 : found->expected();
    const auto mean = [&](std::size_t i) { return static_cast<int>(means_[i] + node_); };
    const auto small = [&](std::size_t table, std::uint32_t context) {
      return static_cast<int>(small_tables_at() + (table << 16 | context));
    };
    const __m256i at = _mm256_setr_epi32(mean(0), mean(1), small(0, partial_), small(1, (last & 0xff) << 8 | partial_),
                                         small(2, (text_.shape & 0xff) << 8 | partial_),
                                         small(3, hashed((last & 0xffff) * 0x2f0b4c47u + partial_, 16)),
                                         small(4, expected << 8 | partial_), small(0, 0));
    const __m256i means = _mm256_blend_epi32(stretch(look(at, 2 * vectors)), _mm256_set1_epi32(256), 0x80);
    const auto match = [&](std::size_t i) {
      return static_cast<int>(i < matches_.size() ? matches_[i].inputs(bit_position_) : 0);
    };
    inputs.set_block(vectors, means, _mm256_cvtepi16_epi32(_mm_setr_epi32(match(0), match(1), match(2), match(3))));
  }
  // Bytes that are zero become what stood so many bytes before.
  template <int distance>
  static __m128i filled(__m128i x) {
    return _mm_or_si128(x, _mm_and_si128(_mm_slli_si128(x, distance), _mm_cmpeq_epi8(x, _mm_setzero_si128())));
  }
  // The first or the last eight bytes, in 32 bits each.
  static __m256i eight(__m128i bytes, std::size_t half) {
    return _mm256_cvtepu8_epi32(half == 0 ? bytes : _mm_srli_si128(bytes, 8));
  }
  // Eight counters. What learning them needs is kept.
  __m256i look(__m256i at, std::size_t vector) {
    const __m256i found = _mm256_i32gather_epi32(&counters_[0], at, 4);
    _mm256_store_si256(&looked_[vector].at, at);
    _mm256_store_si256(&looked_[vector].found, found);
    _mm256_store_si256(&looked_[vector].steps, mixing::steps(found));
    return found;
  }

  void learn(bool bit) {
    using namespace mixing;
    const __m128i row = nibble_.row(node_);
    if (table_.wide())
      for (std::size_t i = 0; i < contexts_; ++i) {
        std::int16_t& mean = table_.means(slots_[i])[node_];
        const int error = (bit ? 32767 : -32768) - mean;
        const auto seen = static_cast<std::size_t>(histories.total[nibble_.history(node_, i)]);
        mean = static_cast<std::int16_t>(mean + error * (reciprocals[seen] / 2) / 32768);
      }
    __m256i next[vectors];
    for (std::size_t i = 0; i < vectors; ++i) {
      const __m256i history = eight(row, i), unknown = _mm256_cmpeq_epi32(history, _mm256_setzero_si256());
      learn_eight(2 * i, bit, unknown);
      learn_eight(2 * i + 1, bit, unknown);
      const __m256i either = _mm256_i32gather_epi32(histories.next.data(), history, 4);
      next[i] = _mm256_and_si256(_mm256_srl_epi32(either, _mm_cvtsi32_si128(8 * bit)), _mm256_set1_epi32(255));
    }
    nibble_.set_row(node_, next[0], next[1]);
    learn_eight(2 * vectors, bit, _mm256_setzero_si256());
    for (auto& match : matches_) match.update(bit, bit_position_);
    unlearned_ = true;
    last_bit_ = bit;
  }
  // What a history means of which nothing is known stays at 1/2.
  void learn_eight(std::size_t vector, bool bit, __m256i unknown) {
    const Looked& looked = looked_[vector];
    alignas(32) std::array<std::int32_t, 8> at, values;
    const __m256i moved = mixing::moved(looked.found, looked.steps, bit);
    _mm256_store_si256(reinterpret_cast<__m256i*>(at.data()), looked.at);
    _mm256_store_si256(reinterpret_cast<__m256i*>(values.data()), _mm256_blendv_epi8(moved, looked.found, unknown));
    for (std::size_t i = 0; i < 8; ++i) counters_[static_cast<std::size_t>(at[i])] = values[i];
  }
  void learn_mixers(const mixing::Inputs& inputs) {
    if (!unlearned_) return;
    unlearned_ = false;
    mixers_.update(inputs, last_bit_, rate_);
    final_.update(last_bit_, final_rate_);
    by_order1_.update(last_bit_);
    by_order3_.update(last_bit_);
  }

  bool long_orders_, few_contexts_;
  mixing::SlotTable table_;
  std::vector<mixing::MatchModel> matches_;
  mixing::History history_;
  mixing::TextState text_, next_text_;  // so far, and behind the byte that is foreseen
  std::size_t contexts_ = 0;
  std::array<std::uint64_t, most_contexts> hashes_{}, nibble_hashes_{};  // of the contexts, and with the next nibble
  std::array<std::size_t, most_contexts> slots_{};                       // theirs for this nibble
  mixing::Nibble nibble_;
  std::uint32_t node_ = 1;   // of this nibble's decisions
  std::uint32_t known_ = 0;  // a bit for each context that knows something of this decision

  // Means of what happened in the contexts of low order, one line for a nibble and without a check: frequent contexts
  // all look the same to a bit history that is full.
  std::size_t means_lines_;
  std::array<std::size_t, averaged> averaged_contexts_{}, means_{}, next_means_{};
  // Probabilities that learn. Of each context, what its bit history means, alone and together with what the context
  // before it says; these means; and tables by very small contexts.
  mixing::Pages<std::int32_t> counters_;
  struct Looked final {
    __m256i at, found, steps;
  };
  std::array<Looked, 2 * vectors + 1> looked_{};  // for this bit

  std::vector<int> others_;
  std::array<mixing::Inputs, 2> inputs_;  // of this bit and the last one, or the other way around
  std::size_t now_ = 0;
  mixing::Mixers mixers_;
  mixing::FinalMixer final_;
  mixing::Apm by_order1_, by_order3_;
  bool unlearned_ = false, last_bit_ = false;  // the mixers have not yet seen the last bit

  std::uint32_t partial_ = 1;  // the bits of this byte behind a 1
  int bit_position_ = 0;
  bool foreseen_ = false;
  int rate_ = 0, final_rate_ = 0;
  std::uint32_t probability_ = 32768;
};

}  // namespace tandem::models
