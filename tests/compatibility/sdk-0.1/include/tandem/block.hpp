#pragma once

#include <tandem/batch.hpp>
#include <tandem/plugin.hpp>

namespace tandem {

/// Anything else between two floors: crc, interleaver, quantizer, scrambler. It stands where the link writes it.
class TANDEM_API Block : public Component {
 public:
  static constexpr const char* role = "block";  ///< the name of the role in configs and manifests
  ~Block() override;

  /// The ports below (towards the source) and above (towards the channel). Known before `ready`, independent of fields.
  virtual Port takes() const = 0;
  /// See takes().
  virtual Port gives() const = 0;
  /// At the transmitter: rows of `takes()` to rows of `gives()`.
  virtual Batch forward(Batch in) const = 0;
  /// At the receiver: the way back, as many rows and flags. In front of a code a row is longer than the one that left
  /// `forward`: padding follows it. It may clear flags of `trusted`, never set them.
  virtual Batch backward(Batch in) const = 0;
};

/// Ability of a block on bits that may stand behind a code: it undoes a soft reception.
class TANDEM_API Soft {
 public:
  virtual ~Soft();
  /// Rows of what `Block::forward` gave back to rows of what it took: values move, and may turn their sign.
  virtual Reception backward(Reception in) const = 0;
};

}  // namespace tandem
