#pragma once

#include <cstddef>
#include <cstdint>

#include <tandem/batch.hpp>
#include <tandem/noise.hpp>
#include <tandem/plugin.hpp>

namespace tandem {

/// Yields frames by index, so that any worker can ask for frame i.
class TANDEM_API Source : public Component {
 public:
  static constexpr const char* role = "source";  ///< the name of the role in configs and manifests
  ~Source() override;

  /// `items` (bytes of text, pixels, samples) or `bits`. Known before `ready`, independent of fields.
  virtual Port yields() const;
  /// How many different frames there are: frame i is item i mod size(). 0: every frame is new, drawn from the noise.
  virtual std::uint64_t size() const = 0;
  /// Rows `first` .. `first + count - 1`, all below size() where that is not 0; row r of `noise` is frame first + r.
  virtual Bytes read(std::uint64_t first, std::size_t count, const Noise& noise) const = 0;
};

}  // namespace tandem
