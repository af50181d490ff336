#pragma once

#include <string>
#include <vector>

#include "bench.hpp"

namespace tandem::conformance {

/// How the kit checks.
struct KitOptions {
  std::uint64_t seed = 1, seeds = 1;       ///< each law is checked with the seeds seed .. seed + seeds - 1
  std::vector<std::string> cases = {};     ///< names of laws, or their beginnings; all when empty
  double seconds = 20;                     ///< a process may take
  std::uint64_t memory = 8ull << 30;       ///< bytes of address space it may have; 0: any number
  unsigned jobs = 1;                       ///< processes at once
};

/// What became of one law.
struct Verdict {
  enum class Kind : std::uint8_t { kept, broken, inapplicable };
  std::string plugin;               ///< the library's name without its extension
  const Law* law = nullptr;
  Kind kind = Kind::kept;
  std::uint64_t seed = 1;           ///< with which it broke; else the last
  std::string message;              ///< what broke, or why there was nothing to check
  std::string output;               ///< the end of what the process wrote
  std::string repeat;               ///< the command that checks this one case without a process of its own
  double seconds = 0;
};

/// Checks one law in this process: what it throws, other than Inapplicable, breaks it.
Verdict check_here(const Law& law, const Subject& subject, const host::Catalogue& catalogue, const host::Registry& registry, std::uint64_t seed);

/// Checks the laws of a library, each in a process of its own with limits of time and memory, so that whatever a plugin
/// does ends one case alone. The other laws are left out when the library cannot be loaded, makes no component of its role,
/// or has no true manifest. Where no law that was asked for has anything to look at, those that tell why follow. Verdicts
/// come in the order of the laws; none when the role has no law that was asked for.
std::vector<Verdict> check(const Subject& subject, const host::Catalogue& catalogue, const host::Registry& registry, const KitOptions& options);

/// JUnit's XML, a test suite a library.
std::string to_junit(const std::vector<Verdict>& verdicts);

}  // namespace tandem::conformance
