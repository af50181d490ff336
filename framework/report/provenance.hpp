#pragma once

#include <string>
#include <utility>
#include <vector>

#include "run_folder.hpp"

namespace tandem::report {

/// How a run was made and how to make it again: names and values, in order.
struct Provenance {
  std::vector<std::pair<std::string, std::string>> lines;
  std::vector<std::pair<std::string, std::string>> files;    ///< reference or path, and sha256
  std::vector<std::pair<std::string, std::string>> plugins;  ///< name and version, and build id
  std::string command, config;                               ///< the config as JSON
};
Provenance provenance_of(const Run& run);

}  // namespace tandem::report
