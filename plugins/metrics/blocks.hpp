#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <tandem/metric.hpp>
#include <vector>

namespace tandem::metrics {

/// The blocks of an exchange, those of frame 0 first. Without a code each frame is one block, and its information bits
/// are its code bits. Bits that never arrived count as wrong, and so do those that were never sent.
class Blocks final {
 public:
  explicit Blocks(const Exchange& exchange) : n(exchange.n) {
    if (!exchange.blocks.empty()) {
      a_frame = exchange.blocks;
      bits = exchange.block_bits;
      information_errors = exchange.information_errors;
      code_errors = exchange.code_errors;
      converged = exchange.converged;
      return;
    }
    if (exchange.frames == 0) return;
    if (!exchange.bits_sent || !exchange.bits_received) throw Error("the metric was given no bits to compare");
    own_.resize(3 * exchange.frames, 1);
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      const auto sent = (*exchange.bits_sent)[frame], received = (*exchange.bits_received)[frame];
      const auto both = std::min(sent.size(), received.size());
      std::size_t wrong = std::max(sent.size(), received.size()) - both;
      for (std::size_t i = 0; i < both; ++i) wrong += sent[i] != received[i];
      own_[exchange.frames + frame] = static_cast<std::uint32_t>(sent.size());
      own_[2 * exchange.frames + frame] = static_cast<std::uint32_t>(wrong);
    }
    const std::span<const std::uint32_t> own = own_;
    a_frame = own.first(exchange.frames);
    bits = own.subspan(exchange.frames, exchange.frames);
    information_errors = code_errors = own.last(exchange.frames);
  }
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  std::span<const std::uint32_t> a_frame;             ///< how many blocks each frame has
  std::span<const std::uint32_t> bits;                ///< information bits of each block
  std::span<const std::uint32_t> information_errors;  ///< wrong ones among them
  std::span<const std::uint32_t> code_errors;         ///< wrong bits among all of each block
  std::span<const std::uint8_t> converged;            ///< empty when no decoder says so
  std::size_t n;                                      ///< code bits a block; 0: as many as information bits

 private:
  std::vector<std::uint32_t> own_;
};

}  // namespace tandem::metrics
