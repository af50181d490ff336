#pragma once

#include <span>

#include <tandem/batch.hpp>
#include <tandem/noise.hpp>
#include <tandem/plugin.hpp>

namespace tandem {

/// Symbols -> observation, a row a frame; rows keep their lengths.
class TANDEM_API Channel : public Component {
 public:
  static constexpr const char* role = "channel";  ///< the name of the role in configs and manifests
  ~Channel() override;

  /// Noise has variance n0 / 2 a dimension; row r of `noise` is row r of `x`.
  virtual Observation transmit(const Symbols& x, float n0, const Noise& noise) const = 0;
  /// False for channels whose quality is a field of their own (bsc, bec, ideal): they take no SNR.
  /// Known before `ready`, independent of fields.
  virtual bool has_snr() const;
  /// y = h x + noise with gains and noise that do not depend on x, as is the default: a gradient can be taken through it.
  virtual bool linear() const;
};

/// Ability of a channel whose noise is not Gaussian given csi: the modem asks it for likelihoods.
class TANDEM_API Law {
 public:
  virtual ~Law();
  /// False when, as configured, the noise is Gaussian given csi after all.
  virtual bool applies() const;
  /// ln p(y | point was sent), up to a term that does not depend on `point`, for each use of each row of `observation`.
  /// `point` has dimensions_per_use values. `out` is laid out like a row of uses and is overwritten.
  virtual void log_likelihood(const Observation& observation, std::span<const float> point, Ragged<float>& out) const = 0;
};

}  // namespace tandem
