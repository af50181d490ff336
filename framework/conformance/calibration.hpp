#pragma once

#include <span>
#include <tandem/batch.hpp>

namespace tandem::conformance {

/// The LLRs of fair bits tell the truth: a bit of LLR L is 1 with probability 1 / (1 + e^L). Throws Violation when signs
/// are turned, when values are too large or too small, or when they belong to other bits.
void require_calibrated(const Ragged<float>& llr, const Bits& bits);

/// Whether noise samples of variance n0 / 2 have the fourth moment of a Gaussian.
bool gaussian(std::span<const double> noise, float n0);

}  // namespace tandem::conformance
