#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace tandem::host {

/// Frames of unit j: they grow as `unit` x 2^min(floor(j / 4), 12); the last is cut at `frames`.
struct UnitRange {
  std::uint64_t first = 0, count = 0;
};
UnitRange unit_range(std::uint64_t j, std::uint64_t unit, std::uint64_t frames);
std::uint64_t unit_total(std::uint64_t unit, std::uint64_t frames);

struct StopRule {
  std::uint64_t frames = 0, frame_errors = 0, min_frames = 0, unit = 16;
};

/// Decides which unit comes next and when a point ends. A point ends on the ordered prefix of its units alone, so that the
/// counted frames do not depend on who finished first. Not thread-safe: its owner locks.
class Schedule {
 public:
  struct Task {
    std::size_t lane;     ///< an arm at a point
    std::uint64_t unit;
    UnitRange range;
  };

  /// `groups`: lanes that end together. `ahead`: how many units may be begun beyond the ordered prefix.
  Schedule(StopRule rule, std::vector<std::vector<std::size_t>> groups, std::size_t lanes, std::size_t ahead);

  /// The next unit to compute, in the order of groups, units, lanes; nothing when all are done or under way.
  std::optional<Task> next();
  /// The next unit of one group at the end of its ordered prefix; for replaying what is known already.
  std::optional<Task> next_of(std::size_t group) { return next_in(groups_[group], 1); }
  std::size_t groups() const { return groups_.size(); }
  /// Gives a unit back untouched.
  void put_back(const Task& task) { lanes_[task.lane].units[task.unit] = State::open; }
  /// A unit is done; `wrong` frames in it came out different.
  void done(const Task& task, std::uint64_t wrong);
  /// A lane failed: it asks for nothing more and is no longer waited for.
  void fail(std::size_t lane);
  bool finished() const;

  bool lane_finished(std::size_t lane) const { return groups_[lane_group_[lane]].finished; }
  /// Units counted once the lane's group is finished; before that, those of its ordered prefix so far.
  std::uint64_t counted(std::size_t lane) const;
  std::uint64_t frames(std::size_t lane) const;

 private:
  enum class State : std::uint8_t { open, running, done };
  struct Lane {
    std::vector<State> units;
    std::vector<std::uint64_t> wrong;
    std::uint64_t prefix = 0, prefix_wrong = 0;
    std::vector<std::uint64_t> wrong_after;   ///< wrong frames in the first j + 1 units
    bool failed = false;
  };
  struct Group {
    std::vector<std::size_t> lanes;
    bool finished = false;
    std::uint64_t units = 0;
  };
  std::optional<Task> next_in(Group& group, std::size_t ahead);
  bool holds(const Lane& lane, std::uint64_t units) const;
  void judge(Group& group);

  StopRule rule_;
  std::uint64_t total_;
  std::size_t ahead_;
  std::vector<Lane> lanes_;
  std::vector<Group> groups_;
  std::vector<std::size_t> lane_group_;
  std::size_t first_open_ = 0;
};

}  // namespace tandem::host
