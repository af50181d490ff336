#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tandem/component.hpp>

namespace tandem::process {

/// What a child says of itself in answer to `hello`: a JSON object. Every reading throws Error that names the key and
/// what belongs there.
class Description final {
 public:
  static constexpr std::int64_t protocol = 1;

  Description() = default;
  explicit Description(std::string_view text);

  /// One element of the list at `key`, an object.
  static Description part(const nlohmann::json& element, const char* key);

  bool has(const char* key) const { return value_.contains(key) && !value_.at(key).is_null(); }
  const nlohmann::json& list(const char* key) const;
  std::int64_t integer(const char* key, std::int64_t low, std::int64_t high) const;
  bool flag(const char* key, bool otherwise) const;
  std::string text(const char* key, const char* otherwise) const;
  /// The place of the text at `key` among `choices`; of `otherwise` when it is not there.
  std::size_t choice(const char* key, const char* otherwise, std::initializer_list<const char*> choices) const;
  /// `none` unless the child promises more.
  Exactness exactness() const;
  /// Throws when there is a key beside `keys` and those that every role has.
  void only(std::initializer_list<const char*> keys) const;

  friend bool operator==(const Description&, const Description&) = default;

 private:
  [[noreturn]] static void wrong(const std::string& key, const std::string& what);
  const nlohmann::json& at(const char* key) const;

  nlohmann::json value_;
};

}  // namespace tandem::process
