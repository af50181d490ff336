#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <tandem/component.hpp>
#include <tandem/error.hpp>
#include <tandem/fields.hpp>
#include <type_traits>
#include <utility>

namespace tandem {
namespace {
using nlohmann::json;
constexpr const char* kind_names[] = {"boolean",  "integer", "number", "string", "choice",   "numbers",
                                      "integers", "strings", "any",    "file",   "component"};
constexpr int deepest = 256;  // of brackets: writing JSON recurses

std::string brief(const json& value) {
  const std::string text = value.dump(-1, ' ', true);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

json parsed(const std::string& text) {
  try {
    json value = json::parse(text, [](int depth, json::parse_event_t, json&) {
      if (depth > deepest) throw Error("fields are nested too deeply");
      return true;
    });
    if (value.is_object()) return value;
  } catch (const json::exception& e) {
    throw Error("fields are not JSON: " + std::string(e.what()));
  }
  throw Error("fields must be a JSON object");
}

// Reads one value of the exact kind: no number is cut, no flag taken for a number. False when it is of another kind.
bool read(const json& value, bool& member) {
  if (value.is_boolean()) member = value.get<bool>();
  return value.is_boolean();
}
bool read(const json& value, double& member) {
  if (value.is_number()) member = value.get<double>();
  return value.is_number();
}
bool read(const json& value, std::string& member) {
  if (value.is_string()) member = value.get<std::string>();
  return value.is_string();
}
template <class Integer>
requires std::is_integral_v<Integer>
bool read(const json& value, Integer& member) {
  if (value.is_number_unsigned()) {
    if (!std::in_range<Integer>(value.get<std::uint64_t>())) return false;
    member = static_cast<Integer>(value.get<std::uint64_t>());
    return true;
  }
  if (!value.is_number_integer() || !std::in_range<Integer>(value.get<std::int64_t>())) return false;
  member = static_cast<Integer>(value.get<std::int64_t>());
  return true;
}
template <class T>
bool read(const json& value, std::vector<T>& member) {
  if (!value.is_array()) return false;
  std::vector<T> values(value.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!read(value[i], values[i])) return false;
  member = std::move(values);
  return true;
}

const char* expected(FieldSpec::Kind kind) {
  switch (kind) {
    case FieldSpec::Kind::boolean:
      return "must be true or false";
    case FieldSpec::Kind::integer:
      return "must be a whole number that fits";
    case FieldSpec::Kind::number:
      return "must be a number";
    case FieldSpec::Kind::numbers:
      return "must be a list of numbers";
    case FieldSpec::Kind::integers:
      return "must be a list of whole numbers";
    case FieldSpec::Kind::strings:
      return "must be a list of strings";
    default:
      return "must be a string";
  }
}

std::string number(double value) {
  const bool whole = std::abs(value) < 1e15 && value == std::floor(value);
  return whole ? std::to_string(static_cast<std::int64_t>(value)) : json(value).dump();
}

// Throws when a value of the right kind is not one of those that the declaration allows.
void check_allowed(const FieldSpec& spec, const json& value) {
  if (value.is_array()) {
    for (const auto& element : value) check_allowed(spec, element);
  } else if (value.is_number()) {
    const auto given = value.get<double>();
    if (given >= spec.low && given <= spec.high) return;
    const std::string range = std::isinf(spec.high)  ? "at least " + number(spec.low)
                              : std::isinf(spec.low) ? "at most " + number(spec.high)
                                                     : "from " + number(spec.low) + " to " + number(spec.high);
    throw FieldError(spec.name, "must be " + range + ", not " + brief(value));
  } else if (spec.kind == FieldSpec::Kind::choice && std::ranges::count(spec.choices, value.get<std::string>()) == 0) {
    std::string all;
    for (const auto& choice : spec.choices) all += (all.empty() ? "" : ", ") + choice;
    throw FieldError(spec.name, "must be one of " + all + ", not " + brief(value));
  }
}
}  // namespace

std::string_view name(FieldSpec::Kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

struct Fields::State {
  std::vector<std::unique_ptr<FieldSpec>> specs;
  json values = json::object();
  bool assigning = false;
  Resolver resolver;
  std::string source, licence = "Apache-2.0", example = "{}", beside = "{}";

  // The value the config gives for the field, or nothing.
  const json* value(const char* name) const {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &*found;
  }
  template <class T>
  void assign(const char* name, T& member, FieldSpec::Kind kind) const {
    const json* given = value(name);
    if (!given) return;
    if (!read(*given, member)) throw FieldError(name, std::string(expected(kind)) + ", not " + brief(*given));
  }
  template <class T>
  void assign(const char* name, std::optional<T>& member, FieldSpec::Kind kind) const {
    const json* given = value(name);
    if (!given || given->is_null()) return;
    T plain{};
    assign(name, plain, kind);
    member = plain;
  }
};

Fields::Fields() : state_(std::make_unique<State>()) {}
Fields::Fields(const std::string& json_object, Resolver resolver) : state_(std::make_unique<State>()) {
  state_->values = parsed(json_object);
  state_->assigning = true;
  state_->resolver = std::move(resolver);
}
Fields::~Fields() = default;

FieldSpec& Fields::declare(const char* name, FieldSpec::Kind kind, std::string default_value) {
  auto spec = std::make_unique<FieldSpec>();
  spec->name = name;
  spec->kind = kind;
  spec->default_value = std::move(default_value);
  state_->specs.push_back(std::move(spec));
  return *state_->specs.back();
}

using Kind = FieldSpec::Kind;

Fields::Field Fields::operator()(const char* name, bool& member, bool value) {
  member = value;
  state_->assign(name, member, Kind::boolean);
  return Field(&declare(name, Kind::boolean, json(value).dump()));
}
Fields::Field Fields::operator()(const char* name, int& member, int value) {
  member = value;
  state_->assign(name, member, Kind::integer);
  return Field(&declare(name, Kind::integer, json(value).dump()));
}
Fields::Field Fields::operator()(const char* name, std::int64_t& member, std::int64_t value) {
  member = value;
  state_->assign(name, member, Kind::integer);
  return Field(&declare(name, Kind::integer, json(value).dump()));
}
Fields::Field Fields::operator()(const char* name, std::size_t& member, std::size_t value) {
  member = value;
  state_->assign(name, member, Kind::integer);
  auto& spec = declare(name, Kind::integer, json(value).dump());
  spec.low = 0;
  return Field(&spec);
}
Fields::Field Fields::operator()(const char* name, double& member, double value) {
  member = value;
  state_->assign(name, member, Kind::number);
  return Field(&declare(name, Kind::number, json(value).dump()));
}
Fields::Field Fields::operator()(const char* name, std::string& member, const char* value) {
  member = value;
  state_->assign(name, member, Kind::string);
  return Field(&declare(name, Kind::string, json(value).dump()));
}
Fields::Field Fields::operator()(const char* name, std::optional<std::int64_t>& member) {
  member.reset();
  state_->assign(name, member, Kind::integer);
  return Field(&declare(name, Kind::integer, "null"));
}
Fields::Field Fields::operator()(const char* name, std::optional<double>& member) {
  member.reset();
  state_->assign(name, member, Kind::number);
  return Field(&declare(name, Kind::number, "null"));
}
Fields::Field Fields::operator()(const char* name, std::vector<double>& member, std::vector<double> value) {
  member = std::move(value);
  auto& spec = declare(name, Kind::numbers, json(member).dump());
  state_->assign(name, member, Kind::numbers);
  return Field(&spec);
}
Fields::Field Fields::operator()(const char* name, std::vector<std::int64_t>& member, std::vector<std::int64_t> value) {
  member = std::move(value);
  auto& spec = declare(name, Kind::integers, json(member).dump());
  state_->assign(name, member, Kind::integers);
  return Field(&spec);
}
Fields::Field Fields::operator()(const char* name, std::vector<std::string>& member, std::vector<std::string> value) {
  member = std::move(value);
  auto& spec = declare(name, Kind::strings, json(member).dump());
  state_->assign(name, member, Kind::strings);
  return Field(&spec);
}
Fields::Field Fields::operator()(const char* name, Json& member, const char* value) {
  member.text = value;
  if (const json* given = state_->value(name)) member.text = given->dump();
  return Field(&declare(name, Kind::json, value));
}
Fields::Field Fields::operator()(const char* name, File& member, const char* value) {
  member = {};
  auto& spec = declare(name, Kind::file, *value ? json(value).dump() : "null");
  if (state_->assigning) {
    const json* given = state_->value(name);
    const json chosen = given ? *given : *value ? json(value) : json();
    if (!chosen.is_null() && state_->resolver.file) member = state_->resolver.file(spec, chosen.dump());
  }
  return Field(&spec);
}
Fields::Field Fields::operator()(const char* name, Part& member) {
  member = {};
  auto& spec = declare(name, Kind::component, "null");
  if (state_->assigning) {
    const json* given = state_->value(name);
    if (given && !given->is_null() && state_->resolver.part)
      member.component = state_->resolver.part(spec, given->dump());
  }
  return Field(&spec);
}

Fields& Fields::source(const char* text) {
  state_->source = text;
  return *this;
}
Fields& Fields::licence(const char* spdx) {
  state_->licence = spdx;
  return *this;
}
Fields& Fields::example(const char* json_object) {
  state_->example = json_object;
  return *this;
}

Fields& Fields::beside(const char* json_object) {
  state_->beside = json_object;
  return *this;
}

const std::vector<std::unique_ptr<FieldSpec>>& Fields::specs() const { return state_->specs; }
const std::string& Fields::source_text() const { return state_->source; }
const std::string& Fields::licence_text() const { return state_->licence; }
const std::string& Fields::example_text() const { return state_->example; }
const std::string& Fields::beside_text() const { return state_->beside; }

void Fields::finish() const {
  std::set<std::string> known;
  for (const auto& spec : state_->specs) {
    if (!known.insert(spec->name).second) throw FieldError(spec->name, "is declared twice");
    const json* given = state_->value(spec->name.c_str());
    if (spec->required && (!given || given->is_null())) throw FieldError(spec->name, "must be given");
    const bool plain = spec->kind != Kind::json && spec->kind != Kind::file && spec->kind != Kind::component;
    if (given && plain && !given->is_null()) check_allowed(*spec, *given);
  }
  for (const auto& [key, value] : state_->values.items())
    if (!known.contains(key)) throw FieldError(key, "unknown field");
}

Fields::Field& Fields::Field::range(double low, double high) {
  spec_->low = low;
  spec_->high = high;
  return *this;
}
Fields::Field& Fields::Field::choices(std::initializer_list<const char*> values) {
  spec_->kind = FieldSpec::Kind::choice;
  spec_->choices.assign(values.begin(), values.end());
  return *this;
}
Fields::Field& Fields::Field::keywords(std::initializer_list<const char*> values) {
  spec_->choices.assign(values.begin(), values.end());
  return *this;
}
Fields::Field& Fields::Field::role(const char* role) {
  spec_->role = role;
  return *this;
}
Fields::Field& Fields::Field::unit(const char* unit) {
  spec_->unit = unit;
  return *this;
}
Fields::Field& Fields::Field::doc(const char* text) {
  spec_->doc = text;
  return *this;
}
Fields::Field& Fields::Field::required() {
  spec_->required = true;
  return *this;
}

}  // namespace tandem
