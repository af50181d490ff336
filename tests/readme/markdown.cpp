#include "markdown.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace tandem::test {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Block> blocks_of(const std::string& markdown) {
  std::vector<Block> blocks;
  const auto lines = lines_of(markdown);
  bool open = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("```")) {
      if (!open) blocks.push_back({lines[i].substr(3), i == 0 || lines[i - 1] != "<!-- not tested -->", i + 1, {}});
      open = !open;
    } else if (open) {
      blocks.back().text.push_back(lines[i]);
    }
  }
  if (open) throw std::runtime_error("a block is not closed");
  return blocks;
}

std::vector<std::string> relative_links(const std::string& markdown) {
  static const std::regex link(R"(\]\(([^)\s#]+)(#[^)]*)?\))");
  std::vector<std::string> targets;
  bool code = false;
  for (const auto& line : lines_of(markdown)) {
    if (line.starts_with("```")) code = !code;
    if (code) continue;
    for (std::sregex_iterator at(line.begin(), line.end(), link), end; at != end; ++at)
      if (const std::string target = (*at)[1]; target.find("://") == std::string::npos) targets.push_back(target);
  }
  return targets;
}

Output run(const std::string& command, const std::filesystem::path& folder) {
  const auto script = folder / ".command.sh";
  std::FILE* file = std::fopen(script.c_str(), "w");
  if (!file || std::fputs(command.c_str(), file) < 0 || std::fclose(file) != 0)
    throw std::runtime_error("cannot write " + script.string());
  const std::string call = "cd '" + folder.string() + "' && exec sh .command.sh";
  std::FILE* pipe = popen(call.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run a shell");
  Output out;
  std::array<char, 4096> part;
  for (std::size_t got; (got = std::fread(part.data(), 1, part.size(), pipe)) > 0;) out.text.append(part.data(), got);
  const int status = pclose(pipe);
  out.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return out;
}

}  // namespace tandem::test
