#pragma once

#include "bench.hpp"

namespace tandem::conformance {

/// The law `calls.huge`: a row of a million values, or as many frames, comes through. That it does so in time is for the
/// limits of the kit to see.
void huge(Bench& bench);

}  // namespace tandem::conformance
