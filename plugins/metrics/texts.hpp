#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tandem/metric.hpp>
#include <tandem/text.hpp>
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

/// All that joint text systems keep of a text: its plain words, with a space between them.
inline std::string words_of(std::string_view text) {
  std::string out;
  for (const auto& word : plain_words(text)) out += (out.empty() ? "" : " ") + word;
  return out;
}

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
          "what is compared: the texts as they are, or their words alone: lower case, no accents, no punctuation, no numbers");
}

}  // namespace tandem::metrics
