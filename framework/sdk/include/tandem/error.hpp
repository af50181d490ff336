#pragma once

#include <stdexcept>
#include <string>

#include <tandem/export.hpp>

namespace tandem {

/// What every component throws: what happened, where (file:line:column, a frame, a field; may be empty) and what to
/// do about it (may be empty). `what()` joins the three.
class TANDEM_API Error : public std::runtime_error {
 public:
  explicit Error(std::string message, std::string where = {}, std::string hint = {});
  ~Error() override;

  const std::string& message() const noexcept { return message_; }
  const std::string& where() const noexcept { return where_; }
  const std::string& hint() const noexcept { return hint_; }

 private:
  std::string message_, where_, hint_;
};

/// The value of one field cannot be used. The host adds the file, line and column of that field.
class TANDEM_API FieldError : public Error {
 public:
  FieldError(std::string field, std::string message, std::string hint = {});
  ~FieldError() override;

  const std::string& field() const noexcept { return field_; }

 private:
  std::string field_;
};

}  // namespace tandem
