#include "counted.hpp"

#include <fmt/format.h>

#include <utility>

namespace tandem::host {
namespace {

// Where a file lies is nobody's business but the machine's.
void drop_paths(Ordered& value) {
  if (value.is_object() && value.contains("reference")) value.erase("path");
  for (auto& part : value)
    if (part.is_structured()) drop_paths(part);
}

// What the ledger books stands beside the nodes, in their form.
Ordered stages_of(const Variant& variant) {
  const Graph& graph = variant.graph;
  auto out = Ordered::object();
  for (const auto& node : graph.nodes) {
    if (node.receiving()) continue;
    Ordered fields = node.stage.fields;
    drop_paths(fields);
    out[node.name] = {{node.stage.plugin->manifest.name, std::move(fields)}};
  }
  if (sends_values(graph) && !graph.find("ledger")) out["ledger"] = {{"ledger", {{"uses_a_value", variant.uses_a_value}}}};
  return out;
}

constexpr const char* kinds[] = {"proportion", "share", "ratio", "mean", "function"};

Row::Kind kind_of(const std::string& name) {
  for (std::size_t i = 0; i < std::size(kinds); ++i)
    if (name == kinds[i]) return static_cast<Row::Kind>(i);
  throw Error("there is no kind \"" + name + "\"");
}

}  // namespace

CountedRun counted_run(const Engine& engine, const Plan& plan) {
  CountedRun out;
  for (const auto& axis : plan.config.axes) out.axes.push_back({axis.address, axis.snr});
  for (std::size_t m = 0; m < plan.metrics.size(); ++m) {
    const auto& stage = plan.metrics[m];
    out.metrics.push_back(
        {stage.plugin->manifest.name, stage.plugin->manifest.version, stage.fields, engine.metrics()[m]->rows()});
  }
  std::vector<std::vector<std::size_t>> stages(plan.arms.size());
  for (std::size_t a = 0; a < plan.arms.size(); ++a) {
    if (!plan.arms[a].skipped.empty()) continue;
    for (const auto& variant : plan.arms[a].variants) {
      stages[a].push_back(out.stages.size());
      out.stages.push_back(stages_of(variant));
    }
  }
  for (const auto& outcome : engine.outcomes()) {
    const Point& point = plan.arms[outcome.arm].points[outcome.point];
    out.lanes.push_back({plan.arms[outcome.arm].name, point.values, stages[outcome.arm][point.variant], outcome.frames,
                         engine.unit_keys(outcome.arm, outcome.point, outcome.frames)});
  }
  return out;
}

std::string to_text(const CountedRun& run) {
  Ordered out = {
      {"axes", Ordered::array()}, {"metrics", Ordered::array()}, {"stages", run.stages}, {"lanes", Ordered::array()}};
  for (const auto& axis : run.axes) out["axes"].push_back({{"address", axis.address}, {"snr", axis.snr}});
  for (const auto& metric : run.metrics) {
    auto rows = Ordered::array();
    for (const auto& row : metric.rows)
      rows.push_back({{"name", row.name},
                      {"kind", kinds[static_cast<std::size_t>(row.kind)]},
                      {"numerator", row.numerator},
                      {"denominator", row.denominator}});
    out["metrics"].push_back(
        {{"name", metric.name}, {"version", metric.version}, {"fields", metric.fields}, {"rows", std::move(rows)}});
  }
  for (const auto& lane : run.lanes) {
    auto point = Ordered::array();
    for (const auto& value : lane.point) point.push_back(value ? Ordered::array({*value}) : Ordered::array());
    out["lanes"].push_back({{"arm", lane.arm},
                            {"point", std::move(point)},
                            {"stages", lane.stages},
                            {"frames", lane.frames},
                            {"units", lane.units}});
  }
  return out.dump();
}

CountedRun parse_counted(const std::string& text) {
  CountedRun out;
  try {
    const auto all = Ordered::parse(text);
    for (const auto& axis : all.at("axes")) out.axes.push_back({axis.at("address"), axis.at("snr")});
    for (const auto& metric : all.at("metrics")) {
      auto& known = out.metrics.emplace_back();
      known.name = metric.at("name");
      known.version = metric.at("version");
      known.fields = metric.at("fields");
      for (const auto& row : metric.at("rows"))
        known.rows.push_back(
            {row.at("name"), kind_of(row.at("kind")), row.at("numerator"), row.at("denominator"), {}, {}});
    }
    for (const auto& stages : all.at("stages")) {
      for (const auto& stage : stages)
        if (!stage.is_object() || stage.size() != 1 || !stage.begin()->is_object()) throw Error("a stage is none");
      out.stages.push_back(stages);
    }
    for (const auto& lane : all.at("lanes")) {
      auto& known = out.lanes.emplace_back();
      known.arm = lane.at("arm");
      for (const auto& value : lane.at("point"))
        known.point.push_back(value.empty() ? std::nullopt : std::optional<Ordered>(value.at(0)));
      known.stages = lane.at("stages");
      known.frames = lane.at("frames");
      for (const auto& unit : lane.at("units")) known.units.push_back(unit);
      if (known.stages >= out.stages.size() || known.point.size() != out.axes.size())
        throw Error("a point does not fit");
    }
  } catch (const nlohmann::json::exception& e) {
    throw Error(fmt::format("what the results are made of is damaged: {}", e.what()));
  }
  return out;
}

FrameValues frame_values(Store& store, const CountedRun& run, const CountedRun::Lane& lane, std::size_t metric,
                         const Row& row) {
  const auto wanted = [&row](std::size_t q) {
    return row.kind == Row::Kind::function || std::cmp_equal(q, row.numerator) || std::cmp_equal(q, row.denominator);
  };
  const auto refuse = [&](std::uint64_t frame) {
    throw Error(fmt::format("\"{}\" has no values of single frames from frame {} on", lane.arm, frame), {},
                "run it again: only what is missing is computed");
  };
  FrameValues out;
  std::uint64_t frames = 0;
  for (const auto& key : lane.units) {
    const auto unit = store.get(key);
    if (!unit || unit->first != frames || unit->frames > lane.frames - frames || unit->metrics.size() != run.metrics.size())
      refuse(frames);
    const auto& columns = unit->metrics[metric].columns;
    if (frames == 0) out.resize(columns.size());
    if (out.size() != columns.size()) refuse(frames);
    for (std::size_t q = 0; q < columns.size(); ++q) {
      if (!wanted(q)) continue;
      const auto values = decode_column(columns[q], unit->frames);
      out[q].insert(out[q].end(), values.begin(), values.end());
    }
    frames += unit->frames;
  }
  if (frames != lane.frames) refuse(frames);
  const auto quantities = static_cast<int>(out.size());
  if (quantities > 0 && row.kind != Row::Kind::function &&
      (row.numerator < 0 || row.numerator >= quantities || row.denominator < -1 || row.denominator >= quantities))
    throw Error(fmt::format("the row \"{}\" names a quantity that is not there", row.name));
  return out;
}

}  // namespace tandem::host
