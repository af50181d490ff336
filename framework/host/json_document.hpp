#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "problem.hpp"

namespace tandem::host {

/// JSON that remembers the order of its keys.
using Ordered = nlohmann::ordered_json;

/// A JSON file with comments (// and /* */), and where each of its values stands.
struct JsonDocument {
  Ordered value;
  /// By path: keys and indices joined with '\x1f'; the place of a member is that of its key. The root's path is "".
  std::map<std::string, Place> places;
};

inline constexpr char path_separator = '\x1f';

/// Parses strictly: duplicate keys, trailing commas, NaN, more than 64 levels, more than 10,000 keys in an object, more
/// than a million values and more than 16 MiB are refused.
/// Throws Refusal with the place. `name` stands for the file in messages.
JsonDocument parse_document(const std::string& text, const std::string& name);
/// The same of a file. Throws Refusal (exit 2) when it cannot be read.
JsonDocument read_document(const std::filesystem::path& path);

}  // namespace tandem::host
