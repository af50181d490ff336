#include "count_pass.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "convention.hpp"
#include "sha256.hpp"

namespace tandem::host {
namespace {

// Sums of the ledger over the first frames, of the transmitter alone; a cached unit.
std::vector<double> count(const Plan& plan, const Link& link, const CountStore& known) {
  const std::uint64_t size = link.transmitter->items();
  std::uint64_t over = plan.config.over;
  if (!plan.config.document.value["snr"].contains("over") && size > 0) over = std::min(over, size);
  const std::string key = sha256(fmt::format("{} {} {} {}", known.version, link.transmitter_identity, plan.config.seed, over));
  if (known.store)
    if (const auto unit = known.store->get(key)) return unit->ledger;
  std::vector<double> sums(ledger_size, 0.0);
  for (std::uint64_t first = 0; first < over; first += 256) {
    const auto sent = link.transmitter->send(first, static_cast<std::size_t>(std::min<std::uint64_t>(256, over - first)));
    for (const auto& ledger : sent->ledger) add(sums, ledger);
  }
  if (known.store && known.writes) {
    Unit unit;
    unit.key = key;
    unit.frames = over;
    unit.ledger = sums;
    known.store->put(std::move(unit));
  }
  return sums;
}

[[noreturn]] void refuse(const Axis& axis, const std::string& message) {
  throw Refusal(Problem{axis.place, "snr." + axis.address, message, {}, Exit::usage});
}

}  // namespace

void fill_snr(Plan& plan, const std::vector<std::vector<Link>>& built, Links& links, const CountStore& known) {
  const auto& axes = plan.config.axes;
  const auto axis = std::ranges::find_if(axes, &Axis::snr);
  if (axis == axes.end()) return;
  const auto index = static_cast<std::size_t>(axis - axes.begin());
  constexpr std::size_t uses = 4, energy = 6;
  std::optional<Link> foreign;
  const bool unified = axis->address == "unified_snr_db";
  double uses_of_reference = 0;
  if (unified) {
    const auto& arm = plan.arm_of_reference();
    if (plan.reference) {
      foreign = links.build(arm.variants[0]);
      uses_of_reference = count(plan, *foreign, known)[uses];
    } else {
      uses_of_reference = count(plan, built[static_cast<std::size_t>(&arm - plan.arms.data())][0], known)[uses];
    }
    if (!(uses_of_reference > 0)) refuse(*axis, fmt::format("the reference \"{}\" sends nothing", arm.name));
  }
  for (std::size_t a = 0; a < plan.arms.size(); ++a) {
    if (!plan.arms[a].skipped.empty()) continue;
    std::map<std::size_t, double> shift;
    for (auto& point : plan.arms[a].points) {
      const Link& link = built[a][point.variant];
      if (!shift.contains(point.variant)) {
        double change = 0;
        if (unified) {
          // A digital modem's symbols have the energy 1 on average over all points; analog values have what they have.
          const double own = count(plan, link, known)[link.transmitter->digital() ? uses : energy];
          if (!(own > 0)) refuse(*axis, fmt::format("the arm \"{}\" sends nothing", plan.arms[a].name));
          change = decibels(uses_of_reference / own);
        } else if (axis->address == "eb_n0_db") {
          if (!(link.bits_per_use > 0)) refuse(*axis, fmt::format("the arm \"{}\" sends no bits, so that it has no Eb/N0", plan.arms[a].name));
          change = decibels(link.bits_per_use);
        } else if (axis->address == "label_db") {
          const auto ratio = es_n0_over_label(*find_convention(plan.config.convention), link.dimensions_per_use, link.bits_per_use);
          if (!ratio) refuse(*axis, fmt::format("the arm \"{}\" sends no bits, so that it has no Eb/N0", plan.arms[a].name));
          change = decibels(*ratio);
        }
        shift[point.variant] = change;
      }
      point.es_n0_db = point.values[index]->get<double>() + shift[point.variant];
    }
  }
}

}  // namespace tandem::host
