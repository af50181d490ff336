#include "arms.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::report {
namespace {

// A field's value as a config would have it.
std::string brief(const host::Ordered& value) {
  if (value.is_object() && value.contains("reference")) return value["reference"].get<std::string>();
  if (value.is_object() && value.contains("plugin")) return value["plugin"].get<std::string>();
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string changed_fields(const host::Stage& stage) {
  std::string out;
  for (const auto& spec : stage.plugin->manifest.fields) {
    if (!stage.fields.contains(spec.name)) continue;
    const auto& value = stage.fields[spec.name];
    if (value == host::Ordered::parse(spec.default_value.empty() ? "null" : spec.default_value, nullptr, false)) continue;
    out += (out.empty() ? "" : ", ") + spec.name + " " + brief(value);
  }
  return out;
}

}  // namespace

ArmTable arms_of(const Run& run) {
  ArmTable out;
  if (!run.plan) return out;
  std::vector<const host::PlannedArm*> arms;
  for (const auto& arm : run.plan->arms)
    if (arm.skipped.empty()) arms.push_back(&arm);
  const auto floors_of = [](const host::PlannedArm& arm) {
    std::vector<const host::Node*> nodes;
    for (const auto& node : arm.variants[0].graph.nodes)
      if (!node.receiving() && node.stage.plugin) nodes.push_back(&node);
    return nodes;
  };
  for (const auto* arm : arms) {
    // A floor that only this arm has comes behind the one before it.
    std::size_t behind = 0;
    for (const auto* node : floors_of(*arm)) {
      const auto known = std::ranges::find(out.floors, node->name);
      if (known == out.floors.end()) out.floors.insert(out.floors.begin() + static_cast<std::ptrdiff_t>(behind), node->name);
      behind = static_cast<std::size_t>(std::ranges::find(out.floors, node->name) - out.floors.begin()) + 1;
    }
  }
  const auto booked = [](const host::PlannedArm& arm) { return arm.variants[0].uses_a_value; };
  const bool ledger = std::ranges::any_of(arms, [&](const auto* arm) { return booked(*arm) != 1; });
  for (const auto* arm : arms) {
    ArmTable::Row row{arm->name, std::vector<ArmTable::Cell>(out.floors.size())};
    for (const auto* node : floors_of(*arm))
      row.cells[static_cast<std::size_t>(std::ranges::find(out.floors, node->name) - out.floors.begin())] = {node->stage.plugin->manifest.name,
                                                                                                            changed_fields(node->stage)};
    if (ledger) row.cells.push_back({host::sends_values(arm->variants[0].graph) ? fmt::format("{} a value", booked(*arm)) : "", {}});
    out.rows.push_back(std::move(row));
  }
  if (ledger) out.floors.push_back("uses booked");
  return out;
}

}  // namespace tandem::report
