#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// For components that read texts.
namespace tandem {

/// What a byte counts as that belongs to no well-formed UTF-8 sequence: this plus the byte.
inline constexpr std::uint32_t stray_byte = 0x110000;

/// Takes the first code point off a text that is not empty (The Unicode Standard, table 3-7: no overlong forms, no
/// surrogates), or a stray byte.
inline std::uint32_t take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint32_t first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  std::uint32_t point = length < 2 ? first : first & (0x7Fu >> length);
  bool whole = length > 0 && length <= text.size();
  for (std::size_t i = 1; whole && i < length; ++i) {
    whole = (byte(i) & 0xC0) == 0x80;
    point = point << 6 | (byte(i) & 0x3Fu);
  }
  if (whole && length == 3) whole = point >= 0x800 && (point < 0xD800 || point > 0xDFFF);
  if (whole && length == 4) whole = point >= 0x10000 && point < stray_byte;
  text.remove_prefix(whole ? length : 1);
  return whole ? point : stray_byte + first;
}

/// The ASCII letter that is left of a Latin letter without its accents (The Unicode Standard, canonical decomposition),
/// or 0.
inline char without_accents(std::uint32_t point) {
  constexpr std::string_view from_c0 =
      "AAAAAA.CEEEEIIII.NOOOOO..UUUUY..aaaaaa.ceeeeiiii.nooooo..uuuuy.yAaAaAaCcCcCcCcDd..EeEeEeEeEeGgGgGgGgHh..IiIiIiIi"
      "I...JjKk.LlLlLl....NnNnNn...OoOoOo..RrRrRrSsSsSsSsTtTt..UuUuUuUuUuUuWwYyYZzZzZz................................."
      "Oo.............Uu............................AaIiOoUuUuUuUuUu.AaAa....GgKkOoOo..j...Gg..NnAa....AaAaEeEeIiIiOoOo"
      "RrRrUuUuSsTt..Hh......AaEeOoOoOoOoYy";
  constexpr std::string_view from_1e00 =
      "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSsSsSsSsTtTtTt"
      "TtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwy......AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEeEeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOo"
      "OoOoUuUuUuUuUuUuUuYyYyYyYy";
  char letter = '.';
  if (point >= 0xC0 && point - 0xC0 < from_c0.size()) letter = from_c0[point - 0xC0];
  if (point >= 0x1E00 && point - 0x1E00 < from_1e00.size()) letter = from_1e00[point - 0x1E00];
  if (point == 0x212A) letter = 'K';
  if (point == 0x212B) letter = 'A';
  return letter == '.' ? '\0' : letter;
}

/// A text's words as joint text systems know them (arXiv 2108.09119): accents are taken off, what is not ASCII then is dropped, as
/// is punctuation, and letters become small ones; of what stands between white space only what is letters throughout is kept.
inline std::vector<std::string> plain_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool letters = true;
  const auto end = [&] {
    if (letters && !word.empty()) words.push_back(word);
    word.clear();
    letters = true;
  };
  while (!text.empty()) {
    std::uint32_t point = take_code_point(text);
    if (const char plain = without_accents(point)) point = static_cast<std::uint8_t>(plain);
    const std::uint32_t small = point | 0x20;
    const bool digit = point >= '0' && point <= '9';
    if (point == ' ' || (point >= 9 && point <= 13) || point == 0xA0)
      end();
    else if (point < 0x80 && small >= 'a' && small <= 'z')
      word += static_cast<char>(small);
    else if (digit || point < 0x20)
      letters = false;
  }
  end();
  return words;
}

}  // namespace tandem
