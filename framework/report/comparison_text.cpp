#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "comparison.hpp"

namespace tandem::report {
namespace {

using host::Ordered;

std::string brief(double value) { return std::isnan(value) ? "-" : value == 0 ? "0" : fmt::format("{:.3g}", value); }
std::string decibels(double value) { return fmt::format("{:.2f}", value == 0 ? 0 : value); }

// Lines of cells, each column as wide as its widest, numbers to the right.
std::string aligned(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths(lines[0].size(), 0);
  for (const auto& line : lines)
    for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], line[c].size());
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t c = 0; c < line.size(); ++c)
      text += (c ? "  " : "") +
              (c == 0 ? fmt::format("{:<{}}", line[c], widths[c]) : fmt::format("{:>{}}", line[c], widths[c]));
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

bool significant(const Difference& difference) { return difference.adjusted && *difference.adjusted < family_level; }

std::string probability(double p) {
  return p < 1e-9 ? "<1e-09" : p < 1e-3 ? fmt::format("{:.1e}", p) : fmt::format("{:.3f}", p);
}

std::string heading(const Comparison& c, const std::string& metric, const Contrasts::Pair& pair) {
  constexpr std::size_t width = 100;
  const Chain &other = c.chains[pair.other], &baseline = c.chains[pair.baseline];
  const std::string first = fmt::format("{}: {} against {}", metric, other.label, baseline.label);
  if (other.label == other.name && baseline.label == baseline.name) return first;
  const std::string names = fmt::format("({} against {})", other.name, baseline.name);
  return first + (first.size() + names.size() < width ? " " : "\n  ") + names;
}

// A crossing within the curve, or on which side of it.
std::string place(const Reach& crossing) {
  if (crossing.exact()) return decibels(crossing.low);
  if (std::isfinite(crossing.low)) return "> " + decibels(crossing.low);
  if (std::isfinite(crossing.high)) return "<= " + decibels(crossing.high);
  return "-";
}

std::string gain_text(const Reach& gain) {
  if (gain.exact()) return decibels(gain.low);
  if (std::isfinite(gain.low) && std::isfinite(gain.high)) return decibels(gain.low) + " to " + decibels(gain.high);
  if (std::isfinite(gain.low)) return ">= " + decibels(gain.low);
  if (std::isfinite(gain.high)) return "<= " + decibels(gain.high);
  return "-";
}

std::string interval_text(const Reach& interval) {
  if (!std::isfinite(interval.low) && !std::isfinite(interval.high)) return "-";
  const auto side = [](double value) { return std::isfinite(value) ? decibels(value) : std::string("?"); };
  return fmt::format("[{}, {}]", side(interval.low), side(interval.high));
}

std::string differences_table(const Comparison& c) {
  std::string out;
  for (std::size_t i = 0; i < c.differences.size();) {
    const auto& first = c.differences[i];
    std::vector<std::vector<std::string>> lines = {
        {c.axis.empty() ? "" : c.axis, "frames", "baseline", "value", "difference", "95 % interval", "p", "test", ""}};
    for (; i < c.differences.size(); ++i) {
      const auto& d = c.differences[i];
      if (d.metric != first.metric || d.pair.baseline != first.pair.baseline || d.pair.other != first.pair.other) break;
      lines.push_back({d.snr ? host::shown(d.snr) : "", std::to_string(d.frames), brief(d.baseline_value),
                       brief(d.value), brief(d.difference),
                       d.p ? fmt::format("[{}, {}]", brief(d.low), brief(d.high)) : "-", d.p ? probability(*d.p) : "-",
                       d.test, significant(d) ? "*" : ""});
    }
    out += heading(c, first.metric, first.pair) + "\n" + aligned(lines) + "\n";
  }
  if (c.tests > 0)
    out +=
        fmt::format("* differs, at {:g} % of error for all {} tests together (Holm); difference = value - baseline\n",
                    100 * family_level, c.tests);
  return out;
}

std::string gains_table(const Comparison& c) {
  std::string out;
  for (std::size_t i = 0; i < c.gains.size();) {
    const auto& first = c.gains[i];
    bool missed = false;
    std::vector<std::vector<std::string>> lines = {
        {"", "at dB", "baseline at", "gain in dB", "95 % interval", "not reached"}};
    for (; i < c.gains.size() && c.gains[i].metric == first.metric && c.gains[i].level == first.level; ++i) {
      const auto& g = c.gains[i];
      std::string not_reached;
      if (g.other_not_reached > 0) not_reached = fmt::format("{:.1f} %", 100 * g.other_not_reached);
      if (g.baseline_not_reached > 0)
        not_reached +=
            fmt::format("{}baseline {:.1f} %", not_reached.empty() ? "" : ", ", 100 * g.baseline_not_reached);
      missed = missed || !not_reached.empty();
      lines.push_back({fmt::format("{} against {}", c.chains[g.pair.other].label, c.chains[g.pair.baseline].label),
                       place(g.other), place(g.baseline), gain_text(g.value), interval_text(g.interval), not_reached});
    }
    if (!missed)
      for (auto& line : lines) line.pop_back();
    out += fmt::format("{}{} from which {} keeps {:g} ({} between points)\n", out.empty() ? "" : "\n", c.axis,
                       first.metric, first.level, first.logarithmic ? "its logarithm linear" : "linear");
    out += aligned(lines);
    if (missed) out += "not reached: the share of resamples in which the curve ends before the level\n";
  }
  return out;
}

Ordered number(double value) { return std::isfinite(value) ? Ordered(value) : Ordered(); }
Ordered bounds(const Reach& crossing) { return {{"low", number(crossing.low)}, {"high", number(crossing.high)}}; }

}  // namespace

std::string to_table(const Comparison& comparison) {
  std::string out = differences_table(comparison);
  const std::string gains = gains_table(comparison);
  if (!out.empty() && !gains.empty()) out += "\n";
  return out + gains;
}

std::string to_json_lines(const Comparison& c) {
  std::string out;
  const auto pair = [&](Ordered& line, const Contrasts::Pair& of) {
    line["arm"] = c.chains[of.other].name;
    line["baseline"] = c.chains[of.baseline].name;
    line["by"] = {{"arm", c.chains[of.other].label}, {"baseline", c.chains[of.baseline].label}};
  };
  for (const auto& d : c.differences) {
    Ordered line = {{"metric", d.metric}};
    pair(line, d.pair);
    line["point"] = Ordered::object();
    if (d.snr) line["point"][c.axis] = *d.snr;
    line["frames"] = d.frames;
    line["baseline_value"] = number(d.baseline_value);
    line["value"] = number(d.value);
    line["difference"] = number(d.difference);
    line["low"] = number(d.low);
    line["high"] = number(d.high);
    line["p"] = d.p ? Ordered(*d.p) : Ordered();
    line["p_adjusted"] = d.adjusted ? Ordered(*d.adjusted) : Ordered();
    line["significant"] = significant(d);
    line["test"] = d.test;
    out += Ordered{{"difference", line}}.dump() + "\n";
  }
  for (const auto& g : c.gains) {
    Ordered line = {{"metric", g.metric}, {"level", g.level}};
    pair(line, g.pair);
    line["axis"] = c.axis;
    line["at"] = bounds(g.other);
    line["baseline_at"] = bounds(g.baseline);
    line["gain_db"] = bounds(g.value);
    line["interval"] = bounds(g.interval);
    line["not_reached"] = {{"arm", g.other_not_reached}, {"baseline", g.baseline_not_reached}};
    out += Ordered{{"gain", line}}.dump() + "\n";
  }
  return out +
         Ordered{{"summary",
                  {{"by", c.by},
                   {"tests", c.tests},
                   {"level", family_level},
                   {"correction", "holm"},
                   {"resamples", c.resamples}}}}
             .dump() +
         "\n";
}

}  // namespace tandem::report
