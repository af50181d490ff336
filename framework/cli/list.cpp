#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "command.hpp"
#include "host/problem.hpp"

namespace tandem::cli {

void add_list(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("list", "the plugins there are");
  command->footer("tandem list decoder");
  auto role = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("role", *role, "only of this role");
  command->add_flag("--json", *json, "a JSON list");
  command->callback([&context, role, json] {
    if (!role->empty() && !std::ranges::count(host::role_names(), *role)) {
      const auto hint = host::did_you_mean(*role, host::role_names());
      throw host::Refusal(host::Problem{{}, {}, "there is no role \"" + *role + "\"", hint.empty() ? fmt::format("roles: {}", fmt::join(host::role_names(), ", ")) : hint, host::Exit::usage});
    }
    auto out = host::Ordered::array();
    std::string last;
    std::multiset<std::string> names;  // where a name stands for two, the version tells them apart
    for (const auto& listed : context.catalogue().all()) names.insert(listed.manifest.role + " " + listed.manifest.name);
    for (const auto& listed : context.catalogue().all()) {
      const auto& m = listed.manifest;
      if (!role->empty() && m.role != *role) continue;
      if (*json) {
        out.push_back({{"name", m.name}, {"role", m.role}, {"version", m.version}, {"summary", m.summary}, {"path", listed.path.string()}, {"problem", listed.problem}});
        continue;
      }
      if (m.role != last) fmt::print("{}{}\n", last.empty() ? "" : "\n", m.role.empty() ? "unusable" : m.role);
      last = m.role.empty() ? " " : m.role;
      fmt::print("  {:<18} {}\n", names.count(m.role + " " + m.name) > 1 ? m.name + "@" + m.version : m.name, listed.problem.empty() ? m.summary : "cannot be used: " + listed.problem);
    }
    if (*json) fmt::print("{}\n", out.dump(1, ' ', false, host::Ordered::error_handler_t::replace));
  });
}

}  // namespace tandem::cli
