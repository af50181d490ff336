#pragma once

#include <cstddef>

#include <tandem/batch.hpp>
#include <tandem/channel.hpp>
#include <tandem/plugin.hpp>

namespace tandem {

/// Bits or features <-> symbols, a row a frame. Every modem also is a DigitalModem or an AnalogModem.
class TANDEM_API Modem : public Component {
 public:
  static constexpr const char* role = "modem";  ///< the name of the role in configs and manifests
  ~Modem() override;

  /// Real values a use: 1, or 2 for in-phase and quadrature. Known behind `ready`, the same ever after.
  virtual int dimensions_per_use() const = 0;
};

/// Carries bits. Average energy of a symbol is 1.
class TANDEM_API DigitalModem : public Modem {
 public:
  ~DigitalModem() override;

  /// At least 1. Known behind `ready`, the same ever after.
  virtual std::size_t bits_per_use() const = 0;
  /// Row lengths are multiples of bits_per_use(): the host appends zeros.
  virtual Symbols modulate(const Bits& bits) const = 0;
  /// LLRs by `law` where given, else Gaussian with the observation's csi (gain 1 where it is empty); y as Reception says,
  /// a value a bit.
  virtual Reception demodulate(const Observation& observation, const Law* law) const = 0;
};

/// Carries real values.
class TANDEM_API AnalogModem : public Modem {
 public:
  ~AnalogModem() override;

  /// Rows of any length to rows of whole uses, average energy of a use 1.
  virtual Symbols modulate(const Features& features) const = 0;
  /// Rows of at least as many values as were sent. Without noise they are those sent, up to one gain a row.
  virtual Features demodulate(const Observation& observation) const = 0;
};

}  // namespace tandem
