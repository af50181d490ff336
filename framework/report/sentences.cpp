#include "sentences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "names.hpp"

namespace tandem::report {
namespace {

constexpr std::size_t most_bytes = 2000;  // of a text, so that no frame fills the page

// Lowest, most telling, highest; fewer where there are fewer.
std::vector<double> telling_values(const Chart& chart) {
  std::map<double, std::pair<double, double>> spread;  // least and largest value of an arm at x
  for (const Curve& curve : chart.curves)
    for (const Mark& mark : curve.marks) {
      if (curve.kind != Curve::Kind::measured || !std::isfinite(mark.value)) continue;
      const auto [known, fresh] = spread.try_emplace(mark.x, mark.value, mark.value);
      known->second = {std::min(known->second.first, mark.value), std::max(known->second.second, mark.value)};
    }
  std::vector<double> xs;
  for (const auto& [x, range] : spread) xs.push_back(x);
  if (xs.size() < 3) return xs;
  const auto width = [&](double x) { return spread[x].second - spread[x].first; };
  double middle = xs[xs.size() / 2];
  for (std::size_t i = 1; i + 1 < xs.size(); ++i)
    if (width(xs[i]) > width(middle)) middle = xs[i];
  return {xs.front(), middle, xs.back()};
}

std::optional<std::size_t> point_at(const host::PlannedArm& arm, std::size_t axis, std::optional<double> x) {
  for (std::size_t p = 0; p < arm.points.size(); ++p) {
    if (!x) return p;
    const auto& value = arm.points[p].values[axis];
    if (value && value->is_number() && value->get<double>() == *x) return p;
  }
  return std::nullopt;
}

std::string text_of(std::span<const std::uint8_t> bytes) {
  const bool longer = bytes.size() > most_bytes;
  std::string text(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), most_bytes)));
  return longer ? text + " \u2026" : text;
}

Sentences::Received receive(const Run& run, std::size_t arm, std::size_t p, std::uint64_t frame) {
  const auto& planned = run.plan->arms[arm];
  const auto& point = planned.points[p];
  try {
    const host::Link& link = run.engine->link(arm, point.variant);
    const auto sent = link.transmitter->send(frame, 1);
    const auto received = link.receiver->receive(*sent, frame, point.es_n0_db ? host::noise_density(*point.es_n0_db) : 0.0f);
    const auto came = std::as_const(received.items)[0], went = std::as_const(sent->items)[0];
    return {planned.name, text_of(came), std::ranges::equal(came, went)};
  } catch (const std::exception& e) {
    return {planned.name, e.what(), false, true};
  }
}

bool is_text(std::span<const std::uint8_t> bytes) {
  return std::ranges::none_of(bytes, [](std::uint8_t byte) { return byte < 32 && byte != '\n' && byte != '\r' && byte != '\t'; });
}

}  // namespace

Sentences sentences_of(const Run& run, const Chart* chart, std::size_t count) {
  Sentences out;
  if (!run.engine) {
    out.left_out = "No sentence can be sent again: " + run.unusable;
    return out;
  }
  std::vector<std::size_t> arms;
  for (std::size_t a = 0; a < run.plan->arms.size(); ++a)
    if (run.plan->arms[a].skipped.empty()) arms.push_back(a);
  if (arms.empty()) return out;
  try {
    const auto& transmitter = *run.engine->link(arms[0], 0).transmitter;
    if (transmitter.source_of_bits()) {
      out.left_out = "The source yields bits, not text.";
      return out;
    }
    const auto& axes = run.plan->config.axes;
    const auto found = std::ranges::find_if(axes, [&](const host::Axis& axis) { return chart && axis.address == chart->axis; });
    std::vector<std::optional<double>> values;
    if (found != axes.end())
      for (const double x : telling_values(*chart)) values.emplace_back(x);
    if (values.empty()) values.emplace_back();
    if (transmitter.items() > 0) count = std::min<std::size_t>(count, transmitter.items());
    for (std::size_t frame = 0; frame < count; ++frame) {
      const auto sent = transmitter.send(frame, 1);
      const auto item = std::as_const(sent->items)[0];
      if (!is_text(item)) {
        out.left_out = "The source is no text.";
        return out;
      }
      Sentences::Frame& entry = out.frames.emplace_back();
      entry.sent = text_of(item);
      for (const auto& x : values) {
        Sentences::At at;
        if (x) at.point = fmt::format("{} {}{}", axis_name(chart->axis), told(*x), axis_unit(chart->axis));
        for (const std::size_t arm : arms)
          if (const auto p = point_at(run.plan->arms[arm], static_cast<std::size_t>(found - axes.begin()), x)) at.arms.push_back(receive(run, arm, *p, frame));
        entry.points.push_back(std::move(at));
      }
    }
  } catch (const std::exception& e) {
    out.frames.clear();
    out.left_out = std::string("No sentence can be sent again: ") + e.what();
  }
  return out;
}

}  // namespace tandem::report
