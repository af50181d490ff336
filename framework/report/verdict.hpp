#pragma once

#include <string>
#include <vector>

#include "chart.hpp"

namespace tandem::report {

/// What a chart's measured curves say, in sentences: what was compared, who comes to a level first and by how much, where
/// one is clearly best, and how sure that is.
std::vector<std::string> verdict_of(const Chart& chart);

}  // namespace tandem::report
