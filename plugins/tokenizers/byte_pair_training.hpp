#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "byte_pairs.hpp"

namespace tandem::tokenizers {

/// Pieces and how often each occurs.
using PieceCounts = std::unordered_map<std::string, std::uint64_t>;

/// Learns `wanted` merges (Gage 1994; Sennrich et al. 2016): again and again the pair of neighbouring symbols that is
/// counted most often, of equals the one of the smaller left, then right symbol. Every place of a pair counts,
/// overlapping ones too ("aaa" holds "a a" twice). A pair that spells an earlier symbol or more than Merges::longest
/// bytes is passed over. Stops early, with fewer merges, when no pair occurs twice or when `go_on(merges so far)` says
/// false.
Merges learn_merges(const PieceCounts& pieces, std::size_t wanted, const std::function<bool(std::size_t)>& go_on);

}  // namespace tandem::tokenizers
