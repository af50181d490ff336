#pragma once

#include <cstdint>
#include <vector>

#include <tandem/batch.hpp>
#include <tandem/model.hpp>
#include <tandem/plugin.hpp>
#include <tandem/tokenizer.hpp>

namespace tandem {

/// Coded rows, and how many bits of each are side information (a table sent within the row); empty when none are.
struct Coded final {
  Bits bits;                             ///< a row a frame
  std::vector<std::uint32_t> side_bits;  ///< a number a row, at most its length; or none at all
};

/// What a row decoded to. `clean` is 0 where the bits were damaged and decoding stopped before `end`.
struct Recovered final {
  Tokens tokens;                    ///< a row a frame, without `end`
  std::vector<std::uint8_t> clean;  ///< a flag a row
};

/// Tokens <-> bits, a row a frame. Bound to a model, or to a tokenizer where it needs only the vocabulary.
class TANDEM_API Coder : public Component {
 public:
  static constexpr const char* role = "coder";  ///< the name of the role in configs and manifests
  ~Coder() override;

  /// Codes each row and `end` behind it, or how long it is. Throws Error naming the row for ids outside the vocabulary and for `end`.
  virtual Coded encode(const Tokens& tokens) const = 0;
  /// Inverts encode, whatever bits follow the row's own. Damaged input is data: it returns what it has, never throws,
  /// and always terminates.
  virtual Recovered decode(const Bits& bits) const = 0;
};

}  // namespace tandem
