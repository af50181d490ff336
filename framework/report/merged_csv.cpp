#include <fmt/format.h>

#include <algorithm>

#include "page.hpp"

namespace tandem::report {
namespace {

std::string number(double value) { return fmt::format("{:.17g}", value); }

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\n\r") == std::string::npos) return cell;
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::string to_csv(const std::vector<Run>& runs) {
  std::vector<std::string> axes;
  for (const Run& run : runs)
    for (const auto& axis : run.table.axes)
      if (!std::ranges::count(axes, axis)) axes.push_back(axis);
  std::string out = "run,arm";
  for (const auto& axis : axes) out += "," + quoted(axis);
  out += ",metric,value,low,high,count,of,frames\n";
  for (const Run& run : runs)
    for (const auto& row : run.table.rows) {
      out += quoted(run.name) + "," + quoted(row.arm);
      for (const auto& axis : axes) {
        const auto found = std::ranges::find(run.table.axes, axis);
        out += "," + (found == run.table.axes.end() ? "" : quoted(row.point[static_cast<std::size_t>(found - run.table.axes.begin())]));
      }
      out += fmt::format(",{},{},{},{},{},{},{:.15g}\n", quoted(row.metric), number(row.value), number(row.low), number(row.high),
                         row.count ? number(*row.count) : "", row.of ? number(*row.of) : "", row.frames);
    }
  return out;
}

}  // namespace tandem::report
