#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "located.hpp"

namespace tandem::host {

/// One variant of an experiment: what `source`, `link` (or `graph`) and `ledger` say once its changes are applied.
struct Arm {
  std::string name;
  Located document;
};

/// One axis of the sweep. The SNR's address is its own name.
struct Axis {
  std::string address;
  std::vector<Ordered> values;
  bool snr = false;
  Place place;
};

/// An experiment as its file describes it, before any plugin is looked at.
struct Config {
  std::filesystem::path path;
  Located document;   ///< the whole of it, with `extends` and --set applied
  std::string title;
  std::uint64_t seed = 1;
  std::vector<Arm> arms;        ///< those that run
  std::vector<Arm> all_arms;    ///< also those that --arm left out: the reference may be among them
  std::vector<Axis> axes;
  std::string convention;       ///< of the axis label_db; see convention.hpp
  std::string reference;        ///< the arm whose energy the unified SNR refers to
  std::uint64_t over = 1000;    ///< frames of the count pass
  std::uint64_t frames = 0, frame_errors = 0, min_frames = 0, unit = 16;
  bool paired = true;

  const Arm* arm(const std::string& name) const;
};

/// The JSON of a config or a training, with `extends` and `sets` ("address=value") applied. Throws Refusal.
Located read_config(const std::filesystem::path& path, const std::vector<std::string>& sets);

/// Reads a config, applies `sets` ("address=value", each value JSON if it parses, else a string) and keeps the arms in
/// `only` (all when empty). Throws Refusal with all that is wrong with its own keys; stages are checked later.
Config load_config(const std::filesystem::path& path, const std::vector<std::string>& sets, const std::vector<std::string>& only);

}  // namespace tandem::host
