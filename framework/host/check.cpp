#include "check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tandem::host {
namespace {

using Kind = FieldSpec::Kind;
using Path = std::vector<std::string>;

Path below(Path path, const std::string& key) {
  path.push_back(key);
  return path;
}

std::string range_text(const FieldSpec& spec) {
  if (std::isfinite(spec.low) && std::isfinite(spec.high)) return fmt::format("from {} to {}", spec.low, spec.high);
  return std::isfinite(spec.low) ? fmt::format("at least {}", spec.low) : fmt::format("at most {}", spec.high);
}

bool in_range(const FieldSpec& spec, const Ordered& value) {
  const double number = value.get<double>();
  return number >= spec.low && number <= spec.high;
}

std::string brief(const Ordered& value) {
  const std::string text = value.dump(-1, ' ', true);
  return text.size() > 40 ? text.substr(0, 40) + "..." : text;
}

// What is wrong with a plain value, or nothing.
std::string fault(const FieldSpec& spec, const Ordered& value) {
  const auto each = [&](auto fits, const char* what) -> std::string {
    if (!value.is_array() || !std::ranges::all_of(value, fits)) return fmt::format("must be a list of {}", what);
    return {};
  };
  const auto whole = [](const Ordered& v) { return v.is_number_integer(); };
  const auto number = [](const Ordered& v) { return v.is_number(); };
  const auto bounded = [&](const char* kind) {
    return in_range(spec, value) ? std::string() : fmt::format("must be {} {}, not {}", kind, range_text(spec), value.dump());
  };
  switch (spec.kind) {
    case Kind::boolean: return value.is_boolean() ? "" : "must be true or false";
    case Kind::integer: return whole(value) ? bounded("a whole number") : "must be a whole number, not " + brief(value);
    case Kind::number: return number(value) ? bounded("a number") : "must be a number, not " + brief(value);
    case Kind::string: return value.is_string() ? "" : "must be a string";
    case Kind::choice:
      if (value.is_string() && std::ranges::count(spec.choices, value.get<std::string>())) return {};
      return fmt::format("must be one of {}", fmt::join(spec.choices, ", "));
    case Kind::integers: return each(whole, "whole numbers");
    case Kind::numbers: return each(number, "numbers");
    case Kind::strings: return each([](const Ordered& v) { return v.is_string(); }, "strings");
    default: return {};
  }
}

}  // namespace

void Checker::problem(const Path& path, std::string address, std::string message, std::string hint, int exit) {
  problems_.push_back({document_.place(path), std::move(address), std::move(message), std::move(hint), static_cast<Exit>(exit)});
}

Stage Checker::stage(const Ordered& given, const std::string& role, const Path& path, const std::string& address) {
  std::string name;
  Ordered fields = Ordered::object();
  Path inner = path;
  if (given.is_string()) {
    name = given.get<std::string>();
  } else if (given.is_object() && given.size() == 1) {
    name = given.begin().key();
    inner.push_back(name);
    if (!given.begin()->is_null()) fields = *given.begin();
  } else {
    problem(path, address, fmt::format("must be a {}: \"name\" or {{\"name\": {{fields}}}}", role));
    return {};
  }
  try {
    return this->fields(catalogue_.find(name, role), fields, inner, address);
  } catch (const Catalogue::Missing& e) {
    problem(path, address, e.message(), e.hint(), e.exit_code);
    return {};
  }
}

Stage Checker::fields(const Listed& plugin, const Ordered& given, const Path& path, const std::string& address) {
  Stage stage;
  if (!given.is_object()) {
    problem(path, address, fmt::format("the fields of \"{}\" must be an object", plugin.manifest.name));
    return stage;
  }
  stage.plugin = &plugin;
  std::vector<std::string> names;
  for (const auto& spec : plugin.manifest.fields) names.push_back(spec.name);
  for (const auto& [key, value] : given.items()) {
    if (std::ranges::count(names, key)) continue;
    auto hint = did_you_mean(key, names);
    if (hint.empty()) hint = names.empty() ? fmt::format("\"{}\" has no fields", plugin.manifest.name) : fmt::format("fields: {}", fmt::join(names, ", "));
    problem(below(path, key), address + "." + key, "unknown field", hint);
  }
  for (const auto& spec : plugin.manifest.fields) {
    const bool written = given.contains(spec.name);
    if (!written && spec.required) {
      problem(path, address, fmt::format("\"{}\" needs the field \"{}\"", plugin.manifest.name, spec.name), spec.doc);
      continue;
    }
    const Ordered chosen = written ? given.at(spec.name) : Ordered::parse(spec.default_value);
    stage.fields[spec.name] = value(spec, chosen, below(path, spec.name), address + "." + spec.name, stage.canonical[spec.name]);
  }
  return stage;
}

Ordered Checker::value(const FieldSpec& spec, const Ordered& given, const Path& path, const std::string& address, Ordered& canonical) {
  canonical = given;
  // null is legal where it is the default: the field is left out.
  if (given.is_null() && (spec.default_value == "null" || spec.kind == Kind::json)) return given;
  if (spec.kind == Kind::component) {
    const Stage part = stage(given, spec.role, path, address);
    if (!part.plugin) return {};
    canonical = {{"plugin", part.plugin->manifest.name}, {"build", part.plugin->manifest.build_id}, {"fields", part.canonical}};
    return {{"plugin", part.plugin->manifest.name}, {"version", part.plugin->manifest.version}, {"role", spec.role}, {"fields", part.fields}};
  }
  if (spec.kind == Kind::file) {
    if (!given.is_string()) {
      problem(path, address, "must be the path of a file or a reference such as corpus:sample");
      return {};
    }
    const auto text = given.get<std::string>();
    if (std::ranges::count(spec.choices, text)) return {{"reference", text}, {"keyword", text}};
    const Place place = document_.place(path);
    const auto base = place.line > 0 ? std::filesystem::path(place.file).parent_path() : std::filesystem::current_path();
    try {
      const File file = registry_.resolve(text, base);
      canonical = {{"sha256", file.sha256}};
      return {{"reference", file.reference}, {"path", file.path}, {"sha256", file.sha256}};
    } catch (const MissingReference& e) {
      problem(path, address, e.message(), e.hint(), Exit::missing_reference);
    } catch (const Error& e) {
      problem(path, address, e.message(), e.hint());
    }
    return {};
  }
  if (const auto wrong = fault(spec, given); !wrong.empty()) problem(path, address, wrong, spec.doc);
  return given;
}

}  // namespace tandem::host
