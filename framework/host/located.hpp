#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "json_document.hpp"

namespace tandem::host {

/// A JSON value that was put together from several places (a base, a config that extends it, an arm, --set), and still
/// knows where each part stands. Paths are as in JsonDocument.
struct Located {
  Ordered value;
  std::map<std::string, Place> places;

  Located() = default;
  explicit Located(JsonDocument document) : value(std::move(document.value)), places(std::move(document.places)) {}

  /// The part at `path`, with its places.
  Located part(const std::vector<std::string>& path) const;
  /// Puts `part` at `path`, in place of what stands there; objects on the way must exist.
  void put(const std::vector<std::string>& path, const Located& part);
  /// The place of `path`, or of the nearest part above it.
  Place place(const std::vector<std::string>& path) const;
};

/// What --set gives, `address=value`: the value is JSON if it parses, else a string. Throws Refusal.
struct Setting {
  std::string address;
  Place place;
  Located value;
  explicit Setting(const std::string& text);
};

std::string joined(const std::vector<std::string>& path);

/// Turns an address (`link.decoder.iterations`, `source.path`, `stop.frames`) into a path. Addresses skip the plugin's
/// name: a stage written "bp" becomes {"bp": {}} on the way when a field of it is meant. Throws Error when the address
/// leads nowhere; its last part alone may be new.
std::vector<std::string> find_path(Located& document, const std::string& address);

/// Whether the address leads to something that is written there, without changing the document.
bool is_written(const Located& document, const std::string& address);

}  // namespace tandem::host
