#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "contrasts.hpp"
#include "reach.hpp"

namespace tandem::report {

struct ComparisonRequest {
  std::string run;                   ///< a run's folder
  std::string by = "arm", baseline;  ///< see contrasts_by
  std::vector<std::string> metrics;  ///< rows, or metrics for all their rows; empty: the first row of each
  std::vector<std::pair<std::string, double>> levels;  ///< rows and levels at which SNRs are compared
  std::size_t resamples = 2000;
  int threads = 1;  ///< changes no result
  /// Makes a metric again, for rows that are functions of sums; null where that cannot be.
  std::function<std::shared_ptr<Metric>(const host::CountedRun::Metric&)> make_metric;
};

/// Two arms at one point, on the frames that both have.
struct Difference {
  std::string metric;
  Contrasts::Pair pair;
  std::optional<host::Ordered> snr;  ///< the point's
  std::uint64_t frames = 0;
  double baseline_value = 0, value = 0, difference = 0, low = 0, high = 0;
  std::optional<double> p, adjusted;  ///< Holm's, over all differences; none where a value is not known
  const char* test = "";              ///< McNemar, sign or bootstrap
};

/// How many dB less an arm needs for a level.
struct Gain {
  std::string metric;
  double level = 0;
  bool logarithmic = false;
  Contrasts::Pair pair;
  Reach baseline, other, value, interval;
  double baseline_not_reached = 0, other_not_reached = 0;  ///< shares of resamples
};

struct Comparison {
  std::string by, axis;  ///< `axis`: the SNR's, or empty
  std::vector<Chain> chains;
  std::vector<Difference> differences;  ///< by metric, pair, point
  std::vector<Gain> gains;
  std::size_t tests = 0, resamples = 0;
  std::vector<std::string> notes;  ///< sentences on what was left out
};

/// Probability below which a difference counts as found, all tests of a comparison together.
inline constexpr double family_level = 0.05;

/// Throws host::Refusal for what the request has wrong, Error for a store that is damaged.
Comparison compare(const ComparisonRequest& request);

/// A table for people, at most 100 columns where labels are short; and one JSON object a line.
std::string to_table(const Comparison& comparison);
std::string to_json_lines(const Comparison& comparison);

}  // namespace tandem::report
