#pragma once

#include <span>
#include <string>
#include <vector>

#include <tandem/export.hpp>
#include <tandem/tokenizer.hpp>

namespace tandem {

/// One step of coding: the interval that stands for what came before is cut into parts, one for each symbol that may follow,
/// and that of the symbol is kept.
struct CodingStep final {
  struct Part final {
    Token symbol = 0;
    double low = 0, high = 0;  ///< within [0, 1)
  };
  std::vector<Part> parts;     ///< by rising `low`; parts too small to be seen may be missing, that of the symbol never is
  Token symbol = 0;            ///< that follows
  std::string bits;            ///< the binary digits that everything in its part begins with
};

/// Ability of a coder: shows how it comes to its bits.
class TANDEM_API Explains {
 public:
  virtual ~Explains();
  /// The steps of coding one row and the `end` behind it. Throws Error for a row whose interval is too narrow to be shown.
  virtual std::vector<CodingStep> explain(std::span<const Token> row) const = 0;
  /// The tokenizer and model of a worked example, as a config's link has them in JSON.
  virtual std::string beside() const = 0;
};

}  // namespace tandem
