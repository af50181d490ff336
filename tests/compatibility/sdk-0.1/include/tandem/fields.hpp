#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tandem/export.hpp>

namespace tandem {

class Component;

/// A field that names a file: the host resolves `corpus:`, `model:`, `code:`, `curve:` and `data:` references and
/// relative paths, checks that it can be read, and hashes it.
struct File final {
  std::string reference;   ///< as written in the config
  std::string path;        ///< where it is; empty when a keyword was given or nothing at all
  std::string keyword;     ///< one of the field's keywords instead of a file
  std::string sha256;      ///< of the content, 64 hexadecimal digits
};

/// A field that holds any JSON value, as text.
struct Json final {
  std::string text = "null";  ///< compact, as the config has it
};

/// A field that holds another component: the host creates it, with its fields.
struct Part final {
  std::shared_ptr<Component> component;  ///< ready, not bound; null when the field was left out
};

/// One declared parameter, as manifests, checks and documentation see it. Values are JSON text.
struct FieldSpec final {
  /// What values it takes. `choice` is one of some strings; `numbers`, `integers`, `strings` are lists.
  enum class Kind : std::uint8_t { boolean, integer, number, string, choice, numbers, integers, strings, json, file, component };

  std::string name;                     ///< lower-case letters, digits and underscores
  Kind kind = Kind::json;               ///< from the member's type
  std::string default_value = "null";   ///< JSON text; "null" when the field may be left out without a value
  bool required = false;                ///< must be given
  double low = -std::numeric_limits<double>::infinity(),  ///< the least legal number
      high = std::numeric_limits<double>::infinity();     ///< the largest
  std::vector<std::string> choices;     ///< choice: all legal values; file: keywords
  std::string role;                     ///< component: the role it must have
  std::string unit,                     ///< shown behind the number; may be empty
      doc;                              ///< what it means, a line
};
/// As manifests and `tandem describe` write it; "any" for json.
TANDEM_API std::string_view name(FieldSpec::Kind kind);

/// A component declares its parameters once, in `Component::fields`:
///
///     void fields(Fields& f) override {
///       f("iterations", iterations_, 50).range(1, 10'000).doc("decoding iterations at most");
///     }
///
/// From this one line come parsing, the default, the range check, unknown-key errors, the reference page and completion.
/// The host walks the declaration twice over: once to describe, once to assign.
class TANDEM_API Fields final {
 public:
  /// Refines the field just declared.
  class TANDEM_API Field final {
   public:
    /// For the SDK alone.
    explicit Field(FieldSpec* spec) : spec_(spec) {}
    Field& range(double low, double high);                       ///< legal numbers, both ends included; of each in a list
    Field& choices(std::initializer_list<const char*> values);   ///< makes a string field a choice
    Field& keywords(std::initializer_list<const char*> values);  ///< words a file field takes instead of a file
    Field& role(const char* role);                               ///< of a component field
    Field& unit(const char* unit);                               ///< "dB", "bits"
    Field& doc(const char* text);                                ///< a line without a full stop; every field has one
    Field& required();                                           ///< must be given; then there is no default

   private:
    FieldSpec* spec_;
  };

  /// How the host turns names into files and parts; either may be empty while describing.
  struct Resolver final {
    std::function<File(const FieldSpec&, const std::string& json)> file;                        ///< opens nothing
    std::function<std::shared_ptr<Component>(const FieldSpec&, const std::string& json)> part;  ///< creates it
  };

  /// Describes only: members get their defaults.
  Fields();
  /// Assigns from a JSON object's text. Throws FieldError on an unknown key or a value of the wrong kind.
  Fields(const std::string& json_object, Resolver resolver);
  ~Fields();
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  /// @{
  /// Declares a field. The member's type makes its kind; `value` is its default: it is assigned first, then what the config
  /// gives. An optional member, a File or a Part may be left out and is then empty. A size_t is never negative. Throws
  /// FieldError for a value of another kind.
  Field operator()(const char* name, bool& member, bool value);
  Field operator()(const char* name, int& member, int value);
  Field operator()(const char* name, std::int64_t& member, std::int64_t value);
  Field operator()(const char* name, std::size_t& member, std::size_t value);
  Field operator()(const char* name, double& member, double value);
  Field operator()(const char* name, std::string& member, const char* value);
  Field operator()(const char* name, std::optional<std::int64_t>& member);
  Field operator()(const char* name, std::optional<double>& member);
  Field operator()(const char* name, std::vector<double>& member, std::vector<double> value);
  Field operator()(const char* name, std::vector<std::int64_t>& member, std::vector<std::int64_t> value);
  Field operator()(const char* name, std::vector<std::string>& member, std::vector<std::string> value);
  Field operator()(const char* name, Json& member, const char* value);
  Field operator()(const char* name, File& member, const char* value = "");
  Field operator()(const char* name, Part& member);
  /// @}

  /// Where the method comes from: paper and equation, or standard and clause.
  Fields& source(const char* text);
  /// The licence of the component's code; Apache-2.0 when not said.
  Fields& licence(const char* spdx);
  /// A JSON object of fields that makes a good example.
  Fields& example(const char* json_object);
  /// A JSON object of the stages that the example needs around it, by floor, where the usual ones will not do: the
  /// tokenizer a model was trained with, `{"tokenizer": {"bytes": {"end": 10}}}`.
  Fields& beside(const char* json_object);

  /// After the declaration: all fields in order, and what was said about the component.
  const std::vector<std::unique_ptr<FieldSpec>>& specs() const;
  const std::string& source_text() const;   ///< see source()
  const std::string& licence_text() const;  ///< see licence()
  const std::string& example_text() const;  ///< see example()
  const std::string& beside_text() const;   ///< see beside()
  /// After assigning: throws FieldError if the object holds a key that was not declared, lacks one that is required, or a
  /// value is out of range.
  void finish() const;

 private:
  struct State;
  FieldSpec& declare(const char* name, FieldSpec::Kind kind, std::string default_value);
  std::unique_ptr<State> state_;
};

}  // namespace tandem
