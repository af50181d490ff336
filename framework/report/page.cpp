#include "page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/problem.hpp"
#include "plot.hpp"
#include "verdict.hpp"

namespace tandem::report {
namespace {

constexpr std::size_t most_charts = 4;

std::vector<std::string> metrics_of(const std::vector<Run>& runs) {
  std::vector<std::string> out;
  for (const Run& run : runs)
    for (const auto& metric : run.table.metrics())
      if (!std::ranges::count(out, metric)) out.push_back(metric);
  return out;
}

std::vector<std::string> drawn_metrics(const std::vector<Run>& runs, const std::string& wanted) {
  const auto all = metrics_of(runs);
  std::vector<std::string> out;
  const auto add = [&](const std::string& metric) {
    if (std::ranges::count(all, metric) && !std::ranges::count(out, metric) && out.size() < most_charts) out.push_back(metric);
  };
  add(wanted);
  for (const auto& metric : telling_metrics(all)) add(metric);
  return out;
}

std::string axis_of(const std::vector<Run>& runs, const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  for (const Run& run : runs)
    if (const auto axis = default_axis(run.table); !axis.empty()) return axis;
  return {};
}

// Runs that have nothing to show of this metric and axis are left out of its chart.
std::vector<RunTable> tables_for(const std::vector<Run>& runs, const std::string& metric, const std::string& axis) {
  std::vector<RunTable> out;
  for (const Run& run : runs)
    if (std::ranges::count(run.table.metrics(), metric) && std::ranges::count(run.table.axes, axis)) out.push_back({run.name, run.title, &run.table});
  return out;
}

// An arm has one look on the whole page.
void same_looks(std::vector<Chart>& charts) {
  std::vector<std::string> labels;
  for (Chart& chart : charts)
    for (Curve& curve : chart.curves) {
      if (curve.kind != Curve::Kind::measured) continue;
      const auto known = std::ranges::find(labels, curve.label);
      curve.look = static_cast<std::size_t>(known - labels.begin());
      if (known == labels.end()) labels.push_back(curve.label);
    }
}

bool can_be_drawn(const Chart& chart) {
  try {
    (void)plot_of(chart, 1);
  } catch (const Error&) {
    return false;
  }
  return true;
}

void add_charts(const ChartRequest& request, const std::vector<Run>& runs, Page& page) {
  const std::string axis = axis_of(runs, request.axis);
  if (axis.empty()) return;
  std::vector<bool> drawn(request.curves.size(), false);
  auto metrics = drawn_metrics(runs, request.metric);
  std::vector<std::string> left_out;
  // Further curves bring the metric that they are about.
  for (std::size_t i = 0; i < request.curves.size(); ++i) {
    const CurveTable curve = read_curve(request.curves[i].path, request.curves[i].name);
    if (std::ranges::count(metrics, curve.metric) || !std::ranges::count(metrics_of(runs), curve.metric)) continue;
    if (metrics.size() == most_charts) metrics.pop_back();
    metrics.insert(metrics.begin() + !metrics.empty(), curve.metric);
  }
  for (const auto& metric : metrics) {
    auto tables = tables_for(runs, metric, axis);
    if (tables.empty()) continue;
    // One run among several keeps its name.
    ChartRequest own{{}, metric, axis, {}};
    for (std::size_t i = 0; i < request.curves.size(); ++i)
      if (read_curve(request.curves[i].path, request.curves[i].name).metric == metric) own.curves.push_back(request.curves[i]), drawn[i] = true;
    Chart chart = make_chart(own, tables, left_out);
    if (runs.size() > 1 && tables.size() == 1)
      for (Curve& curve : chart.curves)
        if (curve.kind == Curve::Kind::measured) curve.label = tables[0].name + ": " + curve.label;
    if (can_be_drawn(chart)) page.charts.push_back(std::move(chart));
  }
  for (std::size_t i = 0; i < drawn.size(); ++i)
    if (!drawn[i]) (void)further_curve(request.curves[i], Chart{{}, axis, metrics.empty() ? "" : metrics.front(), {}});
  std::ranges::sort(left_out);
  left_out.erase(std::unique(left_out.begin(), left_out.end()), left_out.end());
  for (const auto& arm : left_out) page.remarks.push_back(fmt::format("{} is left out of the figures: it has no {}.", arm, axis));
  same_looks(page.charts);
}

std::string shown(double value) { return fmt::format("{:.4g}", value); }

// Without an axis there is nothing to draw: arms by metrics.
void add_table(const std::vector<Run>& runs, Page& page) {
  page.table = {{"arm"}};
  const auto metrics = metrics_of(runs);
  page.table[0].insert(page.table[0].end(), metrics.begin(), metrics.end());
  for (const Run& run : runs)
    for (const auto& row : run.table.rows) {
      const std::string label = (runs.size() > 1 ? run.name + ": " : "") + label_of(run.table, row, std::size_t(-1));
      auto line = std::ranges::find(page.table, label, [](const auto& cells) { return cells[0]; });
      if (line == page.table.end()) {
        page.table.emplace_back(metrics.size() + 1)[0] = label;
        line = page.table.end() - 1;
      }
      (*line)[1 + static_cast<std::size_t>(std::ranges::find(metrics, row.metric) - metrics.begin())] =
          shown(row.value) + " [" + shown(row.low) + ", " + shown(row.high) + "]";
    }
}

// Each run has a unified SNR of its own.
std::string on_references(const std::vector<Run>& runs) {
  std::string names;
  for (const Run& run : runs)
    if (run.plan) names += (names.empty() ? "" : ", ") + run.name + ": " + run.plan->config.reference;
  return "The unified SNR refers to each run's own reference" + (names.empty() ? "" : " (" + names + ")") +
         ": between runs, gains hold only where these references send the same frames with the same energy.";
}

// The same refusals as for a figure alone.
void check_names(const ChartRequest& request, const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.table.rows.empty()) continue;
    const bool metric = request.metric.empty() || std::ranges::count(run.table.metrics(), request.metric);
    const bool axis = request.axis.empty() || std::ranges::count(run.table.axes, request.axis);
    if (metric && axis) return;
  }
  std::vector<std::string> ignored;
  for (const Run& run : runs)
    if (!run.table.rows.empty()) make_chart({{}, request.metric, request.axis, {}}, {{run.name, run.title, &run.table}}, ignored);
}

}  // namespace

Page make_page(const PageRequest& request, std::vector<Run>& runs) {
  check_names(request.chart, runs);
  Page page;
  for (const Run& run : runs) {
    const std::string title = run.title.empty() ? run.name : run.title;
    if (page.title.empty())
      page.title = title;
    else if (page.title != title)
      page.title += " \u00b7 " + title;
  }
  add_charts(request.chart, runs, page);
  if (page.charts.empty()) add_table(runs, page);
  if (!page.charts.empty()) page.verdict = verdict_of(page.charts.front());
  if (!page.charts.empty() && runs.size() > 1 && page.charts[0].axis == "unified_snr_db") page.verdict.push_back(on_references(runs));
  for (Run& run : runs) {
    RunPart part;
    part.name = run.name;
    // While the run goes on the machine has better to do.
    const bool at_work = request.live && run.going_on;
    part.energy = energy_of(run, !at_work);
    part.arms = arms_of(run);
    part.complexity = run.complexity;
    if (run.notes.contains(host::speed_note)) part.speeds = host::parse_speeds(run.notes.at(host::speed_note));
    const Chart* chart = page.charts.empty() ? nullptr : &page.charts.front();
    if (at_work)
      part.sentences.left_out = "Sentences are shown when the run is finished.";
    else
      part.sentences = sentences_of(run, chart);
    part.provenance = provenance_of(run);
    part.remarks = run.remarks;
    if (!run.unusable.empty()) part.remarks.push_back("Energy, components and sentences are left out, as the run cannot be built again here: " + run.unusable);
    if (run.plan)
      for (const auto& arm : run.plan->arms)
        if (!arm.skipped.empty()) part.remarks.push_back(arm.name + " was left out: " + arm.skipped);
    page.runs.push_back(std::move(part));
  }
  if (request.live) page.reload_seconds = 5;
  return page;
}

}  // namespace tandem::report
