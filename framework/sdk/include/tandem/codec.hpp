#pragma once

#include <tandem/batch.hpp>
#include <tandem/plugin.hpp>

namespace tandem {

/// A joint source-channel system: items <-> features, in place of tokenizer, coder and code.
class TANDEM_API Codec : public Component {
 public:
  static constexpr const char* role = "codec";
  ~Codec() override;

  virtual Features encode(const Bytes& items) const = 0;
  virtual Bytes decode(const Features& features) const = 0;
};

}  // namespace tandem
