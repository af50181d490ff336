#include <algorithm>
#include <tandem/error.hpp>
#include <tandem/process/description.hpp>

namespace tandem::process {
namespace {
using nlohmann::json;
constexpr int deepest = 32;
}  // namespace

Description::Description(std::string_view text) {
  try {
    value_ = json::parse(text, [](int depth, json::parse_event_t, json&) {
      if (depth > deepest) throw Error("describes itself in JSON that is nested too deeply");
      return true;
    });
  } catch (const json::exception&) {
    throw Error("describes itself in what is no JSON");
  }
  if (!value_.is_object()) throw Error("describes itself in what is no JSON object");
  if (const auto theirs = integer("protocol", 0, 1'000'000); theirs != protocol)
    throw Error("speaks protocol " + std::to_string(theirs) + ", this Tandem speaks " + std::to_string(protocol));
  exactness();
}

Description Description::part(const json& element, const char* key) {
  if (!element.is_object()) wrong(key, "a list of objects");
  Description out;
  out.value_ = element;
  return out;
}

void Description::wrong(const std::string& key, const std::string& what) {
  throw Error("describes itself wrongly: \"" + key + "\" must be " + what);
}

const json& Description::at(const char* key) const {
  if (!has(key)) throw Error("describes itself without \"" + std::string(key) + "\"");
  return value_.at(key);
}

const json& Description::list(const char* key) const {
  const json& value = at(key);
  if (!value.is_array()) wrong(key, "a list");
  return value;
}

std::int64_t Description::integer(const char* key, std::int64_t low, std::int64_t high) const {
  const json& value = at(key);
  const bool fits = value.is_number_integer() && value.get<double>() >= static_cast<double>(low) &&
                    value.get<double>() <= static_cast<double>(high);
  if (!fits) wrong(key, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return value.get<std::int64_t>();
}

bool Description::flag(const char* key, bool otherwise) const {
  if (!has(key)) return otherwise;
  if (!value_.at(key).is_boolean()) wrong(key, "true or false");
  return value_.at(key).get<bool>();
}

std::string Description::text(const char* key, const char* otherwise) const {
  if (!has(key)) return otherwise;
  if (!value_.at(key).is_string()) wrong(key, "a string");
  return value_.at(key).get<std::string>();
}

std::size_t Description::choice(const char* key, const char* otherwise,
                                std::initializer_list<const char*> choices) const {
  const std::string chosen = text(key, otherwise);
  const auto found = std::ranges::find(choices, chosen);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  std::string all;
  for (const char* one : choices) all += (all.empty() ? "" : ", ") + std::string(one);
  wrong(key, "one of " + all);
}

Exactness Description::exactness() const {
  return static_cast<Exactness>(choice("exactness", "none", {"none", "build", "portable"}));
}

void Description::only(std::initializer_list<const char*> keys) const {
  constexpr std::string_view common[] = {"protocol", "exactness"};
  for (const auto& [key, value] : value_.items())
    if (std::ranges::find(common, key) == std::end(common) && std::ranges::find(keys, key) == keys.end())
      throw Error("describes itself with an unknown key \"" + key + "\"");
}

}  // namespace tandem::process
