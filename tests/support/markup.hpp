#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace tandem::test {

/// What keeps an HTML page from being well-formed by the strict rules of XML, or nothing: every tag is closed in its
/// order, every attribute quoted, and "<" and "&" stand nowhere else. A document type in front is taken for granted, and
/// style and script hold no "<".
inline std::string fault_of_markup(const std::string& text) {
  constexpr std::string_view doctype = "<!DOCTYPE html>";
  std::vector<std::string> open;
  std::size_t at = text.starts_with(doctype) ? doctype.size() : 0;
  const auto here = [&] { return " at " + std::to_string(at) + ": " + text.substr(at, 60); };
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':'; };
  const auto entity = [&](std::size_t from) {
    constexpr std::array<std::string_view, 4> known = {"&lt;", "&gt;", "&amp;", "&quot;"};
    return std::ranges::any_of(known, [&](std::string_view name) { return text.compare(from, name.size(), name) == 0; });
  };
  bool root = false;
  while (at < text.size()) {
    const bool raw = !open.empty() && (open.back() == "script" || open.back() == "style");
    if (text[at] == '&' && !raw && !entity(at)) return "a bare &" + here();
    if (text[at] != '<') {
      if (open.empty() && !std::isspace(static_cast<unsigned char>(text[at]))) return "text outside" + here();
      ++at;
      continue;
    }
    std::size_t i = at + 1;
    const bool closing = i < text.size() && text[i] == '/';
    i += closing;
    const std::size_t begin = i;
    while (i < text.size() && letter(text[i])) ++i;
    const std::string name = text.substr(begin, i - begin);
    if (name.empty()) return "no tag" + here();
    std::vector<std::string> seen;
    while (i < text.size() && text[i] == ' ') {
      const std::size_t from = ++i;
      while (i < text.size() && letter(text[i])) ++i;
      const std::string attribute = text.substr(from, i - from);
      if (attribute.empty() || text.compare(i, 2, "=\"") != 0) return "no attribute" + here();
      if (std::ranges::count(seen, attribute)) return "an attribute twice" + here();
      seen.push_back(attribute);
      for (i += 2; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '<' || (text[i] == '&' && !entity(i))) return "a bad value" + here();
      ++i;
    }
    const bool alone = i < text.size() && text[i] == '/';
    i += alone;
    if (i >= text.size() || text[i] != '>') return "a tag without end" + here();
    if (closing) {
      if (open.empty() || open.back() != name || !seen.empty()) return "closes what is not open" + here();
      open.pop_back();
    } else {
      if (open.empty() && root) return "a second root" + here();
      root = true;
      if (!alone) open.push_back(name);
    }
    at = i + 1;
  }
  return open.empty() ? "" : "stays open: " + open.back();
}

}  // namespace tandem::test
