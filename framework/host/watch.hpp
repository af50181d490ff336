#pragma once

#include <string>

#include "training.hpp"

namespace tandem::host {

/// Seconds for people: 12 s, 3 min 05 s, 2 h 10 min.
std::string span_of_time(double seconds);

/// Trains with a line of progress on a terminal, and says on stdout where the results are. Suspended after `seconds` (0: never),
/// by SIGINT or by SIGTERM. Returns the exit code.
int train_watched(const TrainingConfig& config, const Catalogue& catalogue, const Task& task, double seconds);

}  // namespace tandem::host
