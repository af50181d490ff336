#include <tandem/error.hpp>
#include <utility>

namespace tandem {
namespace {
std::string joined(const std::string& where, const std::string& message, const std::string& hint) {
  std::string text = where.empty() ? message : where + ": " + message;
  if (!hint.empty()) text += " (" + hint + ")";
  return text;
}
}  // namespace

Error::Error(std::string message, std::string where, std::string hint)
    : std::runtime_error(joined(where, message, hint)),
      message_(std::move(message)),
      where_(std::move(where)),
      hint_(std::move(hint)) {}
Error::~Error() = default;

FieldError::FieldError(std::string field, std::string message, std::string hint)
    : Error(std::move(message), field, std::move(hint)), field_(std::move(field)) {}
FieldError::~FieldError() = default;

}  // namespace tandem
