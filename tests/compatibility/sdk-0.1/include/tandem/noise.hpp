#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <tandem/export.hpp>
#include <tandem/ragged.hpp>

namespace tandem {

/// Random numbers with an address instead of a state: Philox 4x32-10 (Salmon et al., SC 2011) keyed by (seed, node),
/// counted by (frame, sample, purpose). Frame i meets the same values in every arm, at every point, on any thread and in
/// any batch. Row r of a batch is frame `first + r`. Immutable, thread-safe, cheap to copy. The same bits on every x86-64
/// with FMA. A row holds at most 2^32 values.
///
/// Key: f(f(seed + c) ^ FNV-1a(node)), low word first, f the finisher of splitmix64 and c = 0x9e3779b97f4a7c15; in groups
/// of g > 1 that key k becomes f(k + c g). Counter: (kind 2^30 + block, purpose, frame / g low, frame / g high) with kinds
/// 0 uniforms, 1 normals, 2 bits. A block is four words: 4 uniforms, 4 normals or 128 bits, lowest bit first.
class TANDEM_API Noise final {
 public:
  /// The noise of the node called `node` for the rows that start at frame `first`.
  Noise(std::uint64_t seed, std::string_view node, std::uint64_t first) noexcept;

  /// Fills `out` with uniform values in (0, 1), never 0 or 1: (bits >> 9) + 0.5 times 2^-23.
  void uniforms(std::size_t row, std::span<float> out) const;
  /// Fills `out` with standard normal values (Box and Muller 1958): word pairs a, b give sqrt(-2 ln((a + 1/2) 2^-32)) times
  /// cos and sin of 2 pi b 2^-32, within 1e-6. The radius takes 32 bits, so that the tail reaches 6.7 sigma.
  void normals(std::size_t row, std::span<float> out) const;
  /// Fills `out` with fair bits, 0 or 1.
  void bits(std::size_t row, std::span<std::uint8_t> out) const;

  /// Every row at once: the same values as row by row, faster on short rows.
  void uniforms(Ragged<float>& rows) const;
  void normals(Ragged<float>& rows) const;        ///< see uniforms(Ragged<float>&)
  void bits(Ragged<std::uint8_t>& rows) const;    ///< see uniforms(Ragged<float>&)

  /// The noise of another purpose, independent of this one: fading beside noise, bursts beside both. Streams of different
  /// purposes never share bits. What a node gets has purpose 0; `stream` of a stream forgets the first purpose.
  Noise stream(std::uint32_t purpose) const noexcept;
  /// One stream for each aligned group of `size` frames: rows of one group see the same values, independent of those of
  /// single frames and of groups of other sizes. Sizes 0 and 1 mean single frames.
  Noise group(std::size_t size) const noexcept;

 private:
  std::uint64_t key_;
  std::uint64_t first_;
  std::uint64_t group_ = 1;
  std::uint32_t purpose_ = 0;
};

}  // namespace tandem
