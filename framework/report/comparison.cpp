#include "comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "host/paired.hpp"
#include "host/problem.hpp"
#include "names.hpp"
#include "statistic.hpp"

namespace tandem::report {
namespace {

using host::CountedRun;

// Below this many frames that differ, resamples do not show how few they are.
constexpr std::uint64_t few = 30;

[[noreturn]] void refuse(const std::string& run, std::string message, std::string hint = {}) {
  throw host::Refusal(host::Problem{{run, 0, 0}, {}, std::move(message), std::move(hint), host::Exit::usage});
}

class Comparer {
 public:
  Comparer(const ComparisonRequest& request, host::Store& store, const CountedRun& run, Comparison& out)
      : request_(request), store_(store), run_(run), out_(out) {}

  void make() {
    auto contrasts = contrasts_by(run_, request_.by, request_.baseline, request_.run);
    out_.chains = std::move(contrasts.chains);
    pairs_ = std::move(contrasts.pairs);
    out_.notes = std::move(contrasts.left_out);
    out_.by = request_.by;
    out_.resamples = request_.resamples;
    if (const auto axis = snr_axis(run_)) out_.axis = run_.axes[*axis].address;
    choose();
    for (std::size_t s = 0; s < statistics_.size(); ++s) work(statistics_[s], shown_[s]);
    std::vector<double> p;
    for (const auto& difference : out_.differences)
      if (difference.p) p.push_back(*difference.p);
    const auto adjusted = host::holm(p);
    out_.tests = p.size();
    std::size_t next = 0;
    for (auto& difference : out_.differences)
      if (difference.p) difference.adjusted = adjusted[next++];
    if (out_.differences.empty() && out_.gains.empty())
      refuse(request_.run, "no two arms have the same metric at the same point", "--by arm, or another --metric");
  }

 private:
  void choose() {
    std::vector<std::string> names;
    for (const auto& metric : run_.metrics)
      for (const auto& row : metric.rows) names.push_back(metric.name + "." + row.name);
    const auto wanted = [&](const std::string& metric, const std::string& row, std::size_t index) {
      if (request_.metrics.empty()) return index == 0;
      return std::ranges::any_of(request_.metrics,
                                 [&](const std::string& word) { return word == metric || word == row; });
    };
    for (const auto& word : request_.metrics) check(word, names, true);
    for (const auto& [word, level] : request_.levels) {
      check(word, names, false);
      if (out_.axis.empty()) refuse(request_.run, "has no SNR", "--at needs an axis in \"snr\"");
      if (is_error_rate(word) && !(level > 0 && level < 1))
        refuse(request_.run, fmt::format("{} is never {}", word, level),
               "a level of an error rate lies between 0 and 1");
    }
    for (std::size_t m = 0; m < run_.metrics.size(); ++m) {
      const auto& metric = run_.metrics[m];
      for (std::size_t r = 0; r < metric.rows.size(); ++r) {
        const std::string name = metric.name + "." + metric.rows[r].name;
        const bool shown = wanted(metric.name, name, r);
        if (!shown && std::ranges::none_of(request_.levels, [&](const auto& level) { return level.first == name; }))
          continue;
        Statistic statistic{m, r, &metric.rows[r], name, nullptr};
        if (statistic.row->kind == Row::Kind::function &&
            !(request_.make_metric && (statistic.component = request_.make_metric(metric)))) {
          out_.notes.push_back(name + " is left out: its plugin is not here");
          continue;
        }
        if (statistic.component && (r >= statistic.component->rows().size() || statistic.component->rows()[r].name != metric.rows[r].name))
          refuse(request_.run, "has a metric \"" + metric.name + "\" that its plugin does not know", "run it again");
        statistics_.push_back(std::move(statistic));
        shown_.push_back(shown);
      }
    }
  }

  void check(const std::string& word, const std::vector<std::string>& names, bool whole) const {
    if (std::ranges::count(names, word) || (whole && std::ranges::count(run_.metrics, word, &CountedRun::Metric::name)))
      return;
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "it has " : ", ") + name;
    const auto hint = host::did_you_mean(word, names);
    refuse(request_.run, "has no metric \"" + word + "\"", hint.empty() ? all : hint);
  }

  // The lane of a chain at an SNR, or none.
  std::optional<std::size_t> lane_at(std::size_t chain, double snr) const {
    for (const std::size_t lane : out_.chains[chain].lanes)
      if (snr_of(run_, run_.lanes[lane]) == snr) return lane;
    return std::nullopt;
  }

  void work(const Statistic& statistic, bool shown) {
    std::set<double> snrs;
    std::set<std::size_t> chains;
    for (const auto& pair : pairs_) {
      chains.insert({pair.baseline, pair.other});
      for (const std::size_t chain : {pair.baseline, pair.other})
        for (const std::size_t lane : out_.chains[chain].lanes) snrs.insert(snr_of(run_, run_.lanes[lane]));
    }
    // Of each lane: its value and resampled values, for the gains.
    std::map<std::size_t, double> values;
    std::map<std::size_t, Spread> spread;
    std::vector<std::vector<Difference>> of_pair(pairs_.size());
    for (const double snr : snrs) {
      std::map<std::size_t, FrameValues> frames;
      for (const std::size_t chain : chains)
        if (const auto lane = lane_at(chain, snr))
          if (auto read = host::frame_values(store_, run_, run_.lanes[*lane], statistic.metric, *statistic.row);
              !read.empty()) {
            if (statistic.component && read.size() != statistic.component->quantities().size())
              refuse(request_.run, "has other quantities of \"" + statistic.name + "\" than its plugin", "run it again");
            frames[*lane] = std::move(read);
          }
      const bool bootstrap = levels_of(statistic) || !all_single(statistic, frames);
      if (bootstrap) resample(statistic, frames, spread);
      for (const auto& [lane, read] : frames) {
        const auto count = run_.lanes[lane].frames;
        const auto sums = sums_of(read, count);
        values[lane] =
            drawn(statistic, statistic.value(sums, static_cast<double>(count)),
                       statistic.row->kind == Row::Kind::function ? 0 : statistic.of(sums, static_cast<double>(count)));
      }
      for (std::size_t p = 0; p < pairs_.size() && shown; ++p) {
        const auto a = lane_at(pairs_[p].baseline, snr), b = lane_at(pairs_[p].other, snr);
        if (a && b && frames.contains(*a) && frames.contains(*b))
          of_pair[p].push_back(difference(statistic, pairs_[p], *a, *b, frames, spread));
      }
    }
    for (auto& differences : of_pair)
      for (auto& difference : differences) out_.differences.push_back(std::move(difference));
    for (const auto& [name, level] : request_.levels)
      if (name == statistic.name)
        for (const auto& pair : pairs_) add_gain(statistic, level, pair, values, spread);
  }

  bool levels_of(const Statistic& statistic) const {
    return std::ranges::any_of(request_.levels, [&](const auto& level) { return level.first == statistic.name; });
  }

  static bool all_single(const Statistic& statistic, const std::map<std::size_t, FrameValues>& frames) {
    if (statistic.row->kind == Row::Kind::function) return false;
    return std::ranges::all_of(frames, [&](const auto& lane) {
      return count(statistic, lane.second, lane.second,
                   lane.second[static_cast<std::size_t>(statistic.row->numerator)].size(), 0)
          .single;
    });
  }

  // Lanes of as many frames together: weights are drawn once.
  void resample(const Statistic& statistic, const std::map<std::size_t, FrameValues>& frames,
                std::map<std::size_t, Spread>& spread) const {
    std::map<std::uint64_t, std::vector<std::size_t>> by_frames;
    for (const auto& [lane, read] : frames) by_frames[run_.lanes[lane].frames].push_back(lane);
    for (const auto& [count, lanes] : by_frames) {
      std::vector<const FrameValues*> reads;
      for (const std::size_t lane : lanes) reads.push_back(&frames.at(lane));
      auto all = spreads(statistic, reads, count, request_.resamples, request_.threads);
      for (std::size_t i = 0; i < lanes.size(); ++i) spread[lanes[i]] = std::move(all[i]);
    }
  }

  Difference difference(const Statistic& statistic, const Contrasts::Pair& pair, std::size_t a, std::size_t b,
                        const std::map<std::size_t, FrameValues>& frames,
                        const std::map<std::size_t, Spread>& spread) const {
    Difference out;
    out.metric = statistic.name;
    out.pair = pair;
    if (const auto axis = snr_axis(run_)) out.snr = run_.lanes[a].point[*axis];
    out.frames = std::min(run_.lanes[a].frames, run_.lanes[b].frames);
    const FrameValues &of_a = frames.at(a), &of_b = frames.at(b);
    const auto count_all = static_cast<double>(out.frames);
    const auto sums_a = sums_of(of_a, out.frames), sums_b = sums_of(of_b, out.frames);
    out.baseline_value = statistic.value(sums_a, count_all);
    out.value = statistic.value(sums_b, count_all);
    out.difference = out.value - out.baseline_value;
    out.low = out.high = std::nan("");
    if (!std::isfinite(out.difference)) return out;
    if (statistic.row->kind != Row::Kind::function) {
      const auto n = static_cast<std::size_t>(statistic.row->numerator);
      const double total = statistic.of(sums_a, count_all) + statistic.of(sums_b, count_all);
      const Counted counted = count(statistic, of_a, of_b, out.frames, (sums_a[n] + sums_b[n]) / total);
      const auto& d = counted.discordant;
      const bool share = statistic.row->kind == Row::Kind::share || statistic.row->kind == Row::Kind::proportion;
      if (counted.single || (d.more + d.less < few && (share || d.more + d.less > 0))) {
        out.test = counted.single ? "McNemar" : "sign";
        out.p = host::mcnemar(d.more, d.less);
        const auto limits = host::difference_interval(d);
        const double scale = 2 * count_all / total;
        out.low = std::min(out.difference, limits.low * scale);
        out.high = std::max(out.difference, limits.high * scale);
        if (share) out.low = std::max(-1.0, out.low), out.high = std::min(1.0, out.high);
        return out;
      }
    }
    bootstrap(out, run_.lanes[a].frames == run_.lanes[b].frames
                       ? std::vector{spread.at(a), spread.at(b)}
                       : spreads(statistic, {&of_a, &of_b}, out.frames, request_.resamples, request_.threads));
    return out;
  }

  static void bootstrap(Difference& out, const std::vector<Spread>& both) {
    std::vector<double> sorted;
    for (std::size_t r = 0; r < both[0].values.size(); ++r)
      if (const double d = both[1].values[r] - both[0].values[r]; std::isfinite(d)) sorted.push_back(d);
    if (sorted.empty()) return;
    std::ranges::sort(sorted);
    out.test = "bootstrap";
    out.p = host::bootstrap_test(out.difference, sorted);
    out.low = std::min(out.difference, host::quantile(sorted, 0.025));
    out.high = std::max(out.difference, host::quantile(sorted, 0.975));
  }

  // As curves are drawn.
  static double drawn(const Statistic& statistic, double value, double of) {
    return is_error_rate(statistic.name) ? above_zero(value, of) : value;
  }

  // Which end of a metric is the good one, by its name, or else as far as the curves' ends are known.
  static bool falls(const std::string& metric, std::initializer_list<const std::vector<double>*> curves) {
    if (better(metric) != Better::unknown) return better(metric) == Better::lower;
    double rise = 0;
    for (const auto* curve : curves) {
      const auto known = [](double value) { return std::isfinite(value); };
      const auto first = std::ranges::find_if(*curve, known);
      if (first != curve->end()) rise += *std::find_if(curve->rbegin(), curve->rend(), known) - *first;
    }
    return rise < 0;
  }

  void add_gain(const Statistic& statistic, double level, const Contrasts::Pair& pair,
                const std::map<std::size_t, double>& values, const std::map<std::size_t, Spread>& spread) {
    Gain out;
    out.metric = statistic.name;
    out.level = level;
    out.pair = pair;
    CurveReading reading{level, is_error_rate(statistic.name), true};
    out.logarithmic = reading.logarithmic;
    struct Curve {
      std::vector<double> x, y;
      std::vector<const Spread*> spread;
    } curves[2];
    for (const std::size_t side : {0u, 1u})
      for (const std::size_t lane : out_.chains[side == 0 ? pair.baseline : pair.other].lanes) {
        if (!values.contains(lane)) continue;
        curves[side].x.push_back(snr_of(run_, run_.lanes[lane]));
        curves[side].y.push_back(values.at(lane));
        curves[side].spread.push_back(&spread.at(lane));
      }
    if (curves[0].x.empty() || curves[1].x.empty()) return;
    reading.falling = falls(statistic.name, {&curves[0].y, &curves[1].y});
    out.baseline = reach(curves[0].x, curves[0].y, reading);
    out.other = reach(curves[1].x, curves[1].y, reading);
    out.value = gain(out.baseline, out.other);
    std::vector<Reach> gains;
    std::vector<double> y;
    std::size_t baseline_missed = 0, other_missed = 0;
    for (std::size_t r = 0; r < request_.resamples; ++r) {
      Reach both[2];
      for (const std::size_t side : {0u, 1u}) {
        y.clear();
        for (const auto* lane : curves[side].spread) y.push_back(drawn(statistic, lane->values[r], lane->of[r]));
        both[side] = reach(curves[side].x, y, reading);
      }
      baseline_missed += both[0].not_reached();
      other_missed += both[1].not_reached();
      gains.push_back(gain(both[0], both[1]));
    }
    const auto resamples = static_cast<double>(request_.resamples);
    out.baseline_not_reached = static_cast<double>(baseline_missed) / resamples;
    out.other_not_reached = static_cast<double>(other_missed) / resamples;
    out.interval = middle(gains);
    out_.gains.push_back(out);
  }

  const ComparisonRequest& request_;
  host::Store& store_;
  const CountedRun& run_;
  Comparison& out_;
  std::vector<Contrasts::Pair> pairs_;
  std::vector<Statistic> statistics_;
  std::vector<bool> shown_;
};

}  // namespace

Comparison compare(const ComparisonRequest& request) {
  const auto path = std::filesystem::path(request.run) / "results.sqlite";
  std::error_code failed;
  if (!std::filesystem::exists(request.run, failed)) refuse(request.run, "does not exist", "a run's folder is meant");
  if (!std::filesystem::is_directory(request.run, failed))
    refuse(request.run, "is not a folder", "a run's folder is meant");
  if (!std::filesystem::exists(path, failed))
    refuse(request.run, "has no results.sqlite", "tandem run CONFIG --out " + request.run + " writes it");
  const auto store = host::Store::open(path, host::Store::Access::read);
  const auto notes = store->notes();
  const auto note = notes.find(host::counted_note);
  if (note == notes.end())
    refuse(path.string(), "does not say which frames its results are made of",
           "tandem run CONFIG --out " + request.run + " again: only what is missing is computed");
  Comparison out;
  try {
    const CountedRun run = host::parse_counted(note->second);
    if (run.lanes.empty()) refuse(path.string(), "has no results yet", "no point of the run is finished");
    Comparer(request, *store, run, out).make();
  } catch (const host::Refusal&) {
    throw;
  } catch (const Error& e) {
    throw Error(e.message(), path.string(), e.hint());
  }
  return out;
}

}  // namespace tandem::report
