#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "link.hpp"
#include "plan.hpp"
#include "schedule.hpp"
#include "speed.hpp"
#include "store.hpp"
#include "unit.hpp"

namespace tandem::host {

struct RunOptions {
  int threads = 1;
  std::size_t batch = 0;                           ///< frames a batch; 0: what suits
  double seconds = 0;                              ///< suspend after; 0: never
  bool look_only = false;                          ///< nothing is written to the store: for `plan`
  const std::atomic<bool>* interrupted = nullptr;  ///< set by a signal
};

/// How far one arm has come.
struct ArmProgress {
  std::string name;
  std::size_t points_done = 0, points = 0;
  std::uint64_t frames_done = 0;       ///< in this run, not those taken from the store
  double frames_per_second = 0;
  double seconds_left = -1;            ///< below 0: not known yet
  std::string failed;
};

/// One finished point of one arm: sums over the ordered prefix of its units.
struct Outcome {
  std::size_t arm = 0, point = 0;
  std::uint64_t frames = 0;
  std::vector<double> ledger;
  std::vector<Moments> metrics;        ///< one a metric of the plan; without sums where the arm cannot feed it
};

struct Summary {
  std::uint64_t units_run = 0, units_reused = 0;
  std::vector<std::pair<std::string, std::string>> failed;   ///< arm and message
  enum class Stop : std::uint8_t { finished, seconds, interrupt } stop = Stop::finished;
};

/// What `plan` shows of a point.
struct PointStatus {
  std::size_t arm = 0, point = 0;
  std::uint64_t units_total = 0, units_done = 0;
};

/// Runs a plan: units of frames on threads, judged in order, kept in the store. Results depend on the config alone.
class Engine {
 public:
  /// Builds all components, counts where the SNR needs it, and fills in every point's Es/N0. `store` may be null.
  /// Throws Refusal.
  Engine(Plan& plan, const Catalogue& catalogue, Store* store, RunOptions options);
  ~Engine();

  /// Calls `progress` from this thread a few times a second and once at the end.
  Summary run(const std::function<void(const std::vector<ArmProgress>&)>& progress);

  /// Finished points in the config's order of arm and point.
  std::vector<Outcome> outcomes() const;
  std::vector<PointStatus> status() const;
  /// Of the frames that this engine computed.
  std::vector<ArmSpeed> speeds() const;
  /// Keys of the units that the first `frames` frames of an arm at a point are in, in order: how whoever reads the store
  /// finds them.
  std::vector<std::string> unit_keys(std::size_t arm, std::size_t point, std::uint64_t frames) const;
  /// Seconds that the units to do take at most on `threads` threads, by timing a few frames of each arm at its middle
  /// point; points that reach their frame errors end before.
  double estimate(int threads) const;
  /// One a metric of the plan.
  const std::vector<std::shared_ptr<Metric>>& metrics() const;
  /// The least exact component of all arms.
  Exactness exactness() const;
  /// The link of an arm's variant.
  const Link& link(std::size_t arm, std::size_t variant) const;

 private:
  struct Lane;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem::host
