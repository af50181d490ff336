#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tandem::host {

/// One quantity's values of consecutive frames, encoded. The number of frames is kept by whoever keeps the column.
using Column = std::vector<std::uint8_t>;

/// Encodes in whichever of these forms is smallest, sparse at once where that takes less than a byte for 128 frames; every
/// double comes back with the same bits.
/// - constant: one value for all frames;
/// - sparse: for integers, the positions and values that differ from the commonest, as gaps and differences in varints;
/// - dense: for integers what is above the least value in 1, 2, 4, 8, 16, 32 or 64 bits, the few values that are wider
/// than
///   4 bits or less listed apart, else doubles; zstd.
/// Any doubles may be given. No frames give an empty column. Thread-safe.
Column encode_column(std::span<const double> values);

/// The values of `frames` frames. Throws Error for anything that encode_column cannot have made from so many; needs
/// memory for `frames` values, whatever the bytes say. Thread-safe.
std::vector<double> decode_column(std::span<const std::uint8_t> column, std::uint64_t frames);

}  // namespace tandem::host
