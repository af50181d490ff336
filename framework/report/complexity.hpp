#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tandem::report {

/// What an arm's networks take, counted by whoever asks for the report.
struct Complexity {
  std::string arm;
  std::uint64_t parameters = 0;
  std::vector<std::pair<std::string, double>> flops;  ///< what of, such as "a frame", and how many
};

}  // namespace tandem::report
