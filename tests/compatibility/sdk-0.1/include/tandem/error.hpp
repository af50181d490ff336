#pragma once

#include <stdexcept>
#include <string>

#include <tandem/export.hpp>

namespace tandem {

/// What every component throws: what happened, where (file:line:column, a frame, a field; may be empty) and what to
/// do about it (may be empty). `what()` joins the three.
class TANDEM_API Error : public std::runtime_error {
 public:
  /// `what()` reads "where: message (hint)", without what is empty.
  explicit Error(std::string message, std::string where = {}, std::string hint = {});
  ~Error() override;

  const std::string& message() const noexcept { return message_; }  ///< what happened
  const std::string& where() const noexcept { return where_; }      ///< may be empty
  const std::string& hint() const noexcept { return hint_; }        ///< what to do about it; may be empty

 private:
  std::string message_, where_, hint_;
};

/// The value of one field cannot be used. The host adds the file, line and column of that field.
class TANDEM_API FieldError : public Error {
 public:
  /// `field` as it was declared; the message goes on behind its name: "must be a prime number".
  FieldError(std::string field, std::string message, std::string hint = {});
  ~FieldError() override;

  const std::string& field() const noexcept { return field_; }  ///< the name of the field

 private:
  std::string field_;
};

}  // namespace tandem
