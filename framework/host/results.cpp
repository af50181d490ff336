#include "results.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>

#include "machine.hpp"
#include "version.hpp"

namespace tandem::host {
namespace {

std::string number(double value) { return fmt::format("{:.17g}", value); }

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\n") == std::string::npos) return cell;
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

// The columns a table has room for: each metric's first row, then the second ones, and so on; shown in the results' order.
std::vector<std::string> columns_of(const std::vector<ResultPoint>& results, std::size_t width) {
  std::vector<std::string> all;
  for (const auto& result : results)
    for (const auto& row : result.rows)
      if (!std::ranges::count(all, row.metric)) all.push_back(row.metric);
  std::map<std::string, std::size_t> seen;
  std::vector<std::pair<std::size_t, std::size_t>> order;  // turn, index
  for (std::size_t i = 0; i < all.size(); ++i) order.emplace_back(seen[all[i].substr(0, all[i].find('.'))]++, i);
  std::ranges::sort(order);
  std::vector<std::size_t> chosen;
  for (const auto& [turn, i] : order) {
    const std::size_t needs = std::max<std::size_t>(all[i].size(), 8) + 2;
    if (needs > width) break;
    width -= needs;
    chosen.push_back(i);
  }
  std::ranges::sort(chosen);
  std::vector<std::string> out;
  for (const std::size_t i : chosen) out.push_back(all[i]);
  return out;
}

// Short for a table: four digits that matter.
std::string brief(double value) {
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size < 1e-12) return "~0";
  return size < 1e-3 || size >= 1e5 ? fmt::format("{:.2e}", value) : fmt::format("{:.4g}", value);
}

}  // namespace

std::vector<ResultPoint> results_of(const Engine& engine, const Plan& plan) {
  std::vector<ResultPoint> out;
  for (const auto& outcome : engine.outcomes()) {
    ResultPoint result{outcome.arm, outcome.point, outcome.frames, outcome.ledger, {}};
    for (std::size_t m = 0; m < engine.metrics().size(); ++m) {
      if (outcome.metrics[m].sums.empty()) continue;
      const auto& metric = engine.metrics()[m];
      const auto rows = metric->rows();
      for (std::size_t r = 0; r < rows.size(); ++r)
        result.rows.push_back({plan.metrics[m].plugin->manifest.name + "." + rows[r].name, figure(rows[r], r, metric.get(), outcome.metrics[m])});
    }
    out.push_back(std::move(result));
  }
  return out;
}

std::string to_csv(const std::vector<ResultPoint>& results, const Plan& plan, Exactness exactness) {
  std::string out = exactness == Exactness::portable
                        ? fmt::format("# tandem {} portable\n", version)
                        : fmt::format("# tandem {} build {} {}\n", version, library_build_id(), cpu_family());
  out += "arm";
  for (const auto& axis : plan.config.axes) out += "," + quoted(axis.address);
  out += ",metric,value,low,high,count,of,frames\n";
  for (const auto& result : results) {
    const auto& arm = plan.arms[result.arm];
    std::string head = quoted(arm.name);
    for (const auto& value : arm.points[result.point].values) head += "," + quoted(shown(value));
    for (const auto& row : result.rows) {
      const Figure& f = row.figure;
      out += fmt::format("{},{},{},{},{},{},{},{}\n", head, row.metric, number(f.value), number(f.low), number(f.high),
                         f.count ? number(*f.count) : "", f.of ? number(*f.of) : "", result.frames);
    }
  }
  return out;
}

std::string to_json_line(const ResultPoint& result, const Plan& plan) {
  const auto& arm = plan.arms[result.arm];
  const Point& point = arm.points[result.point];
  Ordered line = {{"arm", arm.name}, {"point", Ordered::object()}};
  for (std::size_t i = 0; i < point.values.size(); ++i)
    if (point.values[i]) line["point"][plan.config.axes[i].address] = *point.values[i];
  line["es_n0_db"] = point.es_n0_db ? Ordered(*point.es_n0_db) : Ordered();
  line["frames"] = result.frames;
  line["metrics"] = Ordered::object();
  for (const auto& row : result.rows) {
    Ordered figure = {{"value", row.figure.value}, {"low", row.figure.low}, {"high", row.figure.high}};
    if (row.figure.count) figure["count"] = *row.figure.count, figure["of"] = *row.figure.of;
    line["metrics"][row.metric] = std::move(figure);
  }
  line["ledger"] = Ordered::object();
  for (std::size_t i = 0; i < result.ledger.size(); ++i) line["ledger"][ledger_names[i]] = result.ledger[i];
  return line.dump();
}

std::string to_table(const std::vector<ResultPoint>& results, const Plan& plan, std::size_t width) {
  const auto metrics = columns_of(results, width);
  std::vector<std::vector<std::string>> cells;
  std::vector<std::string> head = {"arm"};
  for (const auto& axis : plan.config.axes) head.push_back(axis.address);
  const bool sent_at = std::ranges::any_of(plan.config.axes, [](const Axis& a) { return a.snr && a.address != "es_n0_db"; });
  if (sent_at) head.emplace_back("es_n0_db");
  head.emplace_back("frames");
  head.insert(head.end(), metrics.begin(), metrics.end());
  cells.push_back(head);
  for (const auto& result : results) {
    const auto& arm = plan.arms[result.arm];
    const Point& point = arm.points[result.point];
    std::vector<std::string> line = {arm.name};
    for (const auto& value : point.values) line.push_back(value && value->is_number() ? brief(value->get<double>()) : shown(value));
    if (sent_at) line.push_back(point.es_n0_db ? fmt::format("{:.2f}", *point.es_n0_db) : "");
    line.push_back(std::to_string(result.frames));
    for (const auto& metric : metrics) {
      const auto found = std::ranges::find(result.rows, metric, &ResultRow::metric);
      if (found == result.rows.end()) {
        line.emplace_back("-");
      } else if (found->figure.count && *found->figure.count == 0) {
        line.push_back("< " + brief(found->figure.high));
      } else {
        line.push_back(brief(found->figure.value));
      }
    }
    cells.push_back(std::move(line));
  }
  std::vector<std::size_t> widths(head.size(), 0);
  for (const auto& line : cells)
    for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], line[c].size());
  std::string out;
  std::string arm;
  for (const auto& line : cells) {
    if (!arm.empty() && line[0] != arm && arm != head[0]) out += "\n";
    arm = line[0];
    std::string text;
    for (std::size_t c = 0; c < line.size(); ++c)
      text += (c ? "  " : "") + (c == 0 ? fmt::format("{:<{}}", line[c], widths[c]) : fmt::format("{:>{}}", line[c], widths[c]));
    out += text + "\n";
  }
  return out;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  const auto temporary = path.string() + ".new";
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out << text;
    out.flush();
    if (!out) {
      std::error_code ignored;
      std::filesystem::remove(temporary, ignored);
      throw Error("cannot be written: " + std::string(std::strerror(errno)), path.string(), "is the disk full, or the folder read-only?");
    }
  }
  std::filesystem::rename(temporary, path);
}

}  // namespace tandem::host
