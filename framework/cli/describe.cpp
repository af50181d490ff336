#include <fmt/format.h>

#include <cmath>

#include "command.hpp"
#include "host/example.hpp"
#include "host/problem.hpp"

namespace tandem::cli {
namespace {

void print(const host::Listed& listed) {
  const auto& m = listed.manifest;
  fmt::print("{} {} ({})\n  {}\n", m.name, m.version, m.role, m.summary);
  if (!listed.problem.empty()) fmt::print("  cannot be used: {}\n", listed.problem);
  if (!m.takes.empty() || !m.gives.empty()) fmt::print("  ports: {} -> {}\n", m.takes.empty() ? "-" : m.takes, m.gives.empty() ? "-" : m.gives);
  if (!m.default_decoder.empty()) fmt::print("  default decoder: {}\n", m.default_decoder);
  fmt::print("  exactness: {}\n", m.exactness);
  if (!m.source.empty()) fmt::print("  source: {}\n", m.source);
  fmt::print("  licence: {}\n  library: {}\n", m.licence, listed.path.string());
  fmt::print("\nfields{}\n", m.fields.empty() ? ": none" : "");
  for (const auto& field : m.fields) {
    std::string limits;
    if (std::isfinite(field.low) || std::isfinite(field.high))
      limits = fmt::format(", {} to {}", std::isfinite(field.low) ? fmt::format("{}", field.low) : "...", std::isfinite(field.high) ? fmt::format("{}", field.high) : "...");
    if (!field.choices.empty()) limits = fmt::format(": {}", fmt::join(field.choices, " | "));
    if (!field.role.empty()) limits = " of role " + field.role;
    fmt::print("  {} ({}{}{}; {})\n      {}\n", field.name, tandem::name(field.kind), limits, field.unit.empty() ? "" : ", " + field.unit,
               field.required ? "required" : "default " + field.default_value, field.doc);
  }
  fmt::print("\nexample\n  {{\"{}\": {}}}\n", m.name, m.example);
  if (m.beside != "{}") fmt::print("  beside {}\n", m.beside);
}

}  // namespace

void add_describe(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("describe", "a plugin's fields, defaults, guarantees, source and an example");
  command->footer("tandem describe bp");
  auto name = std::make_shared<std::string>();
  auto config = std::make_shared<bool>(false);
  command->add_option("name", *name, "the plugin")->required();
  command->add_flag("--config", *config, "print the smallest config that uses it");
  command->callback([&context, name, config] {
    bool found = false;
    std::vector<std::string> names;
    for (const auto& listed : context.catalogue().all()) {
      names.push_back(listed.manifest.name);
      if (listed.manifest.name != *name && listed.manifest.name + "@" + listed.manifest.version != *name) continue;
      if (*config) {
        const auto& usable = context.catalogue().find(*name, listed.manifest.role);  // refuses one of two, and what cannot be used
        return fmt::print("{}\n", host::example_experiment(usable.manifest).dump(2));
      }
      if (found) fmt::print("\n");
      print(listed);
      found = true;
    }
    if (!found) throw host::Catalogue::Missing("there is no plugin \"" + *name + "\"", host::did_you_mean(*name, names), host::Exit::usage);
  });
}

}  // namespace tandem::cli
