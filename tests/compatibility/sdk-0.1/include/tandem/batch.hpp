#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <tandem/ragged.hpp>

namespace tandem {

/// A symbol of a tokenizer's vocabulary: 0 .. size - 1.
using Token = std::uint32_t;

using Bytes = Ragged<std::uint8_t>;   ///< items as they come from a source: text, pixels, samples
using Bits = Ragged<std::uint8_t>;    ///< a bit a byte, 0 or 1
using Tokens = Ragged<Token>;         ///< ids of a vocabulary
using Features = Ragged<float>;       ///< what a joint codec sends: real values

/// What travels on an edge of the graph.
enum class Port : std::uint8_t { items, tokens, bits, features, symbols, observation, reception };
/// As manifests and messages write it: "items", "tokens" and so on.
TANDEM_API std::string_view name(Port port);

/// Channel uses, `dimensions_per_use` real values each: 1 for BPSK, 2 (in-phase, quadrature) for QPSK and QAM.
struct Symbols final {
  Ragged<float> values;        ///< a row a frame: use 0 with all its dimensions, then use 1
  int dimensions_per_use = 1;  ///< 1 or 2; row lengths are multiples of it
};

/// What a channel hands out. Noise has variance n0 / 2 a dimension.
struct Observation final {
  Symbols y;          ///< received values, laid out like the symbols sent
  Ragged<float> h;    ///< the true gain of each use; empty when the channel has none
  Ragged<float> csi;  ///< the gain of each use as the receiver knows it; empty when it knows nothing
  float n0 = 0;       ///< as the channel was given it: 10^(-(Es/N0)/10), 0 without an SNR
};

/// What a decoder gets, a value a code bit. Both members have rows of one layout, or the one that is not needed is empty.
struct Reception final {
  Ragged<float> llr;  ///< ln P(bit = 0) / P(bit = 1); +-infinity and 0 are legal
  Ragged<float> y;    ///< matched-filter output at unit amplitude: sign and scale of the observation, bit 0 is +1
};

/// What a decoder returns, a row a block.
struct Decoded final {
  Bits codeword,                           ///< rows of n bits
      info;                                ///< rows of k bits
  std::vector<std::uint8_t> converged;     ///< 1: the codeword satisfies every check
  std::vector<std::uint32_t> iterations;   ///< executed; 0 when the hard decision was a codeword
};

/// What flows through a block between floors: `port` says which member holds the rows.
struct Batch final {
  Port port = Port::bits;              ///< items, tokens, bits or features
  Bytes bytes;                         ///< items and bits
  Tokens tokens;                       ///< tokens
  Ragged<float> reals;                 ///< features
  std::vector<std::uint8_t> trusted;   ///< at the receiver, a flag a row: every check so far held; else empty
};

}  // namespace tandem
