#include "chart.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/problem.hpp"
#include "names.hpp"

namespace tandem::report {
namespace {

[[noreturn]] void refuse(host::Place place, std::string message, std::string hint = {}) {
  throw host::Refusal(host::Problem{std::move(place), {}, std::move(message), std::move(hint), host::Exit::usage});
}

std::string list_of(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// Whether an axis has more than one value.
bool varies(const ResultsTable& table, std::size_t axis) {
  const std::string* first = nullptr;
  for (const auto& row : table.rows) {
    if (row.point[axis].empty()) continue;
    if (!first) first = &row.point[axis];
    if (row.point[axis] != *first) return true;
  }
  return false;
}

void add_run(const ResultsTable& table, const std::string& prefix, Chart& chart, std::vector<std::string>& left_out) {
  const auto found = std::ranges::find(table.axes, chart.axis);
  if (found == table.axes.end())
    refuse({table.path, 0, 0}, "has no axis \"" + chart.axis + "\"", table.axes.empty() ? "it has none" : "it has " + list_of(table.axes));
  const auto metrics = table.metrics();
  if (!std::ranges::count(metrics, chart.metric))
    refuse({table.path, 0, 0}, "has no metric \"" + chart.metric + "\"", "it has " + list_of(metrics));
  const auto axis = static_cast<std::size_t>(found - table.axes.begin());
  const std::size_t begin = chart.curves.size();
  for (const auto& row : table.rows) {
    if (row.metric != chart.metric) continue;
    const std::string label = prefix + label_of(table, row, axis);
    if (row.point[axis].empty()) {
      if (!std::ranges::count(left_out, label)) left_out.push_back(label);
      continue;
    }
    const auto x = number_of(row.point[axis]);
    if (!x || !std::isfinite(*x))
      refuse({table.path, row.line, 1}, "\"" + row.point[axis].substr(0, 60) + "\" is not a number", chart.axis + " is the axis");
    auto curve = std::find_if(chart.curves.begin() + static_cast<std::ptrdiff_t>(begin), chart.curves.end(),
                              [&](const Curve& c) { return c.label == label; });
    if (curve == chart.curves.end()) curve = chart.curves.insert(curve, {label, Curve::Kind::measured, {}});
    curve->marks.push_back({*x, row.value, row.low, row.high, row.count, row.of, row.frames});
  }
  for (auto curve = chart.curves.begin() + static_cast<std::ptrdiff_t>(begin); curve != chart.curves.end(); ++curve)
    std::ranges::stable_sort(curve->marks, {}, &Mark::x);
}

}  // namespace

std::string title_of(const std::string& run) {
  std::ifstream in(std::filesystem::path(run) / "config.json");
  const auto config = nlohmann::json::parse(in, nullptr, false);
  return config.is_object() && config.contains("title") && config["title"].is_string() ? config["title"].get<std::string>() : std::string();
}

std::vector<std::string> names_of(const std::vector<std::string>& runs) {
  std::vector<std::string> names;
  for (const auto& run : runs) {
    const auto path = std::filesystem::absolute(run).lexically_normal();
    names.push_back((path.has_filename() ? path : path.parent_path()).filename().string());
  }
  for (const auto& name : names)
    if (std::ranges::count(names, name) > 1) return runs;
  return names;
}

std::vector<std::string> telling_metrics(const std::vector<std::string>& metrics) {
  // What people look at first, of each line the first that there is.
  static const std::vector<std::vector<const char*>> families = {
      {"bleu-words.1", "bleu.1"}, {"bleu-words.4", "bleu.4"}, {"bler.code"}, {"ber.info"}, {"wer.words"}, {"frame.errors"}, {"token-accuracy.equal"},
      {"bler.info"}, {"ber.code"}, {"compression.bits-per-character"}, {"similarity.tf-idf"}, {"exact-match.frames"}, {"decoder.iterations"}};
  std::vector<std::string> out;
  for (const auto& family : families) {
    const auto found = std::ranges::find_if(family, [&](const char* metric) { return std::ranges::count(metrics, metric) > 0; });
    if (found != family.end()) out.emplace_back(*found);
  }
  if (out.empty() && !metrics.empty()) {
    const auto rate = std::ranges::find_if(metrics, is_error_rate);
    out.push_back(rate == metrics.end() ? metrics.front() : *rate);
  }
  return out;
}

std::string default_axis(const ResultsTable& table) {
  for (const std::string name : {"es_n0_db", "eb_n0_db", "unified_snr_db", "label_db"})
    if (std::ranges::count(table.axes, name)) return name;
  return table.axes.empty() ? "" : table.axes.front();
}

std::string label_of(const ResultsTable& table, const ResultsTable::Row& row, std::size_t except) {
  std::string out = row.arm;
  for (std::size_t i = 0; i < table.axes.size(); ++i)
    if (i != except && !row.point[i].empty() && varies(table, i))
      out += ", " + table.axes[i].substr(table.axes[i].rfind('.') + 1) + " = " + row.point[i];
  return out;
}

Curve further_curve(const ChartRequest::CurveFile& file, const Chart& chart) {
  const CurveTable table = read_curve(file.path, file.name);
  if (table.axis != chart.axis)
    refuse({file.name, 2, 1}, "is about the axis \"" + table.axis + "\", the figure about \"" + chart.axis + "\"", "--axis " + table.axis);
  if (table.metric != chart.metric)
    refuse({file.name, 2, 1}, "is about the metric \"" + table.metric + "\", the figure about \"" + chart.metric + "\"",
           "--metric " + table.metric);
  Curve curve{table.label, table.dotted ? Curve::Kind::bound : Curve::Kind::published, {}};
  for (const auto& [x, value] : table.points) curve.marks.push_back({x, value, value, value, {}, {}, 0});
  return curve;
}

Chart make_chart(const ChartRequest& request, const std::vector<RunTable>& runs, std::vector<std::string>& left_out) {
  Chart chart{{}, request.axis, request.metric, {}};
  std::vector<std::string> names;
  for (const RunTable& run : runs) names.push_back(run.name);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const ResultsTable& table = *runs[i].table;
    if (chart.metric.empty()) chart.metric = telling_metrics(table.metrics()).front();
    if (chart.axis.empty()) chart.axis = default_axis(table);
    if (chart.axis.empty()) refuse({table.path, 0, 0}, "has no axis", "a figure needs \"snr\" or \"sweep\" in the config");
    add_run(table, names.size() > 1 ? names[i] + ": " : "", chart, left_out);
    if (i == 0) chart.title = runs[i].title.empty() ? names[i] : runs[i].title;
    // One title for several runs only where it is that of all of them.
    else if (chart.title != runs[i].title)
      chart.title = list_of(names);
  }
  for (const auto& file : request.curves) chart.curves.push_back(further_curve(file, chart));
  return chart;
}

Chart make_chart(const ChartRequest& request, std::vector<std::string>& left_out) {
  std::vector<ResultsTable> tables;
  for (const auto& run : request.runs) tables.push_back(read_results(run));
  const auto names = names_of(request.runs);
  std::vector<RunTable> runs;
  for (std::size_t i = 0; i < tables.size(); ++i) runs.push_back({names[i], title_of(request.runs[i]), &tables[i]});
  return make_chart(request, runs, left_out);
}

}  // namespace tandem::report
