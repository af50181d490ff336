#include "schedule.hpp"

#include <algorithm>

namespace tandem::host {
namespace {

constexpr std::uint64_t doublings = 12, per_size = 4;

// Frames before unit j, uncut.
std::uint64_t frames_before(std::uint64_t j, std::uint64_t unit) {
  const std::uint64_t growing = std::min(j / per_size, doublings);
  // 4 units of each size unit x 2^0 .. 2^(growing - 1), then those of the present size.
  return per_size * unit * ((std::uint64_t{1} << growing) - 1) + (j - per_size * growing) * (unit << growing);
}

}  // namespace

UnitRange unit_range(std::uint64_t j, std::uint64_t unit, std::uint64_t frames) {
  const std::uint64_t first = std::min(frames, frames_before(j, unit));
  return {first, std::min(frames, frames_before(j + 1, unit)) - first};
}

std::uint64_t unit_total(std::uint64_t unit, std::uint64_t frames) {
  std::uint64_t low = 0, high = per_size * (doublings + 1) + frames / (unit << doublings) + 1;
  while (low < high) {  // the first j with all frames before it
    const std::uint64_t middle = (low + high) / 2;
    (frames_before(middle, unit) >= frames ? high : low) = frames_before(middle, unit) >= frames ? middle : middle + 1;
  }
  return low;
}

Schedule::Schedule(StopRule rule, std::vector<std::vector<std::size_t>> groups, std::size_t lanes, std::size_t ahead)
    : rule_(rule), total_(unit_total(rule.unit, rule.frames)), ahead_(ahead), lanes_(lanes), lane_group_(lanes, 0) {
  for (auto& members : groups) {
    for (const std::size_t lane : members) lane_group_[lane] = groups_.size();
    groups_.push_back({std::move(members), false, 0});
  }
}

std::optional<Schedule::Task> Schedule::next() {
  while (first_open_ < groups_.size() && groups_[first_open_].finished) ++first_open_;
  for (std::size_t g = first_open_; g < groups_.size(); ++g)
    if (const auto task = next_in(groups_[g], ahead_)) return task;
  return std::nullopt;
}

std::optional<Schedule::Task> Schedule::next_in(Group& group, std::size_t ahead) {
  if (group.finished) return std::nullopt;
  std::uint64_t lowest = total_;
  for (const std::size_t lane : group.lanes)
    if (!lanes_[lane].failed) lowest = std::min(lowest, lanes_[lane].prefix);
  for (std::uint64_t unit = lowest; unit < std::min(total_, lowest + ahead); ++unit)
    for (const std::size_t index : group.lanes) {
      Lane& lane = lanes_[index];
      if (lane.failed) continue;
      if (lane.units.size() <= unit) lane.units.resize(unit + 1, State::open), lane.wrong.resize(unit + 1, 0);
      if (lane.units[unit] != State::open) continue;
      lane.units[unit] = State::running;
      return Task{index, unit, unit_range(unit, rule_.unit, rule_.frames)};
    }
  return std::nullopt;
}

void Schedule::done(const Task& task, std::uint64_t wrong) {
  Lane& lane = lanes_[task.lane];
  lane.units[task.unit] = State::done;
  lane.wrong[task.unit] = wrong;
  while (lane.prefix < lane.units.size() && lane.units[lane.prefix] == State::done) {
    lane.prefix_wrong += lane.wrong[lane.prefix++];
    lane.wrong_after.push_back(lane.prefix_wrong);
  }
  judge(groups_[lane_group_[task.lane]]);
}

void Schedule::fail(std::size_t index) {
  lanes_[index].failed = true;
  groups_[lane_group_[index]].units = 0;  // the others alone decide now, from the start
  judge(groups_[lane_group_[index]]);
}

bool Schedule::holds(const Lane& lane, std::uint64_t units) const {
  if (units >= total_) return true;
  if (rule_.frame_errors == 0 || units == 0) return false;
  const auto range = unit_range(units - 1, rule_.unit, rule_.frames);
  return range.first + range.count >= rule_.min_frames && lane.wrong_after[units - 1] >= rule_.frame_errors;
}

void Schedule::judge(Group& group) {
  if (group.finished) return;
  std::uint64_t lowest = total_;
  bool alive = false;
  for (const std::size_t lane : group.lanes)
    if (!lanes_[lane].failed) lowest = std::min(lowest, lanes_[lane].prefix), alive = true;
  if (!alive) {
    group.finished = true;
    return;
  }
  // The earliest prefix at which the rule holds in every lane.
  for (; group.units <= lowest; ++group.units) {
    const bool all = std::ranges::all_of(group.lanes, [&](std::size_t l) { return lanes_[l].failed || holds(lanes_[l], group.units); });
    if (all) {
      group.finished = true;
      return;
    }
  }
}

bool Schedule::finished() const {
  return std::ranges::all_of(groups_, &Group::finished);
}

std::uint64_t Schedule::counted(std::size_t lane) const {
  const Group& group = groups_[lane_group_[lane]];
  return group.finished ? group.units : lanes_[lane].prefix;
}

std::uint64_t Schedule::frames(std::size_t lane) const {
  const std::uint64_t units = counted(lane);
  return units == 0 ? 0 : unit_range(units - 1, rule_.unit, rule_.frames).first + unit_range(units - 1, rule_.unit, rule_.frames).count;
}

}  // namespace tandem::host
