#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tandem::test {

/// A fenced block of a Markdown file.
struct Block {
  std::string language;
  bool tested = true;    ///< false behind the line `<!-- not tested -->`
  std::size_t line = 0;  ///< of its opening fence, from 1
  std::vector<std::string> text;
};

std::vector<std::string> lines_of(const std::string& text);
std::vector<Block> blocks_of(const std::string& markdown);
/// Targets of links and images that are neither an address of the web nor a place on the same page, without fragments.
std::vector<std::string> relative_links(const std::string& markdown);

/// Standard output and exit code of a shell command run in `folder`.
struct Output {
  int exit = 0;
  std::string text;
};
Output run(const std::string& command, const std::filesystem::path& folder);

}  // namespace tandem::test
