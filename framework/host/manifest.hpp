#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <tandem/component.hpp>
#include <vector>

namespace tandem::host {

/// What is known of a plugin without loading it.
struct Manifest {
  std::string name, version, role, summary;
  std::string source, licence, example = "{}";   ///< source: paper or standard; example: a JSON object of fields
  std::string beside = "{}";                      ///< a JSON object of the stages that the example needs around it
  std::string exactness;                          ///< with default fields
  std::string takes, gives;                       ///< port names, for blocks and sources
  std::string default_decoder;                    ///< of a code: a decoder's name, "self", or empty
  bool soft = false;                              ///< of a block: may stand behind a code
  bool has_snr = true;                            ///< of a channel
  unsigned needs = 0;                             ///< of a metric: what it must be given
  std::vector<FieldSpec> fields;
  std::string build_id;                           ///< of the library it was made from; empty in the committed copy
};

/// As JSON text, a field a line, stable; `with_build` adds the build-id.
std::string to_text(const Manifest& manifest, bool with_build);
/// Throws Error on text that is not a manifest; `where` names the file in it.
Manifest manifest_from_text(const std::string& text, const std::string& where);

/// The manifest that belongs beside a library: x.so -> x.json.
std::filesystem::path manifest_path(const std::filesystem::path& library);

}  // namespace tandem::host
