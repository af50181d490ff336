#include "contrasts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "host/problem.hpp"

namespace tandem::report {
namespace {

using host::CountedRun, host::Ordered;

[[noreturn]] void refuse(const std::string& run, std::string message, std::string hint = {}) {
  throw host::Refusal(host::Problem{{run, 0, 0}, {}, std::move(message), std::move(hint), host::Exit::usage});
}

std::vector<std::string> split(const std::string& address) {
  std::vector<std::string> parts(1);
  for (const char c : address)
    if (c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

// What stands at the address, a stage or a field of its plugin (or of a part of it), or null.
const Ordered* find(const Ordered& stages, const std::string& address) {
  auto parts = split(address);
  if (parts[0] == "link" || parts[0] == "graph") parts.erase(parts.begin());
  if (parts.empty() || !stages.contains(parts[0])) return nullptr;
  const Ordered* at = &stages[parts[0]];
  if (parts.size() > 1) at = &*at->begin();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (at->is_object() && at->contains("plugin") && at->contains("fields")) at = &(*at)["fields"];
    if (!at->is_object() || !at->contains(parts[i])) return nullptr;
    at = &(*at)[parts[i]];
  }
  return at;
}

// The stages without what stands at the address.
Ordered without(Ordered stages, const std::string& address) {
  if (const Ordered* at = find(stages, address)) *const_cast<Ordered*>(at) = nullptr;
  return stages;
}

std::vector<std::string> addresses(const Ordered& stages) {
  std::vector<std::string> out;
  for (const auto& [node, stage] : stages.items()) {
    out.push_back(node == "source" ? node : "link." + node);
    const std::string head = out.back();
    for (const auto& [field, value] : stage.begin()->items()) out.push_back(head + "." + field);
  }
  return out;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// Addresses at which the chains do not all have the same.
std::vector<std::string> differing(const CountedRun& run, const std::vector<Chain>& chains) {
  std::vector<std::string> out;
  for (const auto& address : addresses_of(run)) {
    std::vector<std::string> values;
    for (const auto& chain : chains) {
      const Ordered* at = find(run.stages[run.lanes[chain.lanes[0]].stages], address);
      if (const auto text = at ? at->dump() : ""; !std::ranges::count(values, text)) values.push_back(text);
    }
    if (values.size() > 1) out.push_back(address);
  }
  return out;
}

std::vector<Chain> chains_of(const CountedRun& run) {
  const auto snr = snr_axis(run);
  std::vector<Chain> out;
  std::map<std::string, std::size_t> known;
  for (std::size_t l = 0; l < run.lanes.size(); ++l) {
    const auto& lane = run.lanes[l];
    std::string name = lane.arm;
    for (std::size_t i = 0; i < lane.point.size(); ++i)
      if (i != snr && lane.point[i]) name += fmt::format(", {} = {}", run.axes[i].address, host::shown(lane.point[i]));
    const auto [at, fresh] = known.try_emplace(name, out.size());
    if (fresh) out.push_back({name, {}, {}});
    out[at->second].lanes.push_back(l);
  }
  for (auto& chain : out)
    std::ranges::stable_sort(chain.lanes, {}, [&](std::size_t l) { return snr_of(run, run.lanes[l]); });
  return out;
}

std::string plugin_of(const Ordered& stage) { return stage.begin().key(); }

// A value as tables show it: a stage by its plugin and, where `fields`, what of its fields is not the same everywhere.
std::string shown_value(const Ordered& value, const std::vector<const Ordered*>& all, bool stage, bool fields) {
  if (!stage) return host::shown(value);
  std::string out = plugin_of(value);
  if (!fields) return out;
  for (const auto& [name, field] : value.begin()->items()) {
    const bool same = std::ranges::all_of(all, [&](const Ordered* other) {
      return plugin_of(*other) != plugin_of(value) || (*other->begin())[name] == field;
    });
    if (!same)
      out += fmt::format(
          " {}={}", name,
          field.is_object() && field.contains("reference") ? host::shown(field["reference"]) : host::shown(field));
  }
  return out;
}

// By plugin where that tells the values apart, else by arm where each has one, else by fields.
void label(std::vector<Chain>& chains, const std::vector<const Ordered*>& values, const CountedRun& run, bool stage) {
  std::vector<const Ordered*> present;
  for (const auto* value : values)
    if (value) present.push_back(value);
  const auto told_apart = [&](const std::vector<std::string>& labels) {
    for (std::size_t i = 0; i < labels.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (values[i] && values[j] && (*values[i] == *values[j]) != (labels[i] == labels[j])) return false;
    return true;
  };
  std::vector<std::string> plugins, arms, fields;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    plugins.push_back(values[i] ? shown_value(*values[i], present, stage, false) : "");
    arms.push_back(run.lanes[chains[i].lanes[0]].arm);
    fields.push_back(values[i] ? shown_value(*values[i], present, stage, true) : "");
  }
  const auto& chosen = told_apart(plugins) ? plugins : stage && told_apart(arms) ? arms : fields;
  for (std::size_t i = 0; i < chains.size(); ++i) chains[i].label = chosen[i];
}

}  // namespace

std::vector<std::string> addresses_of(const CountedRun& run) {
  std::vector<std::string> out;
  for (const auto& stages : run.stages)
    for (auto& address : addresses(stages))
      if (!std::ranges::count(out, address)) out.push_back(std::move(address));
  return out;
}

std::optional<std::size_t> snr_axis(const CountedRun& run) {
  for (std::size_t i = 0; i < run.axes.size(); ++i)
    if (run.axes[i].snr) return i;
  return std::nullopt;
}

double snr_of(const CountedRun& run, const CountedRun::Lane& lane) {
  const auto axis = snr_axis(run);
  return axis && lane.point[*axis] && lane.point[*axis]->is_number() ? lane.point[*axis]->get<double>() : 0;
}

Contrasts contrasts_by(const CountedRun& run, const std::string& by, const std::string& baseline,
                       const std::string& place) {
  Contrasts out;
  out.chains = chains_of(run);
  auto& chains = out.chains;
  const auto snr = snr_axis(run);
  if (snr && by == run.axes[*snr].address)
    refuse(place, "\"" + by + "\" is the axis along which arms are compared",
           "--by takes arm or an address such as link.decoder");
  if (chains.size() < 2)
    refuse(place, fmt::format("has only \"{}\" to compare", chains.empty() ? "nothing" : chains[0].name),
           "a comparison needs two arms, or an axis in \"sweep\"");
  const bool by_arm = by == "arm";
  std::vector<const Ordered*> values(chains.size(), nullptr);
  std::vector<std::string> rests;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const auto& lane = run.lanes[chains[i].lanes[0]];
    const Ordered& stages = run.stages[lane.stages];
    if (by_arm) {
      std::string rest;
      for (std::size_t a = 0; a < lane.point.size(); ++a)
        if (a != snr) rest += host::shown(lane.point[a]) + "\n";
      rests.push_back(rest);
      chains[i].label = chains[i].name;
    } else {
      values[i] = find(stages, by);
      rests.push_back(nlohmann::json::parse(without(stages, by).dump()).dump());
    }
  }
  if (!by_arm) {
    if (std::ranges::all_of(values, [](const Ordered* value) { return !value; })) {
      const auto hint = host::did_you_mean(by, addresses_of(run));
      refuse(place, "no arm has anything at \"" + by + "\"",
             hint.empty() ? "its arms differ in " + list_of(differing(run, chains)) : hint);
    }
    const auto parts = split(by);
    label(chains, values, run, parts.size() == (parts[0] == "link" || parts[0] == "graph" ? 2 : 1));
  }
  const auto same = [&](std::size_t a, std::size_t b) {
    return by_arm ? a == b : values[a] && values[b] && *values[a] == *values[b];
  };
  const auto names = [&](std::size_t c, const std::string& word) {
    if (chains[c].label == word || chains[c].name == word || run.lanes[chains[c].lanes[0]].arm == word) return true;
    return values[c] && values[c]->is_object() && !values[c]->empty() && plugin_of(*values[c]) == word;
  };
  bool found = baseline.empty();
  std::vector<bool> paired(chains.size(), false);
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    if ((!by_arm && !values[i]) || std::ranges::count(seen, rests[i])) continue;
    seen.push_back(rests[i]);
    std::vector<std::size_t> group;
    for (std::size_t j = i; j < chains.size(); ++j)
      if (rests[j] == rests[i] && (by_arm || values[j]) &&
          std::ranges::none_of(group, [&](std::size_t k) { return same(j, k); }))
        group.push_back(j);
    auto first = baseline.empty() ? group.begin()
                                  : std::ranges::find_if(group, [&](std::size_t c) { return names(c, baseline); });
    found = found || first != group.end();
    if (first == group.end()) continue;
    for (const std::size_t j : group)
      if (j != *first) {
        out.pairs.push_back({*first, j});
        paired[j] = paired[*first] = true;
      }
  }
  if (!found) {
    std::vector<std::string> labels;
    for (const auto& chain : chains)
      if (!chain.label.empty() && !std::ranges::count(labels, chain.label)) labels.push_back(chain.label);
    const auto hint = host::did_you_mean(baseline, labels);
    refuse(place, "has no \"" + baseline + "\" as a baseline", hint.empty() ? "it has " + list_of(labels) : hint);
  }
  if (out.pairs.empty())
    refuse(place, "no two arms differ in \"" + by + "\" alone",
           "they differ in " + list_of(differing(run, chains)) + "; --by arm compares whole arms");
  for (std::size_t i = 0; i < chains.size(); ++i)
    if (!paired[i])
      out.left_out.push_back(fmt::format(
          "{} is left out: {}", chains[i].name,
          by_arm || values[i] ? "nothing to compare it with differs in " + by + " alone" : "it has nothing at " + by));
  return out;
}

}  // namespace tandem::report
