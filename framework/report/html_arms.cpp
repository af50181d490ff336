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

}  // namespace

std::string arms(const Page& page, const RunPart& run) {
  if (run.arms.rows.empty()) return {};
  const bool counted = std::ranges::any_of(page.complexity, [&](const Complexity& c) {
    return std::ranges::any_of(run.arms.rows, [&](const auto& row) { return row.arm == c.arm; });
  });
  std::vector<std::string> flops;
  for (const Complexity& c : page.complexity)
    for (const auto& [what, count] : c.flops)
      if (counted && !std::ranges::count(flops, what)) flops.push_back(what);
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
  if (counted) out += "<th scope=\"col\">parameters</th>";
  for (const auto& what : flops) out += "<th scope=\"col\">FLOPs, " + text(what) + "</th>";
  for (const std::size_t f : columns) out += "<th scope=\"col\">" + text(run.arms.floors[f]) + "</th>";
  out += "</tr>\n";
  for (const auto& row : run.arms.rows) {
    out += fmt::format("<tr><th scope=\"row\"><span class=\"curves\"><span class=\"{}\">\u25a0</span></span> {}</th>", colour_of(page, run, row.arm), text(row.arm));
    const auto found = std::ranges::find(page.complexity, row.arm, &Complexity::arm);
    const bool known = found != page.complexity.end();
    if (counted) out += "<td>" + (known ? grouped(found->parameters) : "") + "</td>";
    for (const auto& what : flops) {
      std::string cell;
      if (known)
        for (const auto& [name, count] : found->flops)
          if (name == what) cell = fmt::format("{:.3g}", count);
      out += "<td>" + cell + "</td>";
    }
    for (const std::size_t f : columns) {
      const auto& cell = row.cells[f];
      out += cell.plugin.empty() ? "<td>\u2013</td>" : "<td>" + text(cell.plugin) + (cell.fields.empty() ? "" : "<br/><small>" + text(cell.fields) + "</small>") + "</td>";
    }
    out += "</tr>\n";
  }
  return scrolling("components of each arm", out + "</table>\n") + (common.empty() ? "" : "<p>" + common + ".</p>\n");
}

}  // namespace tandem::report::html
