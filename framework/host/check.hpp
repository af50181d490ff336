#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "catalogue.hpp"
#include "located.hpp"
#include "registry.hpp"

namespace tandem::host {

/// A stage whose plugin is known and whose fields are complete and legal.
struct Stage {
  const Listed* plugin = nullptr;
  Ordered fields = Ordered::object();      ///< what the component is given; files resolved, parts nested
  Ordered canonical = Ordered::object();   ///< what fixes its results: files by content, parts nested; keys sorted
};

/// Checks stages against manifests and small files, without loading anything. Collects problems.
class Checker {
 public:
  Checker(const Catalogue& catalogue, const Registry& registry, const Located& document, std::vector<Problem>& problems)
      : catalogue_(catalogue), registry_(registry), document_(document), problems_(problems) {}

  /// `stage` is "name", "name@version" or {"name": {fields}} at `path` of the document. `plugin` is null on a problem.
  Stage stage(const Ordered& stage, const std::string& role, const std::vector<std::string>& path, const std::string& address);
  /// Only the fields of a plugin that is already known.
  Stage fields(const Listed& plugin, const Ordered& given, const std::vector<std::string>& path, const std::string& address);
  void problem(const std::vector<std::string>& path, std::string address, std::string message, std::string hint = {}, int exit = Exit::usage);

 private:
  Ordered value(const FieldSpec& spec, const Ordered& given, const std::vector<std::string>& path, const std::string& address, Ordered& canonical);

  const Catalogue& catalogue_;
  const Registry& registry_;
  const Located& document_;
  std::vector<Problem>& problems_;
};

}  // namespace tandem::host
