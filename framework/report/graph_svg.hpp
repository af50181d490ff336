#pragma once

#include <string>

#include "host/graph.hpp"

namespace tandem::report {

/// The folded stack as a picture: the transmitter walks down on the left, the channel is the fold, the receiver walks back
/// up on the right; what is only bound stands in the middle. Readable on light and dark ground.
std::string graph_svg(const host::Graph& graph, const std::string& title);

}  // namespace tandem::report
