#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "library.hpp"
#include "manifest.hpp"

namespace tandem::host {

/// One library found in the plugin folders, known by its manifest and ELF notes alone.
struct Listed {
  std::filesystem::path path;
  Manifest manifest;      ///< name falls back to the file's when the manifest is unusable
  std::string problem;    ///< empty for a usable plugin
};

/// The plugins there are. Nothing is loaded before it is used; what is loaded stays. Thread-safe.
class Catalogue {
 public:
  /// Looks through `folders` in order. A folder that does not exist is passed over.
  explicit Catalogue(const std::vector<std::filesystem::path>& folders);

  /// Takes in one library more, in place of every other plugin of its name.
  void prefer(const std::filesystem::path& library);

  /// Sorted by role, then name, then version.
  const std::vector<Listed>& all() const { return listed_; }

  /// The plugin of `name` or `name@version` with that role. Throws Refusal-free Error: exit 2 for an unknown name, a wrong
  /// role or two versions without a choice, exit 3 for a library with a problem; see `Missing`.
  const Listed& find(const std::string& name, const std::string& role) const;
  /// The library behind an entry; loads it once.
  std::shared_ptr<Library> library(const Listed& plugin) const;

  /// What find throws: `hint()` and `exit_code` say what to do.
  struct Missing : Error {
    Missing(const std::string& message, const std::string& hint, int exit) : Error(message, {}, hint), exit_code(exit) {}
    int exit_code;
  };

 private:
  void sort();

  std::vector<Listed> listed_;
  mutable std::mutex mutex_;
  mutable std::map<std::filesystem::path, std::shared_ptr<Library>> loaded_;
};

/// All roles, in the order of the stack.
const std::vector<std::string>& role_names();
/// `--plugins` folders, then TANDEM_PLUGIN_PATH (colon-separated), then ../lib/tandem/plugins of the executable.
std::vector<std::filesystem::path> plugin_folders(const std::vector<std::string>& given);
/// Where the running executable stands.
std::filesystem::path executable();

}  // namespace tandem::host
