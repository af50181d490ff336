#include "engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <map>
#include <thread>

#include "count_pass.hpp"
#include "machine.hpp"
#include "sha256.hpp"

namespace tandem::host {
namespace {

using Clock = std::chrono::steady_clock;

/// Raised whenever the same unit would come out otherwise: cached units of another version are not used.
constexpr int result_version = 1;
/// More units than threads ever begin beyond a point's ordered prefix.
constexpr std::uint64_t most_ahead = 4096;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string point_text(const Plan& plan, const Point& point) {
  std::string text;
  for (std::size_t i = 0; i < point.values.size(); ++i)
    if (point.values[i]) text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", plan.config.axes[i].address, shown(point.values[i]));
  return text.empty() ? "its only point" : text;
}

}  // namespace

/// An arm at a point.
struct Engine::Lane {
  std::size_t arm = 0, point = 0;
  const Link* link = nullptr;
  std::string key;                                 ///< of its units, but for the frame range
  float n0 = 0;
  std::vector<const Metric*> metrics;              ///< null where the arm cannot feed one
  Outcome outcome;                                 ///< of the ordered prefix, up to the stop
  std::uint64_t merged = 0;                        ///< units in it
  std::map<std::uint64_t, UnitValues> waiting;     ///< done, but the prefix has not reached them
};

struct Engine::Impl {
  Plan& plan;
  Store* store;
  RunOptions options;
  Links links;
  std::vector<std::vector<Link>> built;            ///< by arm and variant
  std::vector<std::shared_ptr<Metric>> metrics;
  std::vector<Lane> lanes;
  std::unique_ptr<Schedule> schedule;
  std::string tandem_build = library_build_id();

  std::mutex mutex;
  std::condition_variable changed;
  Summary summary;
  std::vector<ArmProgress> progress;
  bool stopping = false;

  Impl(Plan& p, const Catalogue& catalogue, Store* s, RunOptions o)
      : plan(p), store(s), options(o), links(catalogue, o.threads, p.config.seed) {
    build();
    make_metrics();
    fill_snr(plan, built, links, {store, !options.look_only, fmt::format("count {} {}", result_version, tandem_build)});
    make_lanes();
  }

  void build() {
    std::vector<Problem> problems;
    for (auto& arm : plan.arms) {
      auto& variants = built.emplace_back();
      if (!arm.skipped.empty()) continue;
      for (const auto& variant : arm.variants) {
        try {
          variants.push_back(links.build(variant));
        } catch (const Refusal& refusal) {
          for (const auto& problem : refusal.problems())
            if (std::ranges::none_of(problems, [&](const Problem& known) { return to_text(known) == to_text(problem); })) problems.push_back(problem);
          variants.emplace_back();
        }
      }
    }
    if (!problems.empty()) throw Refusal(std::move(problems));
  }

  void make_metrics() {
    for (std::size_t m = 0; m < plan.metrics.size(); ++m)
      metrics.push_back(std::dynamic_pointer_cast<Metric>(links.instances().get(plan.metrics[m], plan.config.document, {"metrics", std::to_string(m)})));
  }

  void make_lanes() {
    std::map<std::vector<std::string>, std::size_t> group_of;
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t a = 0; a < plan.arms.size(); ++a) {
      ArmProgress& first = progress.emplace_back();
      first.name = plan.arms[a].name;
      first.points = plan.arms[a].skipped.empty() ? plan.arms[a].points.size() : 0;
      if (!plan.arms[a].skipped.empty()) continue;
      const unsigned available = available_to_metrics(plan.arms[a].variants[0].graph);
      for (std::size_t p = 0; p < plan.arms[a].points.size(); ++p) {
        const Point& point = plan.arms[a].points[p];
        Lane lane;
        lane.arm = a;
        lane.point = p;
        lane.link = &built[a][point.variant];
        lane.n0 = point.es_n0_db ? noise_density(*point.es_n0_db) : 0.0f;
        nlohmann::json identity = {{"version", result_version}, {"tandem", tandem_build}, {"chain", lane.link->identity}, {"seed", plan.config.seed}, {"es_n0_db", point.es_n0_db ? fmt::format("{:a}", *point.es_n0_db) : ""}};
        if (lane.link->receiver->exactness() != Exactness::portable) identity["cpu"] = cpu_family();
        for (std::size_t m = 0; m < metrics.size(); ++m) {
          const auto& stage = plan.metrics[m];
          const bool fed = (metrics[m]->needs() & ~available) == 0;  // may depend on its fields
          lane.metrics.push_back(fed ? metrics[m].get() : nullptr);
          if (fed) identity["metrics"].push_back({stage.plugin->manifest.name, stage.plugin->manifest.build_id, stage.canonical.dump()});
        }
        lane.key = identity.dump();
        lane.outcome.arm = a;
        lane.outcome.point = p;
        lane.outcome.ledger.assign(ledger_size, 0.0);
        lane.outcome.metrics.resize(metrics.size());
        std::vector<std::string> group;
        if (plan.config.paired)
          for (const auto& value : point.values) group.push_back(shown(value));
        else
          group = {std::to_string(a), std::to_string(p)};
        const auto [known, fresh] = group_of.try_emplace(group, groups.size());
        if (fresh) groups.emplace_back();
        groups[known->second].push_back(lanes.size());
        lanes.push_back(std::move(lane));
      }
    }
    const Config& c = plan.config;
    schedule = std::make_unique<Schedule>(StopRule{c.frames, c.frame_errors, c.min_frames, c.unit}, std::move(groups), lanes.size(), 2 * static_cast<std::size_t>(options.threads) + 2);
  }

  std::string unit_key(const Lane& lane, const UnitRange& range) const {
    return sha256(fmt::format("{} {} {}", lane.key, range.first, range.count));
  }

  std::size_t batch_of(const Lane& lane) const {
    if (options.batch > 0) return options.batch;
    // Long frames in smaller batches: what a batch touches should stay in the cache.
    return lane.link->transmitter->items() == 0 ? 1024 : 256;
  }

  // Nothing when the run was interrupted.
  std::optional<UnitValues> load_or_run(const Lane& lane, const UnitRange& range, bool& reused) {
    const std::string key = unit_key(lane, range);
    reused = false;
    if (store)
      if (auto known = store->get(key); known && known->metrics.size() == metrics.size()) {
        reused = true;
        UnitValues values;
        values.frames = known->frames;
        values.ledger = known->ledger;
        values.wrong = decode_column(known->wrong, known->frames);
        for (auto& metric : known->metrics) values.metrics.push_back({std::move(metric.moments), {}});
        return values;
      }
    auto done = run_unit(*lane.link, lane.metrics, range.first, range.count, lane.n0, batch_of(lane), options.interrupted);
    if (!done) return std::nullopt;
    UnitValues& values = *done;
    if (store) {
      Unit unit;
      unit.key = key;
      unit.arm = plan.arms[lane.arm].name;
      unit.point = point_text(plan, plan.arms[lane.arm].points[lane.point]);
      unit.first = range.first;
      unit.frames = range.count;
      unit.ledger = values.ledger;
      unit.wrong = encode_column(values.wrong);
      for (std::size_t m = 0; m < metrics.size(); ++m) {
        UnitMetric metric;
        metric.name = plan.metrics[m].plugin->manifest.name;
        metric.moments = values.metrics[m].moments;
        for (const auto& column : values.metrics[m].columns) metric.columns.push_back(encode_column(column));
        unit.metrics.push_back(std::move(metric));
      }
      store->put(std::move(unit));
    }
    for (auto& metric : values.metrics) metric.columns.clear();
    return done;
  }

  // What the store knows comes first and in order, so that nothing beyond a point's end is begun again.
  void replay() {
    for (std::size_t group = 0; store && group < schedule->groups(); ++group)
      while (const auto task = schedule->next_of(group)) {
        const Lane& lane = lanes[task->lane];
        if (!store->has(unit_key(lane, task->range))) {
          schedule->put_back(*task);
          break;
        }
        bool reused = false;
        auto values = load_or_run(lane, task->range, reused);
        if (!values) return schedule->put_back(*task);  // the row was damaged, and the run was interrupted
        finish(*task, std::move(*values), reused, 0);
      }
  }

  void work() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      const auto task = schedule->next();
      if (!task) {
        if (schedule->finished()) break;
        changed.wait(lock);
        continue;
      }
      Lane& lane = lanes[task->lane];
      lock.unlock();
      std::optional<UnitValues> values;
      std::string failure;
      bool reused = false;
      const auto start = Clock::now();
      try {
        values = load_or_run(lane, task->range, reused);
      } catch (const std::exception& e) {
        failure = fmt::format("{} (at {}, frames {} to {})", e.what(), point_text(plan, plan.arms[lane.arm].points[lane.point]), task->range.first, task->range.first + task->range.count - 1);
      }
      const double took = seconds_since(start);
      lock.lock();
      if (values)
        finish(*task, std::move(*values), reused, took);
      else if (failure.empty())
        schedule->put_back(*task);
      else
        fail(lane.arm, failure);
      changed.notify_all();
    }
    changed.notify_all();
  }

  void finish(const Schedule::Task& task, UnitValues values, bool reused, double took) {
    Lane& lane = lanes[task.lane];
    ++(reused ? summary.units_reused : summary.units_run);
    auto& arm = progress[lane.arm];
    if (!reused) {
      arm.frames_done += values.frames;
      busy[lane.arm] += took;
    }
    double wrong = 0;
    for (const double w : values.wrong) wrong += w;
    values.wrong.clear();
    lane.waiting.emplace(task.unit, std::move(values));
    schedule->done(task, static_cast<std::uint64_t>(wrong));
    // The stop may be known now, or only later: units are merged up to where the count stands.
    merge(task.lane);
    if (schedule->lane_finished(task.lane))
      for (std::size_t l = 0; l < lanes.size(); ++l)
        if (schedule->lane_finished(l)) merge(l);
  }

  void merge(std::size_t index) {
    if (!schedule->lane_finished(index)) return;  // units beyond the stop must not be counted
    Lane& lane = lanes[index];
    const std::uint64_t stop = schedule->counted(index);
    while (lane.merged < stop) {
      const auto next = lane.waiting.find(lane.merged);
      if (next == lane.waiting.end()) return;
      UnitValues& values = next->second;
      lane.outcome.frames += values.frames;
      for (std::size_t i = 0; i < ledger_size; ++i) lane.outcome.ledger[i] += values.ledger[i];
      for (std::size_t m = 0; m < metrics.size(); ++m)
        if (lane.metrics[m]) lane.outcome.metrics[m].merge(values.metrics[m].moments);
      lane.waiting.erase(next);
      ++lane.merged;
    }
    lane.waiting.clear();
  }

  void fail(std::size_t arm, const std::string& failure) {
    if (!progress[arm].failed.empty()) return;
    progress[arm].failed = failure;
    summary.failed.emplace_back(plan.arms[arm].name, failure);
    for (std::size_t l = 0; l < lanes.size(); ++l)
      if (lanes[l].arm == arm) schedule->fail(l);
    for (std::size_t l = 0; l < lanes.size(); ++l)
      if (lanes[l].arm != arm) merge(l);
  }

  std::map<std::size_t, double> busy;   ///< seconds of work an arm

  void refresh_progress(Clock::time_point start) {
    const double elapsed = seconds_since(start);
    for (std::size_t a = 0; a < progress.size(); ++a) {
      auto& arm = progress[a];
      arm.points_done = 0;
      double left = 0;
      for (std::size_t l = 0; l < lanes.size(); ++l) {
        if (lanes[l].arm != a) continue;
        if (schedule->lane_finished(l))
          ++arm.points_done;
        else
          left += static_cast<double>(plan.config.frames - schedule->frames(l));
      }
      arm.frames_per_second = busy[a] > 0 ? static_cast<double>(arm.frames_done) / busy[a] : 0;
      // An upper limit: points that reach their frame errors end before.
      arm.seconds_left = arm.frames_per_second > 0 ? left / (arm.frames_per_second * options.threads) : -1;
      if (elapsed < 0.5) arm.seconds_left = -1;
    }
  }
};

Engine::Engine(Plan& plan, const Catalogue& catalogue, Store* store, RunOptions options)
    : impl_(std::make_unique<Impl>(plan, catalogue, store, options)) {}
Engine::~Engine() = default;

Summary Engine::run(const std::function<void(const std::vector<ArmProgress>&)>& progress) {
  Impl& e = *impl_;
  const auto start = Clock::now();
  e.replay();
  std::vector<std::thread> workers;
  for (int t = 0; t < e.options.threads; ++t) workers.emplace_back([&e] { e.work(); });
  {
    std::unique_lock lock(e.mutex);
    while (!e.schedule->finished() && !e.stopping) {
      e.changed.wait_for(lock, std::chrono::milliseconds(100));
      if (e.options.interrupted && e.options.interrupted->load()) e.stopping = true, e.summary.stop = Summary::Stop::interrupt;
      if (e.options.seconds > 0 && seconds_since(start) >= e.options.seconds && !e.schedule->finished() && !e.stopping)
        e.stopping = true, e.summary.stop = Summary::Stop::seconds;
      e.refresh_progress(start);
      const auto snapshot = e.progress;
      lock.unlock();
      if (progress) progress(snapshot);
      lock.lock();
    }
  }
  e.changed.notify_all();
  for (auto& worker : workers) worker.join();
  if (e.schedule->finished()) e.summary.stop = Summary::Stop::finished;
  e.refresh_progress(start);
  if (progress) progress(e.progress);
  return e.summary;
}

std::vector<Outcome> Engine::outcomes() const {
  std::vector<Outcome> out;
  for (std::size_t l = 0; l < impl_->lanes.size(); ++l)
    if (impl_->schedule->lane_finished(l) && impl_->progress[impl_->lanes[l].arm].failed.empty()) out.push_back(impl_->lanes[l].outcome);
  return out;
}

std::vector<ArmSpeed> Engine::speeds() const {
  std::vector<ArmSpeed> out;
  for (const auto& [arm, seconds] : impl_->busy) out.push_back({impl_->plan.arms[arm].name, impl_->progress[arm].frames_done, seconds});
  return out;
}

std::vector<PointStatus> Engine::status() const {
  std::vector<PointStatus> out;
  const Config& c = impl_->plan.config;
  const std::uint64_t total = unit_total(c.unit, c.frames);
  for (const auto& lane : impl_->lanes) {
    PointStatus status{lane.arm, lane.point, total, 0};
    // Units are done in order but for a few begun ahead: behind many that are missing there are none.
    std::uint64_t missing = 0;
    for (std::uint64_t j = 0; impl_->store && j < total && missing < most_ahead; ++j) {
      const bool done = impl_->store->has(impl_->unit_key(lane, unit_range(j, c.unit, c.frames)));
      status.units_done += done;
      missing = done ? 0 : missing + 1;
    }
    out.push_back(status);
  }
  return out;
}

std::vector<std::string> Engine::unit_keys(std::size_t arm, std::size_t point, std::uint64_t frames) const {
  const Config& c = impl_->plan.config;
  const auto lane = std::ranges::find_if(impl_->lanes, [&](const Lane& l) { return l.arm == arm && l.point == point; });
  std::vector<std::string> out;
  UnitRange range{0, 0};
  for (std::uint64_t seen = 0; seen < std::min(frames, c.frames); seen += range.count) {
    range = unit_range(out.size(), c.unit, c.frames);
    out.push_back(impl_->unit_key(*lane, range));
  }
  return out;
}

double Engine::estimate(int threads) const {
  const Config& c = impl_->plan.config;
  std::map<std::size_t, std::vector<const Lane*>> arms;
  std::map<std::size_t, double> frames;
  const auto points = status();
  for (std::size_t l = 0; l < points.size(); ++l) {
    const Lane& lane = impl_->lanes[l];
    arms[lane.arm].push_back(&lane);
    frames[lane.arm] += static_cast<double>(c.frames - unit_range(points[l].units_done, c.unit, c.frames).first);
  }
  double seconds = 0;
  for (const auto& [arm, lanes] : arms) {
    if (frames[arm] == 0) continue;
    const Lane& lane = *lanes[lanes.size() / 2];
    std::uint64_t count = 16;
    double took = 0;
    for (; took < 0.05 && count <= 65536; count *= 2) {
      const auto start = Clock::now();
      run_unit(*lane.link, lane.metrics, 0, std::min(count, c.frames), lane.n0, impl_->batch_of(lane));
      took = seconds_since(start);
    }
    seconds += frames[arm] * took / static_cast<double>(std::min(count / 2, c.frames));
  }
  return seconds / threads;
}

const std::vector<std::shared_ptr<Metric>>& Engine::metrics() const { return impl_->metrics; }

Exactness Engine::exactness() const {
  Exactness least = Exactness::portable;
  for (const auto& arm : impl_->built)
    for (const auto& link : arm)
      if (link.receiver) least = std::min(least, link.receiver->exactness());
  for (const auto& metric : impl_->metrics) least = std::min(least, metric->exactness());
  return least;
}

const Link& Engine::link(std::size_t arm, std::size_t variant) const { return impl_->built[arm][variant]; }

}  // namespace tandem::host
