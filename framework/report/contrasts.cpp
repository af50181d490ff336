#include "contrasts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

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
    out.push_back(node == "source" || node == "ledger" ? node : "link." + node);
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

std::string plugin_of(const Ordered& stage) { return stage.begin().key(); }

// The address of the stage that an address lies in.
std::string stage_of(const std::string& address) {
  const bool link = address.starts_with("link.");
  return address.substr(0, address.find('.', link ? 5 : 0));
}

// Addresses at which the chains do not all have the same: stages of other plugins, and fields of the same one.
std::vector<std::string> differing(const CountedRun& run, const std::vector<Chain>& chains) {
  std::vector<std::string> out;
  for (const auto& address : addresses_of(run)) {
    std::set<std::string> values, plugins;
    for (const auto& chain : chains) {
      const Ordered& stages = run.stages[run.lanes[chain.lanes[0]].stages];
      const Ordered *at = find(stages, address), *stage = find(stages, stage_of(address));
      values.insert(at ? at->dump() : "");
      plugins.insert(stage ? plugin_of(*stage) : "");
    }
    const bool whole = address == stage_of(address);
    if (whole ? plugins.size() > 1 : plugins.size() == 1 && values.size() > 1) out.push_back(address);
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

class Finder {
 public:
  Finder(const CountedRun& run, const std::string& by, const std::string& place, Contrasts& out)
      : run_(run), by_(by), place_(place), out_(out), chains_(out.chains) {
    chains_ = chains_of(run);
    const auto snr = snr_axis(run);
    if (snr && by == run.axes[*snr].address)
      refuse(place, "\"" + by + "\" is the axis along which arms are compared",
             "--by takes arm or an address such as link.decoder");
    if (chains_.size() < 2)
      refuse(place, fmt::format("has only \"{}\" to compare", chains_.empty() ? "nothing" : chains_[0].name),
             "a comparison needs two arms, or an axis in \"sweep\"");
    values_.resize(chains_.size(), nullptr);
    if (by == "arm")
      take_arms(snr);
    else
      take_values();
  }

  void find_pairs(const std::string& baseline) {
    bool found = baseline.empty();
    std::vector<bool> paired(chains_.size(), false);
    std::vector<std::string> seen;
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      if (!has(i) || std::ranges::count(seen, rests_[i])) continue;
      seen.push_back(rests_[i]);
      const auto group = group_of(i);
      const auto first = baseline.empty()
                             ? group.begin()
                             : std::ranges::find_if(group, [&](std::size_t c) { return is_called(c, baseline); });
      if (first == group.end()) continue;
      found = true;
      for (const std::size_t j : group)
        if (j != *first) {
          out_.pairs.push_back({*first, j});
          paired[j] = paired[*first] = true;
        }
    }
    if (!found) refuse_baseline(baseline);
    if (out_.pairs.empty())
      refuse(place_, "no two arms differ in \"" + by_ + "\" alone",
             "they differ in " + list_of(differing(run_, chains_)) +
                 (by_ == "arm" ? "" : "; --by arm compares whole arms"));
    for (std::size_t i = 0; i < chains_.size(); ++i)
      if (!paired[i])
        out_.left_out.push_back(fmt::format(
            "{} is left out: {}", chains_[i].name,
            has(i) ? "nothing to compare it with differs in " + by_ + " alone" : "it has nothing at " + by_));
  }

 private:
  // Whole arms, at the same values of the axes.
  void take_arms(std::optional<std::size_t> snr) {
    for (auto& chain : chains_) {
      std::string rest;
      const auto& point = run_.lanes[chain.lanes[0]].point;
      for (std::size_t a = 0; a < point.size(); ++a)
        if (a != snr) rest += host::shown(point[a]) + "\n";
      rests_.push_back(rest);
      chain.label = chain.name;
    }
  }

  void take_values() {
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      const Ordered& stages = run_.stages[run_.lanes[chains_[i].lanes[0]].stages];
      values_[i] = find(stages, by_);
      rests_.push_back(nlohmann::json::parse(without(stages, by_).dump()).dump());
    }
    if (std::ranges::all_of(values_, [](const Ordered* value) { return !value; })) {
      const auto hint = host::did_you_mean(by_, addresses_of(run_));
      refuse(place_, "no arm has anything at \"" + by_ + "\"",
             hint.empty() ? "its arms differ in " + list_of(differing(run_, chains_)) : hint);
    }
    const auto parts = split(by_);
    label(chains_, values_, run_, parts.size() == (parts[0] == "link" || parts[0] == "graph" ? 2 : 1));
  }

  bool has(std::size_t chain) const { return by_ == "arm" || values_[chain]; }

  // The first chain of each value among those that are like this one in all else.
  std::vector<std::size_t> group_of(std::size_t chain) const {
    std::vector<std::size_t> group;
    for (std::size_t j = chain; j < chains_.size(); ++j) {
      const bool known =
          std::ranges::any_of(group, [&](std::size_t k) { return values_[j] && *values_[j] == *values_[k]; });
      if (has(j) && rests_[j] == rests_[chain] && !known) group.push_back(j);
    }
    return group;
  }

  bool is_called(std::size_t chain, const std::string& word) const {
    const Chain& c = chains_[chain];
    if (c.label == word || c.name == word || run_.lanes[c.lanes[0]].arm == word) return true;
    const Ordered* value = values_[chain];
    return value && value->is_object() && !value->empty() && plugin_of(*value) == word;
  }

  [[noreturn]] void refuse_baseline(const std::string& baseline) const {
    std::vector<std::string> labels;
    for (const auto& chain : chains_)
      if (!chain.label.empty() && !std::ranges::count(labels, chain.label)) labels.push_back(chain.label);
    const auto hint = host::did_you_mean(baseline, labels);
    refuse(place_, "has no \"" + baseline + "\" as a baseline", hint.empty() ? "it has " + list_of(labels) : hint);
  }

  const CountedRun& run_;
  const std::string& by_;
  const std::string& place_;
  Contrasts& out_;
  std::vector<Chain>& chains_;
  std::vector<const Ordered*> values_;  // what stands at the address, a chain each
  std::vector<std::string> rests_;      // all but that
};

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
  Finder(run, by, place, out).find_pairs(baseline);
  return out;
}

}  // namespace tandem::report
