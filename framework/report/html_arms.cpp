#include <fmt/format.h>

#include <algorithm>

#include "html.hpp"

namespace tandem::report::html {
namespace {

// 124439808 as 124,439,808.
std::string grouped(std::uint64_t value) {
  std::string out = std::to_string(value);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, ",");
  return out;
}

bool same_in_all(const ArmTable& table, std::size_t floor) {
  const auto& first = table.rows[0].cells[floor];
  return table.rows.size() > 1 && std::ranges::all_of(table.rows, [&](const ArmTable::Row& row) {
           return row.cells[floor].plugin == first.plugin && row.cells[floor].fields == first.fields;
         });
}

constexpr const char* countings[] = {"as papers count", "reading anew", "at least"};

// Frames a second on one core.
std::string speed(const RunPart& run, const std::string& arm) {
  const auto found = std::ranges::find(run.speeds, arm, &host::ArmSpeed::arm);
  if (found == run.speeds.end() || !(found->seconds > 0)) return "<td>\u2013</td>";
  const double rate = static_cast<double>(found->frames) / found->seconds;
  return "<td>" + (rate < 1000 ? fmt::format("{:.3g}", rate) : grouped(static_cast<std::uint64_t>(rate))) + "</td>";
}

std::string explanation(const RunPart& run) {
  return fmt::format(
      "<p>Parameters and floating-point operations (FLOPs, two a multiplication with its addition) are those of the networks, for one frame at both "
      "ends, a mean over the first {}. <i>As papers count</i>: linear layers and norms as a profiler of modules sees them, each step reading anew what "
      "came before it where the published code does so. <i>Reading anew</i>: every matrix product, and every step reads anew. <i>At least</i>: "
      "every matrix product, where what was computed once is kept.</p>\n",
      run.complexity.front().frames);
}

std::string complexity(const RunPart& run, const std::string& arm) {
  const auto found = std::ranges::find(run.complexity, arm, &host::ArmComplexity::arm);
  if (found == run.complexity.end()) return "<td></td><td></td><td></td><td></td>";
  std::string out = "<td>" + grouped(found->parameters) + "</td>";
  for (const double operations : {found->published, found->anew, found->kept})
    out += "<td>" + (operations == 0 ? "\u2013" : fmt::format("{:.4g} M", operations / 1e6)) + "</td>";
  return out;
}

}  // namespace

std::string arms(const Page& page, const RunPart& run) {
  if (run.arms.rows.empty()) return {};
  const bool counted = std::ranges::any_of(run.complexity, [](const auto& c) { return c.parameters > 0; });
  // What all arms have in common needs no column.
  std::vector<std::size_t> columns;
  std::string common;
  for (std::size_t f = 0; f < run.arms.floors.size(); ++f) {
    const auto& cell = run.arms.rows[0].cells[f];
    if (!same_in_all(run.arms, f))
      columns.push_back(f);
    else
      common += (common.empty() ? "All arms: " : "; ") + text(run.arms.floors[f]) + " <b>" + text(cell.plugin) + "</b>" + (cell.fields.empty() ? "" : " (" + text(cell.fields) + ")");
  }
  std::string out = "<table>\n<tr><th scope=\"col\">arm</th>";
  if (!run.speeds.empty()) out += "<th scope=\"col\">frames a second</th>";
  if (counted) out += "<th scope=\"col\">parameters</th>";
  for (const char* counting : countings)
    if (counted) out += std::string("<th scope=\"col\">FLOPs, ") + counting + "</th>";
  for (const std::size_t f : columns) out += "<th scope=\"col\">" + text(run.arms.floors[f]) + "</th>";
  out += "</tr>\n";
  for (const auto& row : run.arms.rows) {
    out += fmt::format("<tr><th scope=\"row\"><span class=\"curves\"><span class=\"{}\">\u25a0</span></span> {}</th>", colour_of(page, run, row.arm), text(row.arm));
    if (!run.speeds.empty()) out += speed(run, row.arm);
    if (counted) out += complexity(run, row.arm);
    for (const std::size_t f : columns) {
      const auto& cell = row.cells[f];
      out += cell.plugin.empty() ? "<td>\u2013</td>" : "<td>" + text(cell.plugin) + (cell.fields.empty() ? "" : "<br/><small>" + text(cell.fields) + "</small>") + "</td>";
    }
    out += "</tr>\n";
  }
  return scrolling("components of each arm", out + "</table>\n") + (common.empty() ? "" : "<p>" + common + ".</p>\n") +
         (run.speeds.empty() ? "" : "<p>Frames a second are those of one core while this run went on, over all points, with everything that the arm does.</p>\n") +
         (counted ? explanation(run) : "");
}

}  // namespace tandem::report::html
