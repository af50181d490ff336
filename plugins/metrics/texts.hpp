#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tandem/metric.hpp>
#include <utility>

/// The texts that metrics compare, and the forms in which they compare them.
namespace tandem::metrics {

/// The text sent and the text received of each frame. Throws Error where the host gave none.
class Texts final {
 public:
  explicit Texts(const Exchange& exchange) : exchange_(exchange) {
    if (exchange.frames > 0 && (!exchange.items_sent || !exchange.items_received))
      throw Error("the metric was given no texts to compare");
  }
  std::string_view sent(std::size_t frame) const { return text((*exchange_.items_sent)[frame]); }
  std::string_view received(std::size_t frame) const { return text((*exchange_.items_received)[frame]); }

 private:
  static std::string_view text(std::span<const std::uint8_t> item) {
    return {reinterpret_cast<const char*>(item.data()), item.size()};
  }
  const Exchange& exchange_;
};

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

namespace texts {

inline bool is_letter(std::uint32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_digit(std::uint32_t c) { return c >= '0' && c <= '9'; }
/// Marks that stand on the letter before them.
inline bool is_accent(std::uint32_t c) { return c >= 0x300 && c < 0x370; }
/// What is neither an ASCII character nor Latin-1 or general punctuation; letters of other scripts are among it.
inline bool is_foreign(std::uint32_t c) {
  return c >= 0xC0 && c < stray_byte && c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c < 0x2070);
}

// Lower case; whatever `keep` refuses parts words.
template <class Keep>
std::string form(std::string_view text, Keep keep) {
  std::string out;
  bool space = false;
  while (!text.empty()) {
    const std::string_view rest = text;
    std::uint32_t point = take_code_point(text);
    if (is_accent(point)) continue;
    if (const char plain = without_accents(point)) point = static_cast<std::uint8_t>(plain);
    if (!keep(point)) {
      space = !out.empty();
      continue;
    }
    if (std::exchange(space, false)) out += ' ';
    if (is_letter(point))
      out += static_cast<char>(point | 0x20);
    else
      out += rest.substr(0, rest.size() - text.size());
  }
  return out;
}

}  // namespace texts

/// All that joint text systems keep of a text: lower case, accents taken off, every run of characters that are no ASCII
/// letters one space, none at the ends.
inline std::string words_of(std::string_view text) { return texts::form(text, texts::is_letter); }

/// Lower case, accents taken off, letters and digits only, one space between words. Letters of other scripts stay as
/// they are.
inline std::string normalized(std::string_view text) {
  return texts::form(text,
                     [](std::uint32_t c) { return texts::is_letter(c) || texts::is_digit(c) || texts::is_foreign(c); });
}

/// Declares the field that says in which form texts are compared.
inline void declare_form(Fields& f, std::string& form) {
  f("text", form, "raw")
      .choices({"raw", "words"})
      .doc(
          "what is compared: the texts as they are, or their words alone: lower case, no accents, nothing but letters");
}

}  // namespace tandem::metrics
