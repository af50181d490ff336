#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "html.hpp"
#include "scale.hpp"

namespace tandem::report::html {
namespace {

constexpr int row_height = 38, bar_height = 12, axis_height = 22;

std::string percent(double share) { return fmt::format("{:.2f}%", 100 * share); }

std::string value_of(const Ratio& ratio) {
  std::string out = "\u00d7" + fmt::format("{:.3g}", ratio.value);
  if (ratio.high > ratio.low) out += fmt::format(" [{:.3g}, {:.3g}]", ratio.low, ratio.high);
  const double decibels = 10 * std::log10(ratio.value);
  return out + fmt::format(", {}{:.2f} dB", decibels < -0.005 ? "\u2212" : decibels > 0.005 ? "+" : "", std::abs(decibels));
}

// 1, 2 and 5 of each decade, or decades alone where those are many.
std::vector<double> ticks_of(const Scale& scale) {
  std::vector<double> all, decades;
  for (int power = static_cast<int>(std::floor(std::log10(scale.low))); power <= std::ceil(std::log10(scale.high)); ++power)
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10.0, power);
      if (tick < scale.low * 0.999 || tick > scale.high * 1.001) continue;
      all.push_back(tick);
      if (factor == 1.0) decades.push_back(tick);
    }
  return all.size() > 6 ? decades : all;
}

// Bars to either side of 1 on a logarithmic axis. Lengths are shares of the width, so that letters keep their size on
// any screen.
std::string bars(const Page& page, const RunPart& run, bool b, const char* label) {
  const auto& arms = run.energy.arms;
  double low = 1, high = 1;
  for (const auto& arm : arms) {
    const Ratio& ratio = b ? arm.b : arm.a;
    low = std::min(low, std::max(ratio.low, ratio.value / 10)), high = std::max(high, ratio.high);
  }
  const Scale scale{true, low / 1.1, high * 1.1, {}, {}, 0};
  const auto at = [&](double value) { return 0.01 + 0.98 * std::clamp(scale.at(value), 0.0, 1.0); };
  const int height = static_cast<int>(arms.size()) * row_height;
  std::string out = fmt::format("<svg class=\"curves bars\" width=\"100%\" height=\"{}\" role=\"img\" aria-label=\"{}\">\n", height + axis_height, text(label));
  for (const double tick : ticks_of(scale))
    out += fmt::format("<line class=\"major\" x1=\"{0}\" x2=\"{0}\" y1=\"0\" y2=\"{1}\"/><text class=\"x\" x=\"{0}\" y=\"{2}\">{3:g}</text>\n", percent(at(tick)), height,
                       height + 16, tick);
  out += fmt::format("<line class=\"one\" x1=\"{0}\" x2=\"{0}\" y1=\"0\" y2=\"{1}\"/>\n", percent(at(1)), height);
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const Ratio& ratio = b ? arms[i].b : arms[i].a;
    const int y = static_cast<int>(i) * row_height;
    const double from = std::min(at(1), at(ratio.value)), to = std::max(at(1), at(ratio.value));
    out += fmt::format("<g class=\"{}\" tabindex=\"0\" role=\"group\"><title>{}</title>", colour_of(page, run, arms[i].arm), text(arms[i].arm + ": " + value_of(ratio)));
    out += fmt::format("<text x=\"{}\" dx=\"4\" y=\"{}\">{}</text><text class=\"y\" x=\"99%\" y=\"{}\">{}</text>", percent(at(1)), y + 14, text(arms[i].arm), y + 14, text(value_of(ratio)));
    out += fmt::format("<rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", percent(from), y + 19, percent(std::max(to - from, 0.004)), bar_height);
    if (ratio.high > ratio.low)
      out += fmt::format("<line class=\"whisker\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>", percent(at(ratio.low)), percent(at(ratio.high)), y + 19 + bar_height / 2,
                         y + 19 + bar_height / 2);
    out += "</g>\n";
  }
  return out + "</svg>\n";
}

}  // namespace

std::string energy(const Page& page, const RunPart& run) {
  const Energy& e = run.energy;
  if (e.arms.empty()) return {};
  const bool analog = std::ranges::any_of(e.arms, &ArmEnergy::analog);
  std::string out = fmt::format("<p>Total energy at the same energy a channel use, relative to <b>{}</b>, on a logarithmic axis: the sum of uses over the first {} frames{}. ",
                                text(e.reference), e.frames, e.known_spread ? ", with 95 % intervals over frames" : "");
  if (e.of_first_values) out += "Of what the config sweeps, the first values are meant. ";
  if (!e.known_spread) out += "One sample tells no interval. ";
  out += analog ? fmt::format("Ledger A charges one use for each real value that an analog modem sends, ledger B {:g} binary uses, whatever the arms themselves are charged.</p>\n", uses_of_a_real)
                : "No arm sends real values, so that ledger A (a use for each real value) and ledger B (32 binary uses) agree.</p>\n";
  const auto as_reference = [](const ArmEnergy& arm) { return arm.a.low == 1 && arm.a.high == 1; };
  if (!analog && std::ranges::all_of(e.arms, as_reference)) return out + "<p>All arms use the channel equally often.</p>\n";
  if (!analog) return out + bars(page, run, false, "total energy relative to the reference");
  out += "<h4>Ledger A: a use for each real value</h4>\n" + bars(page, run, false, "total energy relative to the reference, ledger A");
  return out + fmt::format("<h4>Ledger B: {:g} binary uses for each real value</h4>\n", uses_of_a_real) + bars(page, run, true, "total energy relative to the reference, ledger B");
}

}  // namespace tandem::report::html
