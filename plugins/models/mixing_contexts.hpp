#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "mixing_memory.hpp"
#include "mixing_numbers.hpp"
#include "mixing_weights.hpp"

namespace tandem::models::mixing {

/// Slots for contexts: a check byte and the bit histories of the 15 decisions of a nibble, four slots to a cache line.
/// A wide table also keeps a probability for each decision: it costs three times the memory and tells frequent
/// contexts apart, which all look the same to a bit history that is full.
class SlotTable final {
 public:
  /// At most `limit` bytes of bit histories.
  SlotTable(std::size_t limit, bool wide, bool grows) {
    // By halves from the limit to the first size, in whole lines.
    std::size_t lines = std::max<std::size_t>(limit >> 6, 1);
    while (grows && lines << 6 > first_size) lines /= 2, ++doublings_;
    histories_ = Pages<std::uint8_t>(lines << 6);
    if (wide) means_ = Pages<std::int16_t>(lines << 6);
  }


  bool wide() const { return means_.size() > 0; }
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&histories_[line(hash)]); }
  /// The slot of a context; a new one takes the place of the least seen of its cache line.
  std::uint32_t find(std::uint64_t hash) {
    const std::size_t at = line(hash);
    std::uint8_t* const slots = &histories_[at];
    const auto check = static_cast<std::uint8_t>(hash >> 56);
    std::size_t victim = 0;
    int least = 1 << 30;
    for (std::size_t i = 0; i < 4; ++i) {
      if (slots[i * 16] == check) return static_cast<std::uint32_t>((at >> 4) + i);
      const int seen = histories.state[slots[i * 16 + 1]].total();
      if (seen < least) least = seen, victim = i;
    }
    ++inserted_;
    std::memset(slots + victim * 16, 0, 16);
    slots[victim * 16] = check;
    if (wide()) std::memset(&means_[at + victim * 16], 0, 16 * sizeof(std::int16_t));
    return static_cast<std::uint32_t>((at >> 4) + victim);
  }
  std::uint8_t* history(std::uint32_t slot) { return &histories_[std::size_t{slot} * 16]; }
  /// Probabilities less 1/2, of 2^16; only in a wide table.
  std::int16_t* means(std::uint32_t slot) { return &means_[std::size_t{slot} * 16]; }
  void prefetch_means(std::uint32_t slot) const { __builtin_prefetch(&means_[std::size_t{slot} * 16]); }

  /// Doubles the table when it is a sixteenth full, so that a short stream pays for what it uses. Line i becomes line
  /// 2i or 2i + 1 by a further bit of the hash, which its slots have not kept: both get a copy, and what is never found
  /// again is replaced in time. Invalidates the slots found before.
  void grow_if_crowded() {
    if (doublings_ == 0 || inserted_ * 16 * 16 <= histories_.size()) return;
    --doublings_;
    double_lines(histories_);
    if (wide()) double_lines(means_);
  }

 private:
  static constexpr std::size_t first_size = std::size_t{4} << 20;
  template <class T>
  static void double_lines(Pages<T>& lines) {
    Pages<T> doubled(lines.size() * 2);
    for (std::size_t i = 0; i < doubled.size(); i += 64) std::memcpy(&doubled[i], &lines[i / 128 * 64], 64 * sizeof(T));
    lines = std::move(doubled);
  }
  // Where the line of a hash begins: its lower half as a fraction of the table.
  std::size_t line(std::uint64_t hash) const { return (hash & 0xffffffff) * (histories_.size() >> 6) >> 32 << 6; }

  int doublings_ = 0;
  std::size_t inserted_ = 0;
  Pages<std::uint8_t> histories_;
  Pages<std::int16_t> means_;
};

inline std::uint64_t hash_of(std::uint64_t a, std::uint64_t b) {
  std::uint64_t h = (a + 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
  h ^= h >> 32;
  h = (h + b) * 0xa0761d6478bd642fu;
  return h ^ h >> 29;
}

/// Predicts what followed the last place where the last `minimum` bytes stood.
class MatchModel final {
 public:
  MatchModel(std::size_t minimum, int log2_entries)
      : minimum_(minimum), shift_(64 - log2_entries), index_(std::size_t{1} << log2_entries) {
    for (std::size_t i = 0; i < trust_.size(); ++i)
      trust_[i] = Adaptive(65535 - 32768 / static_cast<std::uint32_t>(i + 2), 2);
  }
  /// Behind a byte: follows the match or looks for a new one.
  void find(const History& history) {
    if (length_ > 0) {
      ++length_;
      ++next_;
    }
    if (history.size() < minimum_) return;
    std::uint64_t hash = 0;
    for (std::size_t i = history.size() - minimum_; i < history.size(); ++i)
      hash = (hash + history[i] + 1) * 0x9e3779b97f4a7c15u;
    std::uint32_t& entry = index_[(hash ^ hash >> 29) * 0xa0761d6478bd642fu >> shift_];
    if (length_ == 0 && entry > 0) {
      next_ = entry;
      while (length_ < longest && length_ < next_ &&
             history[next_ - 1 - length_] == history[history.size() - 1 - length_])
        ++length_;
      if (length_ < minimum_) length_ = 0;
    }
    entry = static_cast<std::uint32_t>(history.size());
    if (length_ > 0) expected_ = history[next_];
    bucket_ = length_ < 16 ? length_ : length_ < 32 ? 12 + length_ / 4 : std::min<std::size_t>(18 + length_ / 16, 31);
  }
  void add_inputs(Inputs& inputs, int bit_position) const {
    if (length_ == 0) {
      inputs.add(0);
      inputs.add(0);
      return;
    }
    const int p = trust_[bucket_].p(), sign = expected_bit(bit_position) ? 1 : -1;
    inputs.add(sign * stretch(p));
    inputs.add(sign * (p - 32768) >> 6);
  }
  void update(int bit, int bit_position) {
    if (length_ == 0) return;
    const bool right = expected_bit(bit_position) == bit;
    trust_[bucket_].update(right, 1023);
    if (!right) length_ = 0;
  }
  bool found() const { return length_ > 0; }
  std::uint32_t expected() const { return expected_; }

 private:
  static constexpr std::size_t longest = 400;
  int expected_bit(int bit_position) const { return expected_ >> (7 - bit_position) & 1; }
  std::size_t minimum_;
  int shift_;
  Pages<std::uint32_t> index_;
  std::array<Adaptive, 32> trust_;
  std::size_t next_ = 0, length_ = 0, bucket_ = 0;
  std::uint8_t expected_ = 0;
};

/// What the text so far says about the next byte, as numbers: the raw material of contexts.
class TextState final {
 public:
  void append(std::uint8_t c) {
    history.push_back(c);
    last = last << 8 | c;
    shape = shape << 3 | char_class(c);
    const bool upper = c >= 'A' && c <= 'Z';
    const std::uint64_t letter = upper ? c + 32u : c;
    // Bytes above 127 are parts of letters in UTF-8.
    if ((letter >= 'a' && letter <= 'z') || letter >= 128) {
      word = (word + letter + 1) * 0x9e3779b97f4a7c15u;
      word ^= word >> 31;
      ++word_length;
      return;
    }
    if (word_length > 0) {
      words = {word, words[0], words[1]};
      word = gap = 0;
      word_length = 0;
    }
    gap = gap * 271 + letter + 1;
  }
  /// Hash of the last n bytes.
  std::uint64_t order(std::size_t n) const {
    if (n < 8) return last & ((std::uint64_t{1} << 8 * n) - 1);
    std::uint64_t hash = last;
    for (std::size_t i = 9; i <= n && i <= history.size(); ++i) hash = hash_of(hash, history[history.size() - i]);
    return hash;
  }

  History history;
  std::uint64_t last = 0;                // the last 8 bytes, the newest lowest
  std::uint64_t word = 0;                // hash of the word under way, in lower case; 0 between words
  std::array<std::uint64_t, 3> words{};  // of the words before it, the newest first
  std::uint64_t gap = 0;                 // what stood between the last word and this one
  std::uint32_t shape = 0;               // classes of the last 10 bytes
  std::uint32_t word_length = 0;

 private:
  static std::uint32_t char_class(std::uint8_t c) {
    if (c >= 'a' && c <= 'z') return 0;
    if (c >= 'A' && c <= 'Z') return 1;
    if (c >= '0' && c <= '9') return 2;
    if (c == ' ') return 3;
    if (c == '\n' || c == '\r') return 4;
    if (c >= 128) return 5;
    return c == '.' || c == ',' || c == ';' || c == ':' || c == '!' || c == '?' ? 6 : 7;
  }
};

}  // namespace tandem::models::mixing
