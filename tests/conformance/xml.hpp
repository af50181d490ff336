#pragma once

#include <regex>
#include <string>
#include <vector>

namespace tandem::test {

/// What keeps a text from being well-formed XML of elements, attributes, and the five entities; empty when nothing does.
inline std::string fault_of_xml(const std::string& text) {
  static const std::regex tag(R"(<(/?)([A-Za-z][\w.-]*)((?:\s+[A-Za-z][\w.-]*="(?:[^<&"]|&(?:amp|lt|gt|quot|apos|#\d+);)*")*)\s*(/?)>)");
  static const std::regex characters(R"((?:[^<&]|&(?:amp|lt|gt|quot|apos|#\d+);)*)");
  static const std::regex declaration(R"(^<\?xml version="1\.0" encoding="UTF-8"\?>\s*)");
  std::smatch found;
  if (!std::regex_search(text, found, declaration)) return "there is no declaration";
  std::vector<std::string> open;
  std::string rest = found.suffix();
  bool any = false;
  while (std::regex_search(rest, found, tag)) {
    if (const std::string between = found.prefix(); !std::regex_match(between, characters)) return "no tag, and no text either: " + between.substr(0, 100);
    if (open.empty() && any) return "there is a second root: " + found.str();
    any = true;
    if (found[1].length()) {
      if (open.empty() || open.back() != found[2]) return "closes what is not open: " + found.str();
      open.pop_back();
    } else if (!found[4].length()) {
      open.push_back(found[2]);
    }
    rest = found.suffix();
  }
  if (!open.empty()) return open.back() + " is never closed";
  return rest.find_first_not_of(" \n") == std::string::npos ? "" : "there is something behind the root: " + rest.substr(0, 100);
}

}  // namespace tandem::test
