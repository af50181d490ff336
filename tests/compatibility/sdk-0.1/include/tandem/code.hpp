#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <tandem/batch.hpp>
#include <tandem/plugin.hpp>
#include <tandem/sparse_matrix.hpp>

namespace tandem {

/// What a decoder looks at in a Reception. It must not rely on the rest, which may be empty.
enum class Needs : std::uint8_t { llr = 1, y = 2, both = 3 };

/// Decoding n received values to a codeword and its k information bits, a row a block. The ability of a code that decodes
/// itself (repetition), and the whole of a decoder.
class TANDEM_API Decoding {
 public:
  virtual ~Decoding();
  /// What it looks at; LLRs by default. May depend on fields.
  virtual Needs needs() const;
  /// Rows of n values in, rows of n and k bits out. A tie (LLR 0) is decided as bit 0.
  virtual Decoded decode(const Reception& reception) const = 0;
};

/// k information bits <-> n code bits, linear over GF(2).
class TANDEM_API Code : public Component {
 public:
  static constexpr const char* role = "code";  ///< the name of the role in configs and manifests
  ~Code() override;

  /// Information bits of a block, 1 .. n. Known behind `ready`, the same ever after.
  virtual std::size_t k() const = 0;
  /// Code bits of a block. Known behind `ready`, the same ever after.
  virtual std::size_t n() const = 0;
  /// Rows of k bits to rows of n bits.
  virtual Bits encode(const Bits& information) const = 0;
  /// The parity-check matrix, redundant rows included; nullptr for a code without checks. It has n() columns, or more where
  /// the code has bits that are not sent: these stand behind the others.
  virtual const SparseMatrix* checks() const;
  /// Where the k information bits stand in the codeword, in order; empty for a code that is not systematic.
  virtual std::span<const std::uint32_t> information_positions() const;
  /// The decoder a link uses when it names none and the code does not decode itself; nullptr for none.
  /// Known before `ready`, independent of fields.
  virtual const char* default_decoder() const;
};

/// Bound to one code before its first call.
class TANDEM_API Decoder : public Component, public Decoding {
 public:
  static constexpr const char* role = "decoder";  ///< the name of the role in configs and manifests
  ~Decoder() override;
};

}  // namespace tandem
