#include "config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "convention.hpp"

namespace tandem::host {
namespace {

constexpr std::size_t most_points = 100'000, most_description_bytes = std::size_t{256} << 20;

const std::vector<std::string> known_keys = {"title", "extends", "seed", "source", "link", "graph", "arms",
                                             "snr",   "sweep",   "metrics", "stop", "ledger"};

Located extended(const std::filesystem::path& path, int depth) {
  Located document(read_document(path));
  const auto refuse = [&](const Place& place, const char* address, const std::string& message) {
    throw Refusal(Problem{place, address, message, {}, Exit::usage});
  };
  if (!document.value.is_object()) refuse(document.place({}), "", "a config is a JSON object");
  if (!document.value.contains("extends")) return document;
  const Place place = document.place({"extends"});
  if (!document.value["extends"].is_string()) refuse(place, "extends", "must be the path of another config");
  if (depth == 8) refuse(place, "extends", "configs extend each other more than 8 deep");
  Located base = extended(path.parent_path() / document.value["extends"].get<std::string>(), depth + 1);
  base.value.erase("title");
  for (const auto& [key, value] : document.value.items()) {
    if (key == "extends") continue;
    try {
      base.put(find_path(base, key), document.part({key}));
    } catch (const Refusal&) {
      throw;
    } catch (const Error& e) {
      refuse(document.place({key}), key.c_str(), e.message());
    }
  }
  return base;
}

// Collects what is wrong instead of stopping at the first.
class Loader {
 public:
  Loader(const std::filesystem::path& path, const std::vector<std::string>& sets, const std::vector<std::string>& only) {
    config_.path = path;
    config_.document = read_config(path, sets);
    check_keys({}, known_keys);
    read_plain();
    read_arms(only);
    read_axes();
    if (!problems_.empty()) throw Refusal(std::move(problems_));
  }
  Config take() { return std::move(config_); }

 private:
  using Path = std::vector<std::string>;

  void problem(const Path& path, std::string message, std::string hint = {}) {
    std::string address;
    for (const auto& part : path) address += (address.empty() ? "" : ".") + part;
    problems_.push_back({config_.document.place(path), address, std::move(message), std::move(hint), Exit::usage});
  }

  const Ordered* at(const Path& path) const {
    const Ordered* value = &config_.document.value;
    for (const auto& key : path) {
      if (!value->is_object() || !value->contains(key)) return nullptr;
      value = &value->at(key);
    }
    return value;
  }

  void check_keys(const Path& path, const std::vector<std::string>& known) {
    const Ordered* object = at(path);
    if (!object || object->is_null()) return;
    if (!object->is_object()) return problem(path, "must be an object");
    for (const auto& [key, value] : object->items()) {
      if (std::ranges::count(known, key)) continue;
      Path inner = path;
      inner.push_back(key);
      auto hint = did_you_mean(key, known);
      problem(inner, "unknown key", hint.empty() ? "known here: " + fmt::format("{}", fmt::join(known, ", ")) : hint);
    }
  }

  void read_whole(const Path& path, std::uint64_t& out, std::uint64_t low, std::uint64_t high) {
    const Ordered* value = at(path);
    if (!value) return;
    const bool whole = value->is_number_unsigned() || (value->is_number_integer() && value->get<std::int64_t>() >= 0);
    if (!whole || value->get<std::uint64_t>() < low || value->get<std::uint64_t>() > high)
      return problem(path, fmt::format("must be a whole number from {} to {}, not {}", low, high, value->dump()));
    out = value->get<std::uint64_t>();
  }

  void read_plain() {
    if (const Ordered* title = at({"title"})) {
      if (title->is_string())
        config_.title = title->get<std::string>();
      else
        problem({"title"}, "must be a string");
    }
    if (config_.title.empty()) config_.title = config_.path.stem().string();
    constexpr std::uint64_t huge = std::uint64_t{1} << 53;
    read_whole({"seed"}, config_.seed, 0, huge);
    check_keys({"stop"}, {"frames", "frame_errors", "min_frames", "unit", "paired"});
    read_whole({"stop", "frames"}, config_.frames, 1, 1'000'000'000'000);
    read_whole({"stop", "frame_errors"}, config_.frame_errors, 1, huge);
    read_whole({"stop", "min_frames"}, config_.min_frames, 0, huge);
    read_whole({"stop", "unit"}, config_.unit, 1, 1'000'000);
    if (const Ordered* paired = at({"stop", "paired"})) {
      if (paired->is_boolean())
        config_.paired = paired->get<bool>();
      else
        problem({"stop", "paired"}, "must be true or false");
    }
    if (!at({"stop", "frames"})) problem(at({"stop"}) ? Path{"stop"} : Path{}, "\"stop\" needs \"frames\"", "for example \"stop\": {\"frames\": 1000}");
    if (!at({"source"}) && !at({"graph"})) problem({}, "there is no \"source\"", "for example \"source\": {\"random-bits\": {\"length\": 24}}");
    if (!at({"link"}) == !at({"graph"})) problem({}, at({"link"}) ? "\"link\" and \"graph\" cannot both be given" : "there is no \"link\"");
    if (const Ordered* metrics = at({"metrics"}); metrics && !metrics->is_null() && !metrics->is_array()) problem({"metrics"}, "must be a list of metrics");
  }

  void read_arms(const std::vector<std::string>& only) {
    Located base;
    base.value = Ordered::object();
    base.value["ledger"] = Ordered::object();  // what an arm may write in
    for (const char* key : {"source", "link", "graph", "ledger"})
      if (at({key})) base.put({key}, config_.document.part({key}));
    const Ordered* arms = at({"arms"});
    if (!arms || arms->is_null()) {
      config_.arms.push_back({"base", std::move(base)});
    } else if (!arms->is_object() || arms->empty()) {
      problem({"arms"}, "must be an object of at least one arm");
    } else {
      const std::size_t size = base.value.dump(-1, ' ', false, Ordered::error_handler_t::replace).size();
      if (size * arms->size() > most_description_bytes) return problem({"arms"}, "these arms are too many for the size of what they change");
      for (const auto& [name, changes] : arms->items()) config_.arms.push_back({name, changed(base, name, changes)});
    }
    for (const auto& name : only)
      if (!config_.arm(name)) {
        std::vector<std::string> names;
        for (const auto& arm : config_.arms) names.push_back(arm.name);
        const auto hint = did_you_mean(name, names);
        throw Refusal(Problem{{"--arm " + name, 0, 0}, {}, "there is no such arm", hint.empty() ? fmt::format("arms: {}", fmt::join(names, ", ")) : hint, Exit::usage});
      }
    config_.reference = config_.arms.empty() ? "" : config_.arms[0].name;
    config_.all_arms = config_.arms;
    if (!only.empty()) std::erase_if(config_.arms, [&](const Arm& arm) { return !std::ranges::count(only, arm.name); });
  }

  Located changed(Located arm, const std::string& name, const Ordered& changes) {
    if (name.empty() || name.find_first_of(",\"\n\r") != std::string::npos)
      problem({"arms", name}, "an arm's name has no comma, quote or line end");
    if (!changes.is_object()) {
      problem({"arms", name}, "must be an object of addresses and values");
      return arm;
    }
    for (const auto& [address, value] : changes.items()) {
      const Path here{"arms", name, address};
      const std::string root = address.substr(0, address.find('.'));
      if (!belongs_to_arm(root)) {
        problem(here, "an arm changes the link, the graph, the source or the ledger only", "write \"link." + address + "\"?");
        continue;
      }
      try {
        const auto path = find_path(arm, address);
        if (path.size() == 2 && root == "link" && arm.value["link"].is_object() && !arm.value["link"].contains(path[1]) &&
            !is_floor(path[1])) {
          problem(here, "the base has no place for this block", "reserve it with \"" + path[1] + "\": null in the base's link");
          continue;
        }
        arm.put(path, config_.document.part(here));
      } catch (const Error& e) {
        problem(here, e.message());
      }
    }
    return arm;
  }

  static bool belongs_to_arm(const std::string& root) { return root == "link" || root == "graph" || root == "source" || root == "ledger"; }

  static bool is_floor(const std::string& key) {
    static const std::set<std::string> floors = {"codec", "tokenizer", "model", "coder", "code", "decoder", "modem", "channel"};
    return floors.contains(key);
  }

  void read_axes() {
    for (const auto& [key, value] : config_.document.value.items()) {
      if (value.is_null()) continue;  // taken out by an extension or --set
      if (key == "snr") read_snr(value);
      if (key == "sweep") {
        if (!value.is_object()) {
          problem({"sweep"}, "must be an object of addresses and values");
          continue;
        }
        for (const auto& [address, values] : value.items()) {
          Axis axis{address, list_of({"sweep", address}, values, false), false, config_.document.place({"sweep", address})};
          const std::string root = address.substr(0, address.find('.'));
          if (!belongs_to_arm(root))
            problem({"sweep", address}, "a sweep changes the link, the graph, the source or the ledger only");
          else if (!std::ranges::any_of(config_.all_arms, [&](const Arm& arm) { return leads_somewhere(arm, address); }))
            problem({"sweep", address}, "no arm has this address");
          config_.axes.push_back(std::move(axis));
        }
      }
    }
    std::size_t points = 1;
    for (const auto& axis : config_.axes) points = std::min(most_points + 1, points) * std::max<std::size_t>(1, axis.values.size());
    const std::size_t arms = std::max<std::size_t>(1, config_.arms.size());
    if (points * arms > most_points) problem({}, fmt::format("the axes make {} points, more than {}", points * arms, most_points));
    // Each arm has a description of its own, and so has each of its points but for the SNR.
    std::size_t variants = 1, bytes = 0;
    for (const auto& axis : config_.axes)
      if (!axis.snr) variants *= std::max<std::size_t>(1, axis.values.size());
    for (const auto& arm : config_.arms) {
      bytes += arm.document.value.dump(-1, ' ', false, Ordered::error_handler_t::replace).size() * (variants + 1);
      if (bytes > most_description_bytes) return problem({}, "the arms and points of this config are too many for its size");
    }
  }

  static bool leads_somewhere(const Arm& arm, const std::string& address) {
    Located copy = arm.document;
    try {
      find_path(copy, address);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  void read_snr(const Ordered& snr) {
    static const std::vector<std::string> kinds = {"es_n0_db", "eb_n0_db", "unified_snr_db", "label_db"};
    std::vector<std::string> known = kinds;
    known.insert(known.end(), {"reference", "over", "convention"});
    check_keys({"snr"}, known);
    if (!snr.is_object()) return;
    for (const auto& kind : kinds)
      if (snr.contains(kind)) {
        if (!config_.axes.empty() && config_.axes.back().snr) problem({"snr", kind}, "\"snr\" holds one axis");
        config_.axes.push_back({kind, list_of({"snr", kind}, snr[kind], true), true, config_.document.place({"snr", kind})});
      }
    if (config_.axes.empty() || !config_.axes.back().snr)
      problem({"snr"}, "needs one of es_n0_db, eb_n0_db, unified_snr_db, label_db", "for example \"snr\": {\"es_n0_db\": [0, 1, 2]}");
    read_convention(snr);
    read_whole({"snr", "over"}, config_.over, 1, 100'000'000);
    if (!snr.contains("reference")) return;
    const Ordered& reference = snr["reference"];
    const auto named = [&](const Arm& arm) { return reference.is_string() && arm.name == reference.get<std::string>(); };
    if (!std::ranges::any_of(config_.all_arms, named)) return problem({"snr", "reference"}, "is not the name of an arm");
    config_.reference = reference.get<std::string>();
  }

  void read_convention(const Ordered& snr) {
    const auto names = convention_names();
    const std::string known = fmt::format("known: {}", fmt::join(names, ", "));
    if (!snr.contains("convention")) {
      if (snr.contains("label_db")) problem({"snr", "label_db"}, "needs a \"convention\" that says what the labels mean", known);
      return;
    }
    if (!snr.contains("label_db")) problem({"snr", "convention"}, "says what \"label_db\" means, which there is not");
    const Ordered& given = snr["convention"];
    if (!given.is_string()) return problem({"snr", "convention"}, "must be the name of a convention", known);
    config_.convention = given.get<std::string>();
    if (find_convention(config_.convention)) return;
    const auto hint = did_you_mean(config_.convention, names);
    problem({"snr", "convention"}, fmt::format("there is no convention \"{}\"", config_.convention), hint.empty() ? known : hint);
  }

  // A value, a list, or {"from", "to", "step"} with both ends included.
  std::vector<Ordered> list_of(const Path& path, const Ordered& given, bool numbers) {
    std::vector<Ordered> values;
    if (given.is_object() && given.contains("from")) {
      check_keys(path, {"from", "to", "step"});
      for (const char* key : {"from", "to", "step"})
        if (!given.contains(key) || !given[key].is_number()) {
          problem(path, "a range needs numbers \"from\", \"to\" and \"step\"");
          return values;
        }
      const double from = given["from"].get<double>(), to = given["to"].get<double>(), step = given["step"].get<double>();
      if (!(step > 0) || !(to >= from) || !((to - from) / step < static_cast<double>(most_points))) {
        problem(path, "this range is empty or has more than 100000 values", "\"step\" is above 0 and \"to\" not below \"from\"");
        return values;
      }
      const bool whole = given["from"].is_number_integer() && given["step"].is_number_integer();
      const auto count = static_cast<std::size_t>(std::floor((to - from) / step + 1e-9)) + 1;
      for (std::size_t i = 0; i < count; ++i) {
        const double value = from + static_cast<double>(i) * step;
        values.push_back(whole ? Ordered(static_cast<std::int64_t>(value)) : Ordered(value));
      }
    } else if (given.is_array() && !given.empty()) {
      values.assign(given.begin(), given.end());
    } else if (given.is_array()) {
      problem(path, "an empty list has no points");
    } else {
      values.push_back(given);
    }
    if (numbers && !std::ranges::all_of(values, [](const Ordered& v) { return v.is_number() && std::abs(v.get<double>()) <= 1000; })) {
      problem(path, "must be a number of dB from -1000 to 1000, a list of them, or a range");
      values.clear();
    }
    return values;
  }

  Config config_;
  std::vector<Problem> problems_;
};

}  // namespace

const Arm* Config::arm(const std::string& name) const {
  const auto found = std::ranges::find(arms, name, &Arm::name);
  return found == arms.end() ? nullptr : &*found;
}

Located read_config(const std::filesystem::path& path, const std::vector<std::string>& sets) {
  Located document = extended(path, 0);
  for (const auto& set : sets) {
    const Setting setting(set);
    if (setting.address.starts_with("ledger.") && document.value.is_object() && !document.value.contains("ledger"))
      document.value["ledger"] = Ordered::object();
    try {
      document.put(find_path(document, setting.address), setting.value);
    } catch (const Error& e) {
      throw Refusal(Problem{setting.place, {}, e.message(), {}, Exit::usage});
    }
  }
  return document;
}

Config load_config(const std::filesystem::path& path, const std::vector<std::string>& sets, const std::vector<std::string>& only) {
  return Loader(path, sets, only).take();
}

}  // namespace tandem::host
