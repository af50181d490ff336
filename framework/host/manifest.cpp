#include "manifest.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tandem/error.hpp>

namespace tandem::host {
namespace {
using json = nlohmann::ordered_json;

constexpr int most_levels = 64;

json number_or_null(double value) { return std::isfinite(value) ? json(value) : json(); }

json field_json(const FieldSpec& spec) {
  json field = {{"name", spec.name}, {"kind", name(spec.kind)}};
  if (spec.required)
    field["required"] = true;
  else
    field["default"] = json::parse(spec.default_value);
  if (std::isfinite(spec.low) || std::isfinite(spec.high))
    field["range"] = {number_or_null(spec.low), number_or_null(spec.high)};
  if (!spec.choices.empty()) field[spec.kind == FieldSpec::Kind::file ? "keywords" : "choices"] = spec.choices;
  if (!spec.role.empty()) field["role"] = spec.role;
  if (!spec.unit.empty()) field["unit"] = spec.unit;
  field["doc"] = spec.doc;
  return field;
}

FieldSpec field_from(const json& field) {
  FieldSpec spec;
  spec.name = field.at("name").get<std::string>();
  const auto kind = field.at("kind").get<std::string>();
  bool known = false;
  for (int k = 0; k <= static_cast<int>(FieldSpec::Kind::component); ++k)
    if (name(static_cast<FieldSpec::Kind>(k)) == kind) spec.kind = static_cast<FieldSpec::Kind>(k), known = true;
  if (!known) throw Error("unknown kind of field \"" + kind + "\"");
  spec.required = field.value("required", false);
  spec.default_value = field.value("default", json()).dump();
  if (field.contains("range")) {
    const auto& range = field.at("range");
    if (range.at(0).is_number()) spec.low = range.at(0).get<double>();
    if (range.at(1).is_number()) spec.high = range.at(1).get<double>();
  }
  for (const char* key : {"choices", "keywords"})
    if (field.contains(key)) spec.choices = field.at(key).get<std::vector<std::string>>();
  spec.role = field.value("role", "");
  spec.unit = field.value("unit", "");
  spec.doc = field.value("doc", "");
  return spec;
}

}  // namespace

std::string to_text(const Manifest& m, bool with_build) {
  json out = {{"name", m.name}, {"version", m.version}, {"role", m.role}, {"summary", m.summary}};
  if (!m.source.empty()) out["source"] = m.source;
  out["licence"] = m.licence;
  out["exactness"] = m.exactness;
  if (!m.takes.empty()) out["takes"] = m.takes;
  if (!m.gives.empty()) out["gives"] = m.gives;
  if (!m.default_decoder.empty()) out["default_decoder"] = m.default_decoder;
  if (m.role == "block") out["soft"] = m.soft;
  if (m.role == "channel") out["has_snr"] = m.has_snr;
  if (m.role == "metric") out["needs"] = m.needs;
  out["example"] = json::parse(m.example);
  if (m.beside != "{}") out["beside"] = json::parse(m.beside);
  if (with_build) out["build_id"] = m.build_id;
  out["fields"] = json::array();
  std::string text = out.dump(2);
  if (m.fields.empty()) return text + "\n";
  text.resize(text.rfind("[]"));
  text += "[";
  for (std::size_t i = 0; i < m.fields.size(); ++i) text += (i ? ",\n    " : "\n    ") + field_json(m.fields[i]).dump();
  return text + "\n  ]\n}\n";
}

Manifest manifest_from_text(const std::string& text, const std::string& where) {
  try {
    const json in = json::parse(text, [](int depth, json::parse_event_t, json&) {
      if (depth > most_levels) throw Error("is nested too deeply");
      return true;
    });
    Manifest m;
    m.name = in.at("name").get<std::string>();
    m.version = in.at("version").get<std::string>();
    m.role = in.at("role").get<std::string>();
    m.summary = in.at("summary").get<std::string>();
    m.source = in.value("source", "");
    m.licence = in.value("licence", "");
    m.exactness = in.at("exactness").get<std::string>();
    m.takes = in.value("takes", "");
    m.gives = in.value("gives", "");
    m.default_decoder = in.value("default_decoder", "");
    m.soft = in.value("soft", false);
    m.has_snr = in.value("has_snr", true);
    m.needs = in.value("needs", 0u);
    m.example = in.value("example", json::object()).dump();
    m.beside = in.value("beside", json::object()).dump();
    m.build_id = in.value("build_id", "");
    for (const auto& field : in.at("fields")) m.fields.push_back(field_from(field));
    return m;
  } catch (const std::exception& e) {
    throw Error(std::string("is not a plugin's manifest: ") + e.what(), where, "build the plugin again");
  }
}

std::filesystem::path manifest_path(const std::filesystem::path& library) {
  return std::filesystem::path(library).replace_extension(".json");
}

}  // namespace tandem::host
