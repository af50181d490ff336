#include "host/schedule.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

using namespace tandem::host;

TEST(UnitRange, UnitsGrowAndTheLastIsCut) {
  EXPECT_EQ(unit_range(0, 16, 1000).count, 16u);
  EXPECT_EQ(unit_range(3, 16, 1000).first, 48u);
  EXPECT_EQ(unit_range(4, 16, 1000).first, 64u);
  EXPECT_EQ(unit_range(4, 16, 1000).count, 32u);
  EXPECT_EQ(unit_range(8, 16, 1000).first, 192u);
  // Past the last doubling every unit has unit x 4096 frames.
  EXPECT_EQ(unit_range(48, 16, std::uint64_t{1} << 40).count, 65536u);
  EXPECT_EQ(unit_range(60, 16, std::uint64_t{1} << 40).count, 65536u);
}

TEST(UnitRange, UnitsCoverAllFramesOnce) {
  for (const std::uint64_t frames : {1ull, 15ull, 16ull, 17ull, 1000ull, 262143ull, 1000000ull}) {
    std::uint64_t next = 0;
    const std::uint64_t total = unit_total(16, frames);
    for (std::uint64_t j = 0; j < total; ++j) {
      EXPECT_EQ(unit_range(j, 16, frames).first, next);
      EXPECT_GT(unit_range(j, 16, frames).count, 0u);
      next += unit_range(j, 16, frames).count;
    }
    EXPECT_EQ(next, frames);
    EXPECT_EQ(unit_range(total, 16, frames).count, 0u);
  }
}

// Finishes units in a random order, as threads would; answers how many units each lane counts.
std::vector<std::uint64_t> play(const StopRule& rule, std::size_t lanes, std::size_t ahead, unsigned seed) {
  std::vector<std::size_t> group;
  for (std::size_t i = 0; i < lanes; ++i) group.push_back(i);
  Schedule schedule(rule, {group}, lanes, ahead);
  std::mt19937 random(seed);
  std::vector<Schedule::Task> running;
  while (!schedule.finished()) {
    while (running.size() < 5)
      if (const auto task = schedule.next())
        running.push_back(*task);
      else
        break;
    const std::size_t which = random() % running.size();
    const auto task = running[which];
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
    // Lane l has an error in one frame of l + 10.
    schedule.done(task, (task.range.first + task.range.count) / (task.lane + 10) - task.range.first / (task.lane + 10));
  }
  std::vector<std::uint64_t> out;
  for (std::size_t i = 0; i < lanes; ++i) out.push_back(schedule.counted(i));
  return out;
}

TEST(Schedule, TheStopDoesNotDependOnWhoFinishesFirst) {
  const StopRule rule{100000, 50, 100, 16};
  const auto expected = play(rule, 3, 1, 0);
  EXPECT_EQ(expected[0], expected[2]);
  for (unsigned seed = 1; seed < 50; ++seed) EXPECT_EQ(play(rule, 3, 1 + seed % 12, seed), expected);
  // The slowest lane has an error in 12 frames: 50 errors need 600 frames, the first end of a unit at or behind them.
  std::uint64_t j = 0;
  while (unit_range(j, 16, 100000).first < 600) ++j;
  EXPECT_EQ(expected[0], j);
}

TEST(Schedule, MinimumFramesAreCounted) {
  const auto counted = play({100000, 1, 5000, 16}, 1, 4, 3);
  const auto last = unit_range(counted[0] - 1, 16, 100000);
  EXPECT_GE(last.first + last.count, 5000u);
  EXPECT_LT(last.first, 5000u);
}

TEST(Schedule, FramesEndAPointWithoutErrors) {
  EXPECT_EQ(play({1000, 0, 0, 16}, 2, 3, 7)[0], unit_total(16, 1000));
}

TEST(Schedule, AFailedLaneIsNotWaitedFor) {
  Schedule schedule({1000, 0, 0, 16}, {{0, 1}}, 2, 4);
  schedule.fail(1);
  while (const auto task = schedule.next()) {
    EXPECT_EQ(task->lane, 0u);
    schedule.done(*task, 0);
  }
  EXPECT_TRUE(schedule.finished());
}

TEST(Schedule, NothingBeyondTheRuleOfFramesIsBegun) {
  Schedule schedule({100, 0, 0, 16}, {{0}, {1}}, 2, 100);
  std::uint64_t frames = 0;
  while (const auto task = schedule.next()) {
    frames += task->range.count;
    schedule.done(*task, 0);
  }
  EXPECT_EQ(frames, 200u);
}

}  // namespace
