#include "bpe_format.hpp"

#include <charconv>
#include <optional>
#include <tandem/error.hpp>

namespace tandem::tokenizers::bpe {
namespace {

constexpr std::string_view head = "tandem-bpe version=1 size=", tail = " pieces=gpt2";

std::string written(std::string_view spelling) {
  std::string out;
  for (const char c : spelling) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte > 32 && byte < 127 && c != '\\')
      out += c;
    else
      for (const char digit : {'\\', 'x', "0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]}) out += digit;
  }
  return out;
}
std::optional<std::string> read(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte <= 32 || byte >= 127) return {};
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    std::uint8_t value = 0;
    const char* first = text.data() + i + 2;
    if (text.size() - i < 4 || text[i + 1] != 'x') return {};
    if (const auto [stop, error] = std::from_chars(first, first + 2, value, 16);
        error != std::errc{} || stop != first + 2)
      return {};
    out += static_cast<char>(value);
    i += 3;
  }
  return out;
}

}  // namespace

std::string to_text(const Merges& merges) {
  std::string text = std::string(head) + std::to_string(merges.ranks() + least_size) + std::string(tail) + "\n";
  for (std::size_t rank = 0; rank < merges.ranks(); ++rank)
    text += written(merges.spelling(merges.left(rank))) + " " + written(merges.spelling(merges.right(rank))) + "\n";
  return text;
}

Merges from_text(const std::string& text, const std::string& name) {
  std::size_t line = 1, start = 0;
  const auto fail = [&](const std::string& message) {
    throw FieldError("vocabulary", name + ":" + std::to_string(line) + ": " + message);
  };
  const auto next = [&](const std::string& what) {
    const std::size_t stop = text.find('\n', start);
    if (stop == std::string::npos) fail("the file ends where " + what + " should stand");
    const auto found = std::string_view(text).substr(start, stop - start);
    start = stop + 1;
    return found;
  };
  const std::string_view first = next("\"" + std::string(head) + "...\"");
  std::size_t size = 0;
  if (!first.starts_with(head)) fail("must start with \"" + std::string(head) + "\", not " + in_quotes(first));
  const auto [stop, error] = std::from_chars(first.data() + head.size(), first.data() + first.size(), size);
  if (error != std::errc{} || size < least_size || size > largest_size) fail("the size must be from 257 to 1048576");
  if (std::string_view(stop, first.data() + first.size()) != tail) fail("must end with \"" + std::string(tail) + "\"");
  Merges merges;
  while (merges.ranks() + least_size < size) {
    ++line;
    const auto pair = next("merge " + std::to_string(merges.ranks() + 1) + " of " + std::to_string(size - least_size));
    const std::size_t blank = pair.find(' ');
    if (blank == std::string_view::npos) fail("must be two parts with a blank between them, not " + in_quotes(pair));
    const auto left = read(pair.substr(0, blank)), right = read(pair.substr(blank + 1));
    if (!left || !right) fail(in_quotes(pair) + " holds something that is neither a character from ! to ~ nor \\xHH");
    try {
      merges.add(*left, *right);
    } catch (const Error& wrong) {
      fail(wrong.message());
    }
  }
  ++line;
  if (start != text.size()) fail("goes on behind the last merge");
  return merges;
}

}  // namespace tandem::tokenizers::bpe
