#include "registry.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catalogue.hpp"
#include "sha256.hpp"

namespace tandem::host {
namespace {

struct Shelf {
  const char *prefix, *folder;
};
constexpr Shelf shelves[] = {{"corpus", "corpora"}, {"model", "models"}, {"code", "codes"}, {"curve", "curves"}, {"method", "methods"}};

// Remembered hashes of unchanged files, a line each: "path inode size mtime sha256".
std::filesystem::path memory_path() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) return std::filesystem::path(cache) / "tandem/sha256";
  if (const char* home = std::getenv("HOME"); home && *home) return std::filesystem::path(home) / ".cache/tandem/sha256";
  return {};
}

std::string identity(const std::filesystem::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) throw Error("cannot be read", path.string());
  std::ostringstream out;
  out << path.string() << '\t' << status.st_ino << '\t' << status.st_size << '\t' << status.st_mtim.tv_sec << '.'
      << status.st_mtim.tv_nsec;
  return out.str();
}

}  // namespace

Registry::Registry(const std::string& folder) {
  if (!folder.empty())
    folder_ = folder;
  else if (const char* given = std::getenv("TANDEM_REGISTRY"); given && *given)
    folder_ = given;
  else
    folder_ = executable().parent_path().parent_path() / "share/tandem/registry";
  std::ifstream sums(folder_ / "sha256sums");
  for (std::string sum, name; sums >> sum >> name;) sums_[name] = sum;
  std::ifstream memory(memory_path());
  for (std::string line; std::getline(memory, line);) {
    const std::size_t tab = line.rfind('\t');
    if (tab != std::string::npos && line.size() == tab + 65) remembered_[line.substr(0, tab)] = line.substr(tab + 1);
  }
}

bool Registry::is_reference(const std::string& text) {
  for (const auto& shelf : shelves)
    if (text.starts_with(std::string(shelf.prefix) + ":")) return true;
  return text.starts_with("data:");
}

std::string Registry::hash(const std::filesystem::path& path) const {
  const std::string who = identity(path);
  const std::lock_guard lock(mutex_);
  auto& sum = remembered_[who];
  if (sum.empty()) {
    sum = sha256_of_file(path);
    std::error_code failed;
    std::filesystem::create_directories(memory_path().parent_path(), failed);
    std::ofstream(memory_path(), std::ios::app) << who + '\t' + sum + '\n';  // only a memory: failing costs time alone
  }
  return sum;
}

File Registry::resolve(const std::string& reference, const std::filesystem::path& base) const {
  File file;
  file.reference = reference;
  std::filesystem::path path;
  std::string expected, hint;
  if (reference.starts_with("data:")) {
    const std::string name = reference.substr(5);
    std::ifstream in(folder_ / "data.json");
    const auto entries = nlohmann::json::parse(in, nullptr, false);
    if (!entries.is_object() || !entries.contains(name) || !entries.at(name).is_object())
      throw MissingReference("\"" + reference + "\" is not listed", {}, "see " + (folder_ / "data.json").string());
    const auto& entry = entries.at(name);
    expected = entry.value("sha256", "");
    hint = "put " + entry.value("file", name) + " (" + entry.value("from", "") + ") into the folder TANDEM_DATA";
    const char* data = std::getenv("TANDEM_DATA");
    if (!data || !*data) throw MissingReference("\"" + reference + "\" needs the folder TANDEM_DATA", {}, hint);
    path = std::filesystem::path(data) / entry.value("file", name);
  } else if (is_reference(reference)) {
    const std::size_t colon = reference.find(':');
    const std::string name = reference.substr(colon + 1);
    if (name.find('/') != std::string::npos || name.empty() || name[0] == '.')
      throw MissingReference("\"" + reference + "\" is no name", {}, "a name has no slash");
    for (const auto& shelf : shelves) {
      if (reference.compare(0, colon, shelf.prefix) != 0) continue;
      // The extension is the shelf's business, not the config's.
      std::error_code failed;
      for (const auto& entry : std::filesystem::directory_iterator(folder_ / shelf.folder, failed))
        if (entry.path().stem() == name && entry.path().extension() != ".md") path = entry.path();
      hint = "look into " + (folder_ / shelf.folder).string();
    }
    if (!path.empty()) {
      const auto found = sums_.find(std::filesystem::relative(path, folder_).string());
      if (found != sums_.end()) expected = found->second;
    }
  } else {
    path = std::filesystem::path(reference).is_absolute() ? std::filesystem::path(reference) : base / reference;
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed)) throw Error("\"" + reference + "\" is a directory, not a file");
    if (!std::filesystem::exists(path, failed)) throw Error("\"" + reference + "\" does not exist", {}, "looked for " + path.lexically_normal().string());
    if (!std::filesystem::is_regular_file(path, failed)) throw Error("\"" + reference + "\" is not a regular file");
  }
  std::error_code failed;
  const bool named = is_reference(reference);
  if (named && (path.empty() || !std::filesystem::is_regular_file(path, failed)))
    throw MissingReference("\"" + reference + "\" is not there", {}, hint);
  if (!std::ifstream(path)) throw Error("\"" + reference + "\" cannot be read");
  file.path = std::filesystem::absolute(path).lexically_normal().string();
  file.sha256 = hash(file.path);
  if (named && file.sha256 != expected)
    throw MissingReference(expected.empty() ? "\"" + reference + "\" has no entry in " + (folder_ / "sha256sums").string()
                                            : "\"" + reference + "\" has the wrong content: its sha256 is " + file.sha256 +
                                                  ", " + expected + " is expected",
                           {}, hint);
  return file;
}

std::vector<std::string> Registry::verify() const {
  std::vector<std::string> problems;
  for (const auto& [name, sum] : sums_) {
    try {
      if (sha256_of_file(folder_ / name) != sum) problems.push_back((folder_ / name).string() + ": its content has changed");
    } catch (const Error& e) {
      problems.push_back(e.what());
    }
  }
  return problems;
}

std::vector<std::string> Registry::references() const {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& shelf : shelves)
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / shelf.folder, failed))
      if (entry.path().extension() != ".md") names.push_back(std::string(shelf.prefix) + ":" + entry.path().stem().string());
  std::ifstream in(folder_ / "data.json");
  const auto entries = nlohmann::json::parse(in, nullptr, false);
  if (entries.is_object())
    for (const auto& [name, entry] : entries.items()) names.push_back("data:" + name);
  return names;
}

}  // namespace tandem::host
