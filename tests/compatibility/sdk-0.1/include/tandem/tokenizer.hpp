#pragma once

#include <string>

#include <tandem/batch.hpp>
#include <tandem/plugin.hpp>

namespace tandem {

/// The symbols a tokenizer produces and a model predicts: ids 0 .. size - 1.
struct Vocabulary final {
  std::uint32_t size = 0;    ///< at least 2
  Token end = 0;             ///< coded behind each frame's tokens, so that no length is sent; never among them
  std::string fingerprint;   ///< of everything that fixes the meaning of ids; both ends must agree on it
};

/// Bytes <-> tokens, lossless: decode(encode(x)) = x for every x it accepts.
class TANDEM_API Tokenizer : public Component {
 public:
  static constexpr const char* role = "tokenizer";  ///< the name of the role in configs and manifests
  ~Tokenizer() override;

  /// Known behind `ready`, the same ever after.
  virtual Vocabulary vocabulary() const = 0;
  /// A row of tokens, without `end`, for each item. Throws Error naming the row when an item cannot be expressed.
  virtual Tokens encode(const Bytes& items) const = 0;
  /// Accepts any row of ids below the vocabulary's size, damaged ones too; `end` decodes to nothing.
  virtual Bytes decode(const Tokens& tokens) const = 0;
  /// What one token stands for; empty for `end`.
  virtual std::string spell(Token token) const = 0;
};

}  // namespace tandem
