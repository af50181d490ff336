#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan.hpp"

namespace tandem::host {

/// How large the networks of an arm are, and how much they compute.
struct ArmComplexity {
  std::string arm;
  std::uint64_t parameters = 0;                 ///< of all components that know theirs
  double published = 0, anew = 0, kept = 0;     ///< operations a frame, both ends together; see tandem::Counting
  std::uint64_t frames = 0;                     ///< over which they are a mean
};

/// Of every arm that runs, at its first point, over the first `frames` frames. Throws what building the arm throws.
std::vector<ArmComplexity> complexity_of(const Plan& plan, const Catalogue& catalogue, std::uint64_t frames);

}  // namespace tandem::host
