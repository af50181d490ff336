#include "plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tandem/metric.hpp>

namespace tandem::host {
namespace {

class Planner {
 public:
  Planner(Plan& plan, const Catalogue& catalogue, const Registry& registry) : plan_(plan), catalogue_(catalogue), registry_(registry) {}

  void make() {
    const Config& config = plan_.config;
    for (const auto& arm : config.arms) plan_.arms.push_back(planned(arm));
    const bool unified = std::ranges::any_of(config.axes, [](const Axis& axis) { return axis.address == "unified_snr_db"; });
    if (unified && !config.arm(config.reference))
      for (const auto& arm : config.all_arms)
        if (arm.name == config.reference) plan_.reference = planned(arm);
    read_metrics();
    check_sweep();
    leave_out(unified);
    if (!problems_.empty()) throw Refusal(unique(std::move(problems_)));
    check_metrics();
    if (!problems_.empty()) throw Refusal(unique(std::move(problems_)));
  }

 private:
  PlannedArm planned(const Arm& arm) {
    PlannedArm out;
    out.name = arm.name;
    const auto& axes = plan_.config.axes;
    // Which axes this arm has: the SNR where its channel takes one, a sweep where the address leads to a field.
    std::vector<Problem> found;
    std::vector<bool> has(axes.size());
    Variant base{arm.document, {}};
    base.graph = build_graph(base.document, catalogue_, registry_, found);
    for (std::size_t i = 0; i < axes.size(); ++i) has[i] = axes[i].snr || has_field(arm.document, base.graph, axes[i].address);
    std::vector<std::size_t> at(axes.size(), 0);
    std::map<std::vector<std::size_t>, std::size_t> variants;
    for (bool more = true; more;) {
      Point point;
      std::vector<std::size_t> sweep;
      for (std::size_t i = 0; i < axes.size(); ++i) {
        point.values.push_back(has[i] ? std::optional(axes[i].values[at[i]]) : std::nullopt);
        if (!axes[i].snr) sweep.push_back(at[i]);
      }
      const auto [known, fresh] = variants.try_emplace(sweep, out.variants.size());
      if (fresh) out.variants.push_back(variant(arm, point, found));
      point.variant = known->second;
      out.points.push_back(std::move(point));
      more = false;
      for (std::size_t i = axes.size(); i-- > 0;) {
        if (!has[i] || axes[i].values.empty()) continue;
        if (++at[i] < axes[i].values.size()) {
          more = true;
          break;
        }
        at[i] = 0;
      }
    }
    if (found.empty()) check_snr(out, found);
    settle(out, found);
    return out;
  }

  Variant variant(const Arm& arm, const Point& point, std::vector<Problem>& found) {
    Variant out{arm.document, {}};
    const auto& axes = plan_.config.axes;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (axes[i].snr || !point.values[i]) continue;
      Located part;
      part.value = *point.values[i];
      part.places[""] = axes[i].place;
      try {
        out.document.put(find_path(out.document, axes[i].address), part);
      } catch (const Error& e) {
        found.push_back({axes[i].place, "sweep." + axes[i].address, e.message(), {}, Exit::usage});
      }
    }
    out.graph = build_graph(out.document, catalogue_, registry_, found);
    read_ledger(out, found);
    return out;
  }

  static void read_ledger(Variant& variant, std::vector<Problem>& found) {
    constexpr std::uint64_t most = 1024;
    const Ordered& ledger = variant.document.value["ledger"];
    if (ledger.is_null()) return;
    const auto problem = [&](const std::vector<std::string>& path, const std::string& message, std::string hint = {}) {
      found.push_back({variant.document.place(path), fmt::format("{}", fmt::join(path, ".")), message, std::move(hint), Exit::usage});
    };
    if (!ledger.is_object()) return problem({"ledger"}, "must be an object");
    for (const auto& [key, value] : ledger.items()) {
      const auto hint = did_you_mean(key, {"uses_a_value"});
      if (key != "uses_a_value")
        problem({"ledger", key}, "unknown key", hint.empty() ? "known here: uses_a_value" : hint);
      else if (!value.is_number_unsigned() || value.get<std::uint64_t>() < 1 || value.get<std::uint64_t>() > most)
        problem({"ledger", key}, fmt::format("must be a whole number from 1 to {}, not {}", most, value.dump()));
      else
        variant.uses_a_value = value.get<std::uint64_t>();
    }
  }

  // The node whose field the address is, or null.
  static const Node* node_of(const Graph& graph, const std::string& address) {
    const std::size_t last = address.rfind('.');
    if (last == std::string::npos) return nullptr;
    const std::size_t before = last == 0 ? std::string::npos : address.rfind('.', last - 1);
    const Node* node = graph.find(before == std::string::npos ? address.substr(0, last) : address.substr(before + 1, last - before - 1));
    return node && node->stage.plugin ? node : nullptr;
  }

  // A field of a node's plugin, a stage, or something written in the document.
  static bool has_field(const Located& document, const Graph& graph, const std::string& address) {
    if (address.starts_with("ledger.")) return sends_values(graph);
    if (is_written(document, address)) return true;
    const Node* node = node_of(graph, address);
    if (!node) return false;
    return std::ranges::any_of(node->stage.plugin->manifest.fields, [&](const FieldSpec& f) { return f.name == address.substr(address.rfind('.') + 1); });
  }

  // An address may lead to a stage of some arm and yet to no field of its plugin.
  void check_sweep() {
    const auto& config = plan_.config;
    for (std::size_t i = 0; i < config.axes.size() && config.arms.size() == config.all_arms.size(); ++i) {
      const auto& axis = config.axes[i];
      if (std::ranges::any_of(plan_.arms, [&](const PlannedArm& arm) { return arm.points[0].values[i].has_value(); })) continue;
      std::vector<std::string> names;
      for (const auto& arm : plan_.arms)
        if (const Node* node = node_of(arm.variants[0].graph, axis.address))
          for (const auto& field : node->stage.plugin->manifest.fields) names.push_back(field.name);
      problems_.push_back({axis.place, "sweep." + axis.address, "no arm has this field", did_you_mean(axis.address.substr(axis.address.rfind('.') + 1), names), Exit::usage});
    }
  }

  void check_snr(const PlannedArm& arm, std::vector<Problem>& found) {
    const bool swept = std::ranges::any_of(plan_.config.axes, &Axis::snr);
    for (const auto& variant : arm.variants) {
      for (const auto& node : variant.graph.nodes) {
        if (node.role != "channel" || node.receiving()) continue;
        const auto& manifest = node.stage.plugin->manifest;
        if (manifest.has_snr && !swept)
          found.push_back({variant.document.place(node.path), fmt::format("{}", fmt::join(node.path, ".")), fmt::format("\"{}\" needs an \"snr\"", manifest.name), "for example \"snr\": {\"es_n0_db\": [0, 1, 2]}", Exit::usage});
        if (!manifest.has_snr && swept)
          found.push_back({plan_.config.document.place({"snr"}), "snr", fmt::format("\"{}\" takes no SNR", manifest.name), "sweep a field of the channel instead", Exit::usage});
      }
      return;
    }
  }

  // Missing files leave the arm out; all else is an error.
  void settle(PlannedArm& arm, const std::vector<Problem>& found) {
    for (const auto& problem : found)
      if (problem.exit == Exit::missing_reference) {
        arm.skipped = to_text(problem);
        missing_.push_back({arm.name, problem});
      } else {
        problems_.push_back(problem);
      }
  }

  void leave_out(bool unified) {
    const bool others = std::ranges::any_of(plan_.arms, [](const PlannedArm& arm) { return arm.skipped.empty(); });
    for (const auto& [name, problem] : missing_) {
      if (!others || (unified && name == plan_.config.reference))
        problems_.push_back(problem);
      else if (plan_.warnings.empty() || !plan_.warnings.back().starts_with(name + " is left out"))
        plan_.warnings.push_back(name + " is left out: " + to_text(problem));
    }
  }

  void read_metrics() {
    const auto& document = plan_.config.document;
    if (!document.value.contains("metrics") || !document.value["metrics"].is_array()) return;
    Checker checker(catalogue_, registry_, document, problems_);
    for (std::size_t i = 0; i < document.value["metrics"].size(); ++i) {
      const std::vector<std::string> path{"metrics", std::to_string(i)};
      Stage stage = checker.stage(document.value["metrics"][i], "metric", path, "metrics." + std::to_string(i));
      if (!stage.plugin) continue;
      if (std::ranges::any_of(plan_.metrics, [&](const Stage& other) { return other.plugin == stage.plugin; }))
        checker.problem(path, "metrics." + std::to_string(i), fmt::format("the metric \"{}\" stands here twice", stage.plugin->manifest.name));
      else
        plan_.metrics.push_back(std::move(stage));
    }
  }

  // A metric that no arm can feed is an error.
  void check_metrics() {
    for (std::size_t i = 0; i < plan_.metrics.size(); ++i) {
      const auto& manifest = plan_.metrics[i].plugin->manifest;
      const bool fed = std::ranges::any_of(plan_.arms, [&](const PlannedArm& arm) {
        return arm.skipped.empty() && (manifest.needs & ~available(arm.variants[0].graph)) == 0;
      });
      if (!fed)
        problems_.push_back({plan_.config.document.place({"metrics", std::to_string(i)}), "metrics." + std::to_string(i), fmt::format("no arm has what \"{}\" compares", manifest.name), {}, Exit::usage});
    }
  }

 public:
  static unsigned available(const Graph& graph) {
    unsigned out = Metric::ledger;
    for (const std::size_t index : graph.chain) {
      const Node& node = graph.nodes[index];
      if (node.receiving()) continue;
      if (node.role == "source" && node.stage.plugin->manifest.gives == "items") out |= Metric::items;
      if (node.role == "tokenizer") out |= Metric::tokens;
      if (node.role == "modem" && node.stage.plugin->manifest.takes == "bits") out |= Metric::bits | Metric::code_bits;
    }
    return out;
  }

 private:
  static std::vector<Problem> unique(std::vector<Problem> problems) {
    std::vector<Problem> out;
    std::set<std::string> known;
    for (auto& problem : problems)
      if (known.insert(to_text(problem)).second) out.push_back(std::move(problem));
    return out;
  }

  Plan& plan_;
  const Catalogue& catalogue_;
  const Registry& registry_;
  std::vector<Problem> problems_;
  std::vector<std::pair<std::string, Problem>> missing_;
};

}  // namespace

unsigned available_to_metrics(const Graph& graph) { return Planner::available(graph); }

const PlannedArm& Plan::arm_of_reference() const {
  for (const auto& arm : arms)
    if (arm.name == config.reference) return arm;
  return *reference;
}

Plan make_plan(Config config, const Catalogue& catalogue, const Registry& registry) {
  Plan plan;
  plan.config = std::move(config);
  Planner(plan, catalogue, registry).make();
  return plan;
}

std::string shown(const std::optional<Ordered>& value) {
  if (!value) return {};
  if (value->is_number_float()) return fmt::format("{}", value->get<double>());  // -3, not -3.0
  return value->is_string() ? value->get<std::string>() : value->dump();
}

}  // namespace tandem::host
