#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <tandem/error.hpp>
#include <tandem/process/program.hpp>

namespace tandem::process {
namespace {

bool executable(const std::filesystem::path& path) {
  std::error_code failed;
  return std::filesystem::is_regular_file(path, failed) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string Program::shown() const {
  std::string text;
  for (const auto& argument : arguments) text += (text.empty() ? "" : " ") + argument;
  constexpr std::size_t longest = 200;
  return text.size() > longest ? text.substr(0, longest) + "..." : text;
}

Program find_program(std::vector<std::string> arguments) {
  const std::string name = arguments.at(0);
  if (name.find('/') != std::string::npos) {
    std::error_code failed;
    if (!std::filesystem::exists(name, failed)) throw Error("\"" + name + "\" does not exist");
    if (!executable(name))
      throw Error("\"" + name + "\" is no executable file", {}, "chmod +x, or put its interpreter into \"command\"");
    return {name, std::move(arguments)};
  }
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    auto candidate = std::filesystem::path(folder.empty() ? "." : folder) / name;
    if (!name.empty() && executable(candidate)) return {candidate.string(), std::move(arguments)};
  }
  throw Error("there is no program \"" + name + "\" in PATH");
}

}  // namespace tandem::process
