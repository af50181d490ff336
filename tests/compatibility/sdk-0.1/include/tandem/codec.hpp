#pragma once

#include <tandem/batch.hpp>
#include <tandem/plugin.hpp>

namespace tandem {

/// A joint source-channel system: items <-> features, in place of tokenizer, coder and code.
class TANDEM_API Codec : public Component {
 public:
  static constexpr const char* role = "codec";  ///< the name of the role in configs and manifests
  ~Codec() override;

  /// A row of finite values, of any length, for each item. Throws Error for an item that cannot be sent.
  virtual Features encode(const Bytes& items) const = 0;
  /// An item for each row, whatever the channel made of its values. A row may be longer than the one sent: a modem may
  /// fill its last use.
  virtual Bytes decode(const Features& features) const = 0;
};

}  // namespace tandem
