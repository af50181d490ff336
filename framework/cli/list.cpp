#include <fmt/format.h>

#include "command.hpp"

namespace tandem::cli {

void add_list(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("list", "the plugins there are");
  command->footer("tandem list decoder");
  auto role = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("role", *role, "only of this role");
  command->add_flag("--json", *json, "a JSON list");
  command->callback([&context, role, json] {
    auto out = host::Ordered::array();
    std::string last;
    for (const auto& listed : context.catalogue().all()) {
      const auto& m = listed.manifest;
      if (!role->empty() && m.role != *role) continue;
      if (*json) {
        out.push_back({{"name", m.name}, {"role", m.role}, {"version", m.version}, {"summary", m.summary}, {"path", listed.path.string()}, {"problem", listed.problem}});
        continue;
      }
      if (m.role != last) fmt::print("{}{}\n", last.empty() ? "" : "\n", m.role.empty() ? "unusable" : m.role);
      last = m.role.empty() ? " " : m.role;
      fmt::print("  {:<18} {}\n", m.name, listed.problem.empty() ? m.summary : "cannot be used: " + listed.problem);
    }
    if (*json) fmt::print("{}\n", out.dump(1));
  });
}

}  // namespace tandem::cli
