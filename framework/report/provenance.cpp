#include "provenance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "host/shell.hpp"

namespace tandem::report {
namespace {

// Files and parts of a stage's fields, however deep.
void collect_files(const host::Ordered& value, std::map<std::string, std::string>& files) {
  if (value.is_object() && value.contains("reference") && value.contains("sha256")) files[value["reference"].get<std::string>()] = value["sha256"].get<std::string>();
  if (value.is_structured())
    for (const auto& part : value) collect_files(part, files);
}

std::string frames_of(const ResultsTable& table) {
  std::map<std::string, double> points;
  for (const auto& row : table.rows) {
    std::string point = row.arm;
    for (const auto& value : row.point) point += '\n' + value;
    points[point] = row.frames;
  }
  double sum = 0, least = points.empty() ? 0 : points.begin()->second, most = 0;
  for (const auto& [point, frames] : points) sum += frames, least = std::min(least, frames), most = std::max(most, frames);
  const std::string each = least == most ? fmt::format("{:.15g} each", most) : fmt::format("{:.15g} to {:.15g} each", least, most);
  return fmt::format("{:.15g} at {} points, {}", sum, points.size(), each);
}

}  // namespace

Provenance provenance_of(const Run& run) {
  Provenance out;
  const auto note = [&](const char* name) { return run.notes.contains(name) ? run.notes.at(name) : std::string(); };
  out.command = note("command");
  if (out.command.empty()) {
    out.command = "tandem run " + host::shell_word(run.folders[0] + "/config.json");
    if (!run.of_all_arms && run.plan)
      for (const auto& arm : run.plan->arms) out.command += " --arm " + host::shell_word(arm.name);
    out.command += " --out " + host::shell_word(run.folders[0]);
  }
  if (run.folders.size() > 1) out.lines.emplace_back("folders", fmt::format("{}", fmt::join(run.folders, ", ")));
  const std::string made = note("tandem");
  out.lines.emplace_back("tandem", made.empty() ? run.table.made_by : made.substr(0, made.find(' ')) + ", libtandem " + made.substr(std::min(made.find(' '), made.size() - 1) + 1));
  if (!note("cpu").empty()) out.lines.emplace_back("processor family", note("cpu"));
  if (!run.table.made_by.empty()) {
    const bool portable = run.table.made_by.ends_with(" portable");
    out.lines.emplace_back("same figures again", portable ? "on every x86-64 with AVX2 and FMA" : "by the same build on the same processor family");
  }
  if (run.plan) out.lines.emplace_back("seed", std::to_string(run.plan->config.seed));
  if (!run.table.rows.empty()) out.lines.emplace_back("frames", frames_of(run.table));
  if (run.plan) {
    std::map<std::string, std::string> files, plugins;
    const auto add = [&](const host::Stage& stage) {
      if (!stage.plugin) return;
      collect_files(stage.fields, files);
      plugins[stage.plugin->manifest.name + " " + stage.plugin->manifest.version] = stage.plugin->manifest.build_id;
    };
    for (const auto& arm : run.plan->arms)
      for (const auto& variant : arm.variants)
        for (const auto& node : variant.graph.nodes) add(node.stage);
    for (const auto& stage : run.plan->metrics) add(stage);
    out.files.assign(files.begin(), files.end());
    out.plugins.assign(plugins.begin(), plugins.end());
  }
  if (!run.config.is_null()) out.config = run.config.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
  return out;
}

}  // namespace tandem::report
