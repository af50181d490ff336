#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <tandem/error.hpp>
#include <tandem/fields.hpp>
#include <vector>

namespace tandem::host {

/// A reference that leads to nothing usable: exit 4. `message()` says which, `hint()` what to put where.
class MissingReference : public Error {
 public:
  using Error::Error;
};

/// Turns what configs call a file into a file: `corpus:` `model:` `code:` `curve:` `method:` stand in the registry's folders,
/// `data:` is an external file of registry/data.json looked for in the folder TANDEM_DATA, anything else is a path.
/// Every file of the registry and every data file is checked against its sha256. Thread-safe.
class Registry {
 public:
  /// `folder` from --registry; empty: TANDEM_REGISTRY, else share/tandem/registry beside the executable's folder.
  explicit Registry(const std::string& folder = {});

  /// `base`: the folder that relative paths start from. Throws MissingReference for a reference, Error (exit 2) for a
  /// path that does not exist.
  File resolve(const std::string& reference, const std::filesystem::path& base) const;
  /// A registry reference begins with one of the six prefixes.
  static bool is_reference(const std::string& text);

  const std::filesystem::path& folder() const { return folder_; }
  /// Forgets what was remembered of hashes and checks every shipped file again; the problems found.
  std::vector<std::string> verify() const;
  /// All references there are, for completion.
  std::vector<std::string> references() const;

 private:
  std::string hash(const std::filesystem::path& path) const;

  std::filesystem::path folder_;
  std::map<std::string, std::string> sums_;  // of shipped files, by path below the folder
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::string> remembered_;
};

}  // namespace tandem::host
