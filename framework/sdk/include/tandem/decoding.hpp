#pragma once

#include <tandem/component.hpp>
#include <tandem/export.hpp>

namespace tandem {

/// Ability of a coder whose decoding promises more than its encoding: what the encoder found out at length, on whatever
/// machine, travels with the bits, and from there on all is exact.
class TANDEM_API ExactDecoding {
 public:
  virtual ~ExactDecoding();
  /// Of decoding what any machine has encoded; `exactness` is that of encoding.
  virtual Exactness decoding() const = 0;
};

}  // namespace tandem
