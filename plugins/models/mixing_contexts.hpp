#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
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
  struct Found final {
    std::size_t slot;  // where it begins
    __m128i content;
  };
  /// The slot of a context; a new one takes the place of the least seen of its cache line. It is in the table when it
  /// is stored.
  Found find(std::uint64_t hash) {
    const std::size_t at = line(hash);
    const auto check = static_cast<int>(hash >> 56);
    // Without branches, which nothing predicts. Of each slot the check byte and the first history, then how much this
    // one has seen: the least of these wins, a right check is less than all.
    const __m128i slots = _mm_setr_epi32(first_four(at), first_four(at + 16), first_four(at + 32), first_four(at + 48));
    const __m128i right = _mm_cmpeq_epi32(_mm_and_si128(slots, _mm_set1_epi32(255)), _mm_set1_epi32(check));
    const __m128i seen =
        _mm_i32gather_epi32(histories.total.data(), _mm_and_si128(_mm_srli_epi32(slots, 8), _mm_set1_epi32(255)), 4);
    const __m128i rank = _mm_andnot_si128(right, _mm_add_epi32(seen, _mm_set1_epi32(1)));
    const auto least =
        static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_minpos_epu16(_mm_packs_epi32(rank, _mm_set1_epi32(32767)))));
    const std::size_t slot = at + (least >> 16) * 16;
    const bool found = (least & 0xffff) == 0;
    inserted_ += !found;
    if (wide() && !found) std::memset(&means_[slot], 0, 16 * sizeof(std::int16_t));
    const __m128i kept = _mm_load_si128(reinterpret_cast<const __m128i*>(&histories_[slot]));
    const __m128i mask = _mm_set1_epi32(-static_cast<int>(found));
    return {slot, _mm_blendv_epi8(_mm_cvtsi32_si128(check), kept, mask)};
  }
  void store(std::size_t slot, __m128i content) {
    _mm_store_si128(reinterpret_cast<__m128i*>(&histories_[slot]), content);
  }
  /// Probabilities less 1/2, of 2^16; only in a wide table.
  std::int16_t* means(std::size_t slot) { return &means_[slot]; }
  void prefetch_means(std::size_t slot) const { __builtin_prefetch(&means_[slot]); }

  bool crowded() const { return doublings_ > 0 && inserted_ * 16 * 16 > histories_.size(); }
  /// Doubles the table when it is a sixteenth full, so that a short stream pays for what it uses. Line i becomes line
  /// 2i or 2i + 1 by a further bit of the hash, which its slots have not kept: both get a copy, and what is never found
  /// again is replaced in time. Invalidates the slots found before.
  void grow() {
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
  int first_four(std::size_t slot) const {
    int four;
    std::memcpy(&four, &histories_[slot], 4);
    return four;
  }
  // Where the line of a hash begins: its lower half as a fraction of the table.
  std::size_t line(std::uint64_t hash) const { return (hash & 0xffffffff) * (histories_.size() >> 6) >> 32 << 6; }

  int doublings_ = 0;
  std::size_t inserted_ = 0;
  Pages<std::uint8_t> histories_;
  Pages<std::int16_t> means_;
};

/// The bit histories of a nibble's decisions in up to 16 contexts, a row for each decision: one load gives what all
/// contexts know of it. They are taken from the slots and brought back.
class Nibble final {
 public:
  static constexpr std::size_t contexts = 16;
  /// What the contexts know of a decision, 1 .. 15.
  __m128i row(std::size_t decision) const {
    return _mm_load_si128(reinterpret_cast<const __m128i*>(&histories_[decision * contexts]));
  }
  std::uint8_t history(std::size_t decision, std::size_t context) const {
    return histories_[decision * contexts + context];
  }
  /// From 32 bits each, the first eight and the last.
  void set_row(std::size_t decision, __m256i first, __m256i last) {
    const __m256i mixed = _mm256_permute4x64_epi64(_mm256_packus_epi32(first, last), 0xd8);
    const __m128i packed = _mm_packus_epi16(_mm256_castsi256_si128(mixed), _mm256_extracti128_si256(mixed, 1));
    _mm_store_si128(reinterpret_cast<__m128i*>(&histories_[decision * contexts]), packed);
  }
  void find(SlotTable& table, std::span<const std::uint64_t> hashes, std::size_t* slots) {
    alignas(32) std::array<std::uint8_t, 16 * contexts> columns{};
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      const auto found = table.find(hashes[i]);
      slots[i] = found.slot;
      _mm_store_si128(reinterpret_cast<__m128i*>(&columns[16 * i]), found.content);
    }
    transpose(columns.data(), histories_.data());
  }
  void store(SlotTable& table, std::span<const std::size_t> slots) const {
    alignas(32) std::array<std::uint8_t, 16 * contexts> columns;
    transpose(histories_.data(), columns.data());
    for (std::size_t i = 0; i < slots.size(); ++i)
      table.store(slots[i], _mm_load_si128(reinterpret_cast<const __m128i*>(&columns[16 * i])));
  }

 private:
  // Of 16 rows of 16 bytes; the upper eight rows stay in the upper halves up to the last step.
  static void transpose(const std::uint8_t* from, std::uint8_t* to) {
    const auto* rows = reinterpret_cast<const __m128i*>(from);
    __m256i a[8], b[8];
    for (int i = 0; i < 8; ++i)
      a[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_load_si128(rows + i)), _mm_load_si128(rows + i + 8), 1);
    // Three perfect shuffles of eight rows: each moves a bit of the row's number to the byte's.
    shuffle(a, b);
    shuffle(b, a);
    shuffle(a, b);
    for (int i = 0; i < 8; ++i)
      _mm256_store_si256(reinterpret_cast<__m256i*>(to) + i, _mm256_permute4x64_epi64(b[i], 0xd8));
  }
  static void shuffle(const __m256i* from, __m256i* to) {
    for (int i = 0; i < 4; ++i) {
      to[2 * i] = _mm256_unpacklo_epi8(from[i], from[i + 4]);
      to[2 * i + 1] = _mm256_unpackhi_epi8(from[i], from[i + 4]);
    }
  }
  alignas(32) std::array<std::uint8_t, 16 * contexts> histories_{};
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
      : minimum_(minimum),
        forget_(static_cast<int>(64 / minimum + 1)),
        shift_(64 - log2_entries),
        index_(std::size_t{1} << log2_entries) {
    for (std::size_t i = 0; i < trust_.size(); ++i)
      trust_[i] = Adaptive(65535 - 32768 / static_cast<std::uint32_t>(i + 2), 2);
  }
  /// Fetches what `find` needs if this is the next byte.
  void prefetch(std::uint8_t byte) const { __builtin_prefetch(&index_[entry_of(hash_behind(byte))]); }
  /// Behind a byte: follows the match or looks for a new one.
  void find(const History& history) {
    hash_ = hash_behind(history[history.size() - 1]);
    if (length_ > 0) {
      ++length_;
      ++next_;
    }
    if (history.size() < minimum_) return;
    std::uint32_t& entry = index_[entry_of(hash_)];
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
  /// What it says of the next bit: stretched, and plainly in the upper half.
  std::uint32_t inputs(int bit_position) const {
    if (length_ == 0) return 0;
    const int p = trust_[bucket_].p(), sign = expected_bit(bit_position) ? 1 : -1;
    return static_cast<std::uint32_t>((sign * stretch(p)) & 0xffff) |
           static_cast<std::uint32_t>(sign * (p - 32768) >> 6) << 16;
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
  // Of about `minimum` bytes: what came before is shifted out.
  std::uint64_t hash_behind(std::uint8_t byte) const { return ((hash_ + byte + 1) * 0x9e3779b97f4a7c15u) << forget_; }
  std::size_t entry_of(std::uint64_t hash) const { return (hash * 0xa0761d6478bd642fu) >> shift_; }
  std::size_t minimum_;
  int forget_, shift_;
  std::uint64_t hash_ = 0;
  Pages<std::uint32_t> index_;
  std::array<Adaptive, 32> trust_;
  std::size_t next_ = 0, length_ = 0, bucket_ = 0;
  std::uint8_t expected_ = 0;
};

/// What the text so far says about the next byte, as numbers: the raw material of contexts.
class TextState final {
 public:
  void append(std::uint8_t c) {
    older[1] = older[1] << 8 | older[0] >> 56;
    older[0] = older[0] << 8 | last >> 56;
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
  /// The last n bytes, at most 24, or a hash of them.
  std::uint64_t order(std::size_t n) const {
    if (n <= 8) return of_lowest(last, n);
    if (n <= 16) return hash_of(last, of_lowest(older[0], n - 8));
    return hash_of(hash_of(last, older[0]), of_lowest(older[1], n - 16));
  }

  std::uint64_t last = 0;                // the last 8 bytes, the newest lowest
  std::array<std::uint64_t, 2> older{};  // the 16 before them
  std::uint64_t word = 0;                // hash of the word under way, in lower case; 0 between words
  std::array<std::uint64_t, 3> words{};  // of the words before it, the newest first
  std::uint64_t gap = 0;                 // what stood between the last word and this one
  std::uint32_t shape = 0;               // classes of the last 10 bytes
  std::uint32_t word_length = 0;

 private:
  static std::uint64_t of_lowest(std::uint64_t bytes, std::size_t n) {
    return n == 8 ? bytes : bytes & ((std::uint64_t{1} << 8 * n) - 1);
  }
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
