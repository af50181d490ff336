#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "unicode_classes.hpp"

namespace tandem::tokenizers {

/// What the cutting into pieces asks of a character: Unicode L*, N*, White_Space, or none of them.
enum class Kind : std::uint8_t { other, letter, number, blank, edge };

/// Where the text ends or a byte stands that belongs to no well-formed UTF-8 sequence, the kind is `edge`.
struct Character final {
  Kind kind;
  std::uint8_t length;  ///< bytes; 0 at the end of the text
};

template <std::size_t runs>
constexpr std::uint32_t extent(const std::uint16_t (&lengths)[runs]) {
  std::uint32_t sum = 0;
  for (const auto length : lengths) sum += length;
  return sum;
}

/// The kinds of the code points up to the last letter or number; all above are `other`.
class Kinds final {
 public:
  static const Kinds& get() {
    static const Kinds kinds;
    return kinds;
  }
  Kind operator[](std::uint32_t code) const { return code < size ? kinds_[code] : Kind::other; }

 private:
  static constexpr std::uint32_t size = std::max(extent(letter_runs), extent(number_runs));

  Kinds() : kinds_() {
    mark(letter_runs, Kind::letter);
    mark(number_runs, Kind::number);
    // PropList.txt, White_Space
    for (const std::uint32_t code : {0x20u, 0x85u, 0xA0u, 0x1680u, 0x2028u, 0x2029u, 0x202Fu, 0x205Fu, 0x3000u})
      kinds_[code] = Kind::blank;
    for (std::uint32_t code = 0x09; code <= 0x0D; ++code) kinds_[code] = Kind::blank;
    for (std::uint32_t code = 0x2000; code <= 0x200A; ++code) kinds_[code] = Kind::blank;
  }
  template <std::size_t runs>
  void mark(const std::uint16_t (&lengths)[runs], Kind kind) {
    std::uint32_t code = 0;
    bool inside = false;
    for (const auto length : lengths) {
      if (inside)
        for (std::uint32_t i = 0; i < length; ++i) kinds_[code + i] = kind;
      code += length;
      inside = !inside;
    }
  }

  std::array<Kind, size> kinds_;
};

/// Cuts a text into the pieces of GPT-2's pattern (Radford et al. 2019, openai/gpt-2 src/encoder.py)
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
/// A byte of no well-formed UTF-8 sequence (Unicode 14, table 3-7) is a piece of its own, and for the text before it
/// what the end of the text is. The pieces, joined, are the text.
class Pieces final {
 public:
  explicit Pieces(std::string_view text) : at_(text.data()), end_(at_ + text.size()), kinds_(Kinds::get()) {}

  bool done() const { return at_ == end_; }
  /// The next piece; call only while not done.
  std::string_view next() {
    const std::string_view piece(at_, length());
    at_ += piece.size();
    return piece;
  }
  /// Where the text ends: so far a piece's surroundings may be read.
  const char* end() const { return end_; }

 private:
  static std::uint8_t byte(const char* place) { return static_cast<std::uint8_t>(*place); }

  Character look(const char* place) const {
    if (place == end_) return {Kind::edge, 0};
    if (byte(place) < 0x80) return {kinds_[byte(place)], 1};
    return look_beyond_ascii(place);
  }
  Character look_beyond_ascii(const char* place) const {
    constexpr Character stray{Kind::edge, 1};
    const unsigned first = byte(place);
    const unsigned length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || end_ - place < static_cast<std::ptrdiff_t>(length)) return stray;
    std::uint32_t code = first & (0x7Fu >> length);
    for (unsigned i = 1; i < length; ++i) {
      if ((byte(place + i) & 0xC0u) != 0x80) return stray;
      code = code << 6 | (byte(place + i) & 0x3Fu);
    }
    const bool overlong = code < (length == 4 ? 0x10000u : length == 3 ? 0x800u : 0x80u);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return stray;
    return {kinds_[code], static_cast<std::uint8_t>(length)};
  }

  std::size_t length() const {
    if (*at_ == '\'')
      if (const std::size_t ending = english_ending()) return ending;
    const char* place = at_;
    Character character = look(place);
    if (*at_ == ' ') {
      const Character next = look(at_ + 1);
      if (next.kind == Kind::blank || next.kind == Kind::edge) return blanks();
      character = next;
      ++place;
    }
    if (character.kind == Kind::edge) return 1;
    if (character.kind == Kind::blank) return blanks();
    const Kind kind = character.kind;
    do {
      place += character.length;
      character = look(place);
    } while (character.kind == kind);
    return static_cast<std::size_t>(place - at_);
  }
  // 's 't 'm 'd 're 've 'll, or 0.
  std::size_t english_ending() const {
    const auto left = end_ - at_;
    if (left < 2) return 0;
    const char a = at_[1], b = left > 2 ? at_[2] : '\0';
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
    return (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l') ? 3 : 0;
  }
  // A run of white space leaves its last character to what follows, unless it has no other.
  std::size_t blanks() const {
    const char *place = at_, *last = at_;
    Character character = look(place);
    while (character.kind == Kind::blank) {
      last = place;
      place += character.length;
      character = look(place);
    }
    return static_cast<std::size_t>((character.kind == Kind::edge || last == at_ ? place : last) - at_);
  }

  const char *at_, *end_;
  const Kinds& kinds_;
};

}  // namespace tandem::tokenizers
