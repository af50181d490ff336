#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <tandem/export.hpp>

namespace tandem {

/// What counts as an operation. A multiplication with its addition counts two.
enum class Counting : std::uint8_t {
  published,  ///< as papers print it: the linear layers and norms that a profiler of modules sees, and every step reads anew what
              ///< came before it, where the published code does so
  anew,       ///< every matrix product, and every step reads anew what came before it
  kept        ///< every matrix product, where what was computed once is kept: what a good implementation has to do
};

/// One frame of an arm, as far as it decides how much there is to compute.
struct Workload final {
  std::span<const std::uint8_t> item;  ///< the source's row
  std::size_t tokens = 0;              ///< of the tokenizer, without `end`
  std::size_t blocks = 0;              ///< codewords
};

/// Ability of a component with a network: how large it is, and how much it computes.
class TANDEM_API Complexity {
 public:
  virtual ~Complexity();
  /// Values that were learned.
  virtual std::uint64_t parameters() const = 0;
  /// Operations for one frame, sender and receiver together.
  virtual double operations(const Workload& frame, Counting counting) const = 0;
};

}  // namespace tandem
