#include "verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "crossing.hpp"
#include "names.hpp"

namespace tandem::report {
namespace {

std::vector<const Curve*> measured(const Chart& chart) {
  std::vector<const Curve*> out;
  for (const Curve& curve : chart.curves)
    if (curve.kind == Curve::Kind::measured && !curve.marks.empty()) out.push_back(&curve);
  return out;
}

std::string listed(const std::vector<std::string>& names, std::size_t most = 8) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return names.size() > most ? out + fmt::format(" and {} more", names.size() - most) : out;
}

std::string plain(double value, int decimals) {
  const std::string text = fmt::format("{:.{}f}", std::abs(value), decimals);
  return value < 0 && text.find_first_not_of("0.") != std::string::npos ? "\u2212" + text : text;
}

// "2.31 dB [2.10, 2.60]"; an end that is not known is left open.
std::string with_limits(const Crossing& c, const std::string& unit, int decimals) {
  return fmt::format("{}{} [{}, {}]", plain(c.x, decimals), unit, std::isfinite(c.low) ? plain(c.low, decimals) : "\u2026",
                     std::isfinite(c.high) ? plain(c.high, decimals) : "\u2026");
}

std::string compared(const Chart& chart, const std::vector<const Curve*>& curves) {
  std::vector<std::string> names;
  std::vector<double> xs;
  for (const Curve* curve : curves) {
    names.push_back(curve->label);
    for (const Mark& mark : curve->marks) xs.push_back(mark.x);
  }
  std::ranges::sort(xs);
  xs.erase(std::unique(xs.begin(), xs.end()), xs.end());
  const std::string what = metric_words(chart.metric), axis = axis_name(chart.axis), unit = axis_unit(chart.axis);
  const std::string range = xs.size() == 1 ? fmt::format("at {} = {}{}", axis, told(xs[0]), unit)
                                           : fmt::format("at {} values of {}, from {} to {}{}", xs.size(), axis, told(xs.front()), told(xs.back()), unit);
  return fmt::format("{} {} measured by {} {}.", curves.size() == 1 ? "One arm," : fmt::format("{} arms,", curves.size()),
                     listed(names) + (curves.size() == 1 ? ", was" : ", were"), what, range);
}

std::string at_level(const Chart& chart, const std::vector<const Curve*>& curves) {
  const double level = level_of(chart);
  if (level == 0) return {};
  const std::string unit = axis_unit(chart.axis), what = fmt::format("{} = {:g}", chart.metric, level);
  const int decimals = 2;
  std::vector<std::pair<Crossing, const Curve*>> reached;
  std::vector<std::string> never, always;
  for (const Curve* curve : curves) {
    const Crossing crossing = crossing_of(*curve, chart.metric, level);
    if (crossing.kind == Crossing::Kind::reached) reached.emplace_back(crossing, curve);
    if (crossing.kind == Crossing::Kind::never) never.push_back(curve->label);
    if (crossing.kind == Crossing::Kind::always) always.push_back(curve->label);
  }
  std::ranges::stable_sort(reached, {}, [](const auto& r) { return r.first.x; });
  std::string out;
  if (!always.empty()) out += fmt::format("{} {} at {} or better at every point. ", listed(always), always.size() == 1 ? "is" : "are", what);
  if (!reached.empty()) {
    const auto& [best, curve] = reached.front();
    out += fmt::format("{} comes to {} at {}", curve->label, what, with_limits(best, unit, decimals));
    for (std::size_t i = 1; i < reached.size(); ++i)
      out += fmt::format("{} {} {} more", i == 1 ? "; beside it," : ",", reached[i].second->label + (i == 1 ? " needs" : ""),
                         with_limits(difference(best, reached[i].first), unit, decimals));
    out += ". ";
  }
  if (!never.empty()) out += fmt::format("{}: not reached by {}. ", what, listed(never));
  if (!out.empty()) out.pop_back();
  return out;
}

// Who is best with an interval clear of the second best, over ranges of the axis.
std::string clear_winners(const Chart& chart, const std::vector<const Curve*>& curves) {
  const Better good = better(chart.metric);
  if (good == Better::unknown || curves.size() < 2) return {};
  std::map<double, std::vector<std::pair<const Mark*, const Curve*>>> columns;
  for (const Curve* curve : curves)
    for (const Mark& mark : curve->marks)
      if (std::isfinite(mark.value)) columns[mark.x].emplace_back(&mark, curve);
  struct Range {
    const Curve* winner;
    double from, to;
  };
  std::vector<Range> ranges;
  for (auto& [x, marks] : columns) {
    if (marks.size() < 2) continue;
    const auto ahead = [&](const auto& a, const auto& b) {
      return good == Better::higher ? a.first->value > b.first->value : a.first->value < b.first->value;
    };
    const auto best = *std::ranges::min_element(marks, ahead);
    const bool clear = std::ranges::all_of(marks, [&](const auto& other) {
      return other.second == best.second || (good == Better::higher ? best.first->low > other.first->high : best.first->high < other.first->low);
    });
    const Curve* winner = clear ? best.second : nullptr;
    if (!ranges.empty() && ranges.back().winner == winner)
      ranges.back().to = x;
    else
      ranges.push_back({winner, x, x});
  }
  const std::string unit = axis_unit(chart.axis);
  std::vector<std::string> parts;
  for (const Range& range : ranges) {
    if (!range.winner) continue;
    const std::string from = told(range.from), to = told(range.to);
    parts.push_back(range.winner->label + (range.from == range.to ? " at " + from + unit : " from " + from + " to " + to + unit));
  }
  if (ranges.empty()) return {};
  if (parts.empty()) return "At no point does one arm's 95 % interval lie clear of those of all others.";
  return "Clearly best, with an interval clear of all others: " + listed(parts) +
         (parts.size() == ranges.size() ? "." : "; elsewhere the best arms' intervals overlap.");
}

std::string how_sure(const Chart& chart, const std::vector<const Curve*>& curves) {
  double least = INFINITY, most = 0, gap = 0;
  bool none = false;
  for (const Curve* curve : curves)
    for (std::size_t i = 0; i < curve->marks.size(); ++i) {
      const Mark& mark = curve->marks[i];
      least = std::min(least, mark.frames), most = std::max(most, mark.frames);
      none = none || (mark.count && *mark.count == 0);
      if (i > 0) gap = std::max(gap, mark.x - curve->marks[i - 1].x);
    }
  std::string out = least == most ? fmt::format("Each point stands on {:.15g} frames", most) : fmt::format("A point stands on {:.15g} to {:.15g} frames", least, most);
  out += "; brackets and bands are 95 % intervals over frames, given the text that was sent";
  if (none) out += ", and an upper limit where no error was seen";
  out += ".";
  if (gap > 0 && level_of(chart) > 0) out += fmt::format(" Levels are interpolated between points up to {}{} apart.", told(gap), axis_unit(chart.axis));
  if (curves.size() > 1) out += " Differences are told as if arms were independent; arms that share frames and noise differ more surely than that.";
  return out;
}

}  // namespace

std::vector<std::string> verdict_of(const Chart& chart) {
  const auto curves = measured(chart);
  if (curves.empty()) return {};
  std::vector<std::string> out = {compared(chart, curves)};
  for (auto sentence : {at_level(chart, curves), clear_winners(chart, curves), how_sure(chart, curves)})
    if (!sentence.empty()) out.push_back(std::move(sentence));
  return out;
}

}  // namespace tandem::report
