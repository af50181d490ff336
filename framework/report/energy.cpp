#include "energy.hpp"

#include <algorithm>
#include <cmath>

#include "host/statistics.hpp"

namespace tandem::report {
namespace {

constexpr std::size_t uses_at = 4, dimensions_at = 5, energy_at = 6;
constexpr std::size_t enough_units = 12;        // below that single frames make far narrower intervals
constexpr std::uint64_t most_frames_sent = 256;  // again; the units of long corpora are enough

// Uses and energy of one arm, a sample each.
struct Samples {
  std::vector<double> uses, energy;
  double values_a_use = 1;
  std::vector<std::uint64_t> ends;  // of each sample's frames
};

// The units of the arm's first point that the store has from the first frame on; of random frames, or of the first pass
// through the corpus.
Samples of_units(Run& run, std::size_t arm) {
  Samples best;
  const auto& points = run.plan->arms[arm].points;
  for (std::size_t p = 0; p < points.size(); ++p) {
    if (points[p].variant != 0) continue;
    const std::uint64_t items = run.engine->link(arm, 0).transmitter->items();
    Samples samples;
    for (const auto& key : run.engine->unit_keys(arm, p, items > 0 ? items : std::uint64_t(-1))) {
      const auto unit = run.store->has(key) ? run.store->get(key) : std::nullopt;
      if (!unit || unit->ledger.size() <= energy_at || (items > 0 && unit->first + unit->frames > items)) break;
      samples.uses.push_back(unit->ledger[uses_at]);
      samples.energy.push_back(unit->ledger[energy_at]);
      if (unit->ledger[uses_at] > 0) samples.values_a_use = unit->ledger[dimensions_at] / unit->ledger[uses_at];
      samples.ends.push_back(unit->first + unit->frames);
    }
    if (samples.ends.size() > best.ends.size()) best = std::move(samples);
  }
  return best;
}

Samples of_frames(const Run& run, std::size_t arm, std::uint64_t frames) {
  Samples samples;
  const auto sent = run.engine->link(arm, 0).transmitter->send(0, static_cast<std::size_t>(frames));
  for (const auto& ledger : sent->ledger) {
    samples.uses.push_back(static_cast<double>(ledger.uses));
    samples.energy.push_back(ledger.energy);
    if (ledger.uses > 0) samples.values_a_use = static_cast<double>(ledger.dimensions) / static_cast<double>(ledger.uses);
    samples.ends.push_back(samples.ends.size() + 1);
  }
  return samples;
}

double sum_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

std::vector<double> times(std::vector<double> values, double factor) {
  for (double& value : values) value *= factor;
  return values;
}

}  // namespace

Ratio ratio_of_sums(const std::vector<double>& a, const std::vector<double>& b) {
  const double value = sum_of(a) / sum_of(b);
  bool spread = false;
  for (std::size_t i = 0; i < a.size(); ++i) spread = spread || std::abs(a[i] - value * b[i]) > 1e-9 * (a[i] + value * b[i]);
  if (!spread) return {value, value, value};
  host::Moments moments;
  for (std::size_t i = 0; i < a.size(); ++i) moments.add_frame(std::vector{a[i], b[i]});
  const auto interval = host::ratio_interval(moments, 0, 1);
  return {value, interval.low, interval.high};
}

Energy energy_of(Run& run, bool may_send) {
  Energy out;
  if (!run.engine) return out;
  std::vector<std::size_t> arms;
  std::uint64_t frames = std::uint64_t(-1);
  for (const auto& result : run.results) {
    if (std::ranges::count(arms, result.arm)) continue;
    arms.push_back(result.arm);
    // The frames of the arm's longest point.
    std::uint64_t own = 0;
    for (const auto& point : run.results)
      if (point.arm == result.arm) own = std::max(own, point.frames);
    const std::uint64_t items = run.engine->link(result.arm, 0).transmitter->items();
    frames = std::min(frames, items > 0 ? std::min(items, own) : own);
  }
  if (arms.empty()) return out;
  std::vector<Samples> samples;
  std::size_t common = std::size_t(-1);
  for (const std::size_t arm : arms) {
    samples.push_back(of_units(run, arm));
    common = std::min(common, samples.back().ends.size());
  }
  if (common < enough_units) {
    if (!may_send) return out;
    samples.clear();
    frames = std::min(frames, most_frames_sent);
    for (const std::size_t arm : arms) samples.push_back(of_frames(run, arm, frames));
    common = static_cast<std::size_t>(frames);
  }
  for (Samples& s : samples) s.uses.resize(common), s.energy.resize(common), s.ends.resize(common);
  const auto named = [&](std::size_t arm) { return run.plan->arms[arm].name == run.plan->config.reference; };
  const auto found = std::ranges::find_if(arms, named);
  const std::size_t reference = found == arms.end() ? 0 : static_cast<std::size_t>(found - arms.begin());
  const auto ledger = [&](std::size_t i, bool b) {
    const host::Variant& variant = run.plan->arms[arms[i]].variants[0];
    // As the unified SNR has it: a digital modem's symbols have the energy 1 on average, values have what they have.
    if (!host::sends_values(variant.graph)) return samples[i].uses;
    const auto factor = [&](double uses_a_value) { return uses_a_value == 1 ? 1 : uses_a_value * samples[i].values_a_use; };
    return times(samples[i].energy, factor(b ? uses_of_a_real : 1) / factor(static_cast<double>(variant.uses_a_value)));
  };
  out.reference = run.plan->arms[arms[reference]].name;
  out.frames = samples[reference].ends.back();
  out.known_spread = common > 1;
  out.of_first_values = std::ranges::any_of(arms, [&](std::size_t arm) { return run.plan->arms[arm].variants.size() > 1; });
  if (!(sum_of(ledger(reference, false)) > 0)) return out;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    ArmEnergy arm{run.plan->arms[arms[i]].name, {}, {}, sum_of(ledger(i, false)), host::sends_values(run.plan->arms[arms[i]].variants[0].graph)};
    arm.a = ratio_of_sums(ledger(i, false), ledger(reference, false));
    arm.b = ratio_of_sums(ledger(i, true), ledger(reference, true));
    out.arms.push_back(std::move(arm));
  }
  return out;
}

}  // namespace tandem::report
