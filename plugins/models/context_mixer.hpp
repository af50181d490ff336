#pragma once

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
  static constexpr std::size_t averaged = 5;  // contexts that also have a table of plain means

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
      constexpr std::size_t fixed = std::size_t{5} << 20, mega = std::size_t{1} << 20;
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
        means_((std::size_t{16} << options.log2_means) * averaged),
        order0_(256),
        order1_(65536),
        others_(options.others, 0),
        mixers_count_(5 + (options.others > 0)),
        final_(256, mixers_count_, mixing::weight_one / mixers_count_),
        by_order1_(65536),
        by_match_(256 * 9) {
    using namespace mixing;
    constexpr std::array<std::size_t, 2> two = {6, 12};
    constexpr std::array<std::size_t, 4> four = {5, 8, 12, 20};
    const auto lengths = options.match_models == 2 ? std::span<const std::size_t>(two) : four;
    for (const std::size_t length : lengths) matches_.emplace_back(length, options.log2_matches);
    start_byte();
    // A bit history means what its counts say, until it was seen to mean something else.
    by_history_ = Pages<Adaptive>(contexts_ * 256);
    by_lower_ = Pages<Adaptive>(by_history_.size() * lower_classes);
    for (std::size_t i = 0; i < by_history_.size(); ++i) {
      const auto& state = histories.state[i % 256];
      const Adaptive known(static_cast<std::uint32_t>((state.n1 * 2 + 1) * 65536 / (2 * state.total() + 2)), 6);
      by_history_[i] = known;
      for (std::size_t j = 0; j < lower_classes; ++j) by_lower_[i * lower_classes + j] = known;
    }
    const std::size_t inputs = others_.size() + contexts_ * (table_.wide() ? 3 : 2) + averaged + 2 * matches_.size() + 3;
    for (const int sets : {2048, 64, 256, 4096, 1024, 8 * classes_of_others}) {
      if (mixers_.size() == static_cast<std::size_t>(mixers_count_)) break;
      mixers_.emplace_back(sets, static_cast<int>(inputs), weight_one / 100 * (table_.wide() ? 7 : 10));
      // Who comes from outside is trusted from the start.
      for (std::size_t i = 0; i < others_.size(); ++i) mixers_.back().preset(i, weight_one / 3);
    }
    predict();
  }

  /// From here on copies share the text so far.
  void freeze() { text_.history.freeze(); }

  /// Of 2^16, in 1 .. 65535, that the next bit is 1.
  std::uint32_t p1() const { return probability_; }

  /// What others predict for the next bit, stretched: once for every bit, in front of p1 and push, where there are others.
  void expect(std::span<const int> others) {
    for (std::size_t i = 0; i < others_.size(); ++i) others_[i] = std::clamp(others[i], -mixing::stretch_limit, mixing::stretch_limit);
    predict();
  }

  void push(bool b) {
    const int bit = b;
    learn(bit);
    partial_ = partial_ * 2 + static_cast<std::uint32_t>(bit);
    ++bit_position_;
    if (bit_position_ == 8) {
      text_.append(static_cast<std::uint8_t>(partial_));
      partial_ = 1;
      bit_position_ = 0;
      start_byte();
    } else if (bit_position_ == 4) {
      look_up(partial_);
    }
    if (others_.empty()) predict();
  }
  /// How far the byte under way has come.
  int bits() const { return bit_position_; }

 private:
  static constexpr std::size_t most_contexts = 24;
  static constexpr int most_mixers = 6, classes_of_others = 32;
  static constexpr int lower_classes = 32, lower_width = 2 * mixing::stretch_limit / lower_classes + 1;

  void start_byte() {
    using mixing::hash_of;
    table_.grow_if_crowded();
    contexts_ = 0;
    const std::uint64_t last = text_.last, word = text_.word, pair = hash_of(word, text_.words[0]);
    const auto add = [&](std::uint64_t context) {
      hashes_[contexts_] = hash_of(context, contexts_);
      ++contexts_;
    };
    // Each is also judged by what its predecessor says: longer ones follow shorter ones.
    for (std::size_t n = 2; n <= 6; ++n) add(text_.order(n));
    if (long_orders_)
      for (const std::size_t n : {8, 11, 16, 24}) add(text_.order(n));
    averaged_contexts_ = {0, 1, 2, 3, contexts_};  // orders 2 .. 5 and the word
    add(hash_of(word, last & 0xff));
    add(hash_of(pair, text_.gap));
    add(hash_of(word, text_.words[1]));
    if (long_orders_) add(hash_of(hash_of(pair, text_.words[1]), text_.words[2]));
    add(hash_of(text_.shape & 0xffffff, last & 0xff));
    add(hash_of(word, text_.shape & 0xfff));
    if (!few_contexts_) {
      add(hash_of(pair, text_.words[1]));
      add(last & 0xffff00);
      add(text_.shape & 0x3fffffff);
      add(last & 0xe0e0e0ffff);
    }
    look_up(0);
    for (auto& match : matches_) match.find(text_.history);
  }

  // Finds the slots of all contexts for the next nibble.
  void look_up(std::uint64_t nibble) {
    std::array<std::uint64_t, most_contexts> hashes;
    for (std::size_t i = 0; i < contexts_; ++i) {
      std::uint64_t hash = (hashes_[i] + nibble * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
      hash ^= hash >> 31;
      hashes[i] = hash;
      table_.prefetch(hash);
    }
    for (std::size_t i = 0; i < averaged; ++i) {
      const std::size_t line = hashes[averaged_contexts_[i]] % (means_.size() / 16);
      means_at_[i] = 16 * line;
      __builtin_prefetch(&means_[means_at_[i]]);
    }
    for (std::size_t i = 0; i < contexts_; ++i) {
      slots_[i] = table_.find(hashes[i]);
      if (table_.wide()) table_.prefetch_means(slots_[i]);
    }
  }

  void predict() {
    using namespace mixing;
    add_inputs();
    const auto position = static_cast<std::uint32_t>(bit_position_);
    const auto last = static_cast<std::uint32_t>(text_.last);
    const int other = others_.empty() ? 0 : others_[0];
    const std::array<std::uint32_t, most_mixers> sets = {
        (last & 255) * 8 + position, std::min(known_orders_, 7u) * 8 + position, last >> 8 & 255, text_.shape & 4095,
        (std::min(text_.word_length, 15u) * 8 + (text_.shape & 7)) * 8 + position,
        static_cast<std::uint32_t>((other + stretch_limit) * classes_of_others / (2 * stretch_limit + 1)) * 8 + position};
    outputs_.clear();
    for (std::size_t i = 0; i < mixers_.size(); ++i) outputs_.add(mixers_[i].mix(inputs_, sets[i]));
    outputs_.pad();
    const int mixed = final_.mix(outputs_, partial_);
    const auto found = [](const MatchModel& match) { return match.found(); };
    const MatchModel& match = *std::find_if(matches_.begin(), matches_.end() - 1, found);
    const int a = by_order1_.refine(mixed, (last & 255) << 8 | partial_);
    const int b = by_match_.refine(mixed, match.found() ? 256 + match.expected() * 8 + position : partial_);
    probability_ = static_cast<std::uint32_t>(std::clamp((2 * squash(mixed) + a + b + 2) / 4, 1, 65535));
  }

  void add_inputs() {
    using namespace mixing;
    inputs_.clear();
    for (const int other : others_) inputs_.add(other);
    const int in_nibble = bit_position_ & 3;
    node_ = (partial_ & ((1u << in_nibble) - 1)) | 1u << in_nibble;
    known_orders_ = 0;
    int lower = 0;  // the last prediction of a context before
    for (std::size_t i = 0; i < contexts_; ++i) {
      const std::uint8_t history = table_.history(slots_[i])[node_];
      if (history == 0) {  // nothing known is nothing said
        inputs_.add(0);
        inputs_.add(0);
        if (table_.wide()) inputs_.add(0);
        refined_[i] = none;
        continue;
      }
      const std::size_t at = i * 256 + history;
      refined_[i] = static_cast<std::uint32_t>(at * lower_classes +
                                               static_cast<std::size_t>(lower + stretch_limit) / lower_width);
      const int direct = stretch(by_history_[at].p()), refined = stretch(by_lower_[refined_[i]].p());
      inputs_.add(direct);
      inputs_.add(refined);
      if (table_.wide()) inputs_.add(stretch(std::max(table_.means(slots_[i])[node_] + 32768, 1)));
      lower = (direct + refined) / 2;
      if (i < 5u + 4 * long_orders_) ++known_orders_;
    }
    for (std::size_t i = 0; i < averaged; ++i) inputs_.add(stretch(std::max(1, means_[means_at_[i] + node_].p())));
    for (const auto& match : matches_) match.add_inputs(inputs_, bit_position_);
    inputs_.add(stretch(order0_[partial_].p()));
    inputs_.add(stretch(order1_[(text_.last & 255) << 8 | partial_].p()));
    inputs_.add(256);  // a bias
    inputs_.pad();
  }

  void learn(int bit) {
    using namespace mixing;
    // Large steps at first, and small ones after a long text.
    ++bits_;
    const auto fading = [&](std::uint64_t scale, std::uint64_t half_life) {
      return static_cast<int>(scale * half_life / (bits_ + half_life));
    };
    const int rate = 40 + fading(80, std::uint64_t{1} << 23) + fading(2500, 4096);
    for (auto& mixer : mixers_) mixer.update(inputs_, bit, rate);
    final_.update(outputs_, bit, 10 + fading(30, std::uint64_t{1} << 23) + fading(500, 8192));
    by_order1_.update(bit);
    by_match_.update(bit);
    for (std::size_t i = 0; i < contexts_; ++i) {
      std::uint8_t& history = table_.history(slots_[i])[node_];
      const auto& state = histories.state[history];
      if (table_.wide()) {
        std::int16_t& mean = table_.means(slots_[i])[node_];
        const int error = (bit ? 32767 : -32768) - mean;
        const auto step = static_cast<int>(reciprocals[static_cast<std::size_t>(state.total())] / 2);
        mean = static_cast<std::int16_t>(mean + error * step / 32768);
      }
      if (refined_[i] != none) {
        by_history_[i * 256 + history].update(bit, 1023);
        by_lower_[refined_[i]].update(bit, 1023);
      }
      history = state.next[bit];
    }
    for (auto& match : matches_) match.update(bit, bit_position_);
    for (std::size_t i = 0; i < averaged; ++i) means_[means_at_[i] + node_].update(bit, 1023);
    order0_[partial_].update(bit, 255);
    order1_[(text_.last & 255) << 8 | partial_].update(bit, 255);
  }

  static constexpr std::uint32_t none = 0xffffffff;

  bool long_orders_, few_contexts_;
  mixing::SlotTable table_;
  std::vector<mixing::MatchModel> matches_;
  mixing::TextState text_;
  std::size_t contexts_ = 0;
  std::array<std::uint64_t, most_contexts> hashes_{};   // of the contexts
  std::array<std::uint32_t, most_contexts> slots_{};    // theirs for this nibble
  std::array<std::uint32_t, most_contexts> refined_{};  // indices into by_lower_
  std::uint32_t node_ = 1, known_orders_ = 0;

  // Of each context: what its bit history means, alone and together with what the context before it says.
  mixing::Pages<mixing::Adaptive> by_history_, by_lower_;
  // Means of what happened in the contexts of low order, one line for a nibble and without a check: frequent contexts
  // all look the same to a bit history that is full.
  std::array<std::size_t, averaged> averaged_contexts_{}, means_at_{};
  mixing::Pages<mixing::Adaptive> means_;
  mixing::Pages<mixing::Adaptive> order0_, order1_;
  std::vector<int> others_;
  int mixers_count_;
  mixing::Inputs inputs_, outputs_;
  std::vector<mixing::Mixer> mixers_;
  mixing::Mixer final_;
  mixing::Apm by_order1_, by_match_;

  std::uint32_t partial_ = 1;  // the bits of this byte behind a 1
  int bit_position_ = 0;
  std::uint64_t bits_ = 0;
  std::uint32_t probability_ = 32768;
};

}  // namespace tandem::models
