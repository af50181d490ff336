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
  std::string out = "<table>\n<tr><th scope=\"col\">arm</th>";
  if (counted) out += "<th scope=\"col\">parameters</th>";
  for (const auto& what : flops) out += "<th scope=\"col\">FLOPs, " + text(what) + "</th>";
  for (const auto& floor : run.arms.floors) out += "<th scope=\"col\">" + text(floor) + "</th>";
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
    for (const auto& cell : row.cells)
      out += cell.plugin.empty() ? "<td>\u2013</td>" : "<td>" + text(cell.plugin) + (cell.fields.empty() ? "" : "<br/><small>" + text(cell.fields) + "</small>") + "</td>";
    out += "</tr>\n";
  }
  return scrolling("components of each arm", out + "</table>\n");
}

}  // namespace tandem::report::html
