#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem::host {

/// How long the frames of an arm took, all its points and all of its stages together.
struct ArmSpeed {
  std::string arm;
  std::uint64_t frames = 0;  ///< that were computed, not taken from the store
  double seconds = 0;        ///< of one thread
};

/// Under this name the store keeps the speeds of the last runs that computed frames of each arm.
inline constexpr const char* speed_note = "speed";
/// The known speeds, those of a run in place of older ones.
std::string speed_text(const std::string& known, const std::vector<ArmSpeed>& run);
/// Nothing for what speed_text did not write.
std::vector<ArmSpeed> parse_speeds(const std::string& text);

}  // namespace tandem::host
