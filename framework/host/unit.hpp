#pragma once

#include <atomic>
#include <optional>
#include <tandem/metric.hpp>
#include <vector>

#include "link.hpp"
#include "statistics.hpp"

namespace tandem::host {

/// What consecutive frames of one arm at one point gave.
struct UnitValues {
  struct Values {
    Moments moments;
    std::vector<std::vector<double>> columns;   ///< a quantity each: a value a frame
  };
  std::uint64_t frames = 0;
  std::vector<double> ledger;                   ///< sums, ledger_names in order
  std::vector<double> wrong;                    ///< a frame: 1 where what came out differs
  std::vector<Values> metrics;                  ///< one a metric; no columns where the arm cannot feed it
};

/// Sends, receives and measures frames first .. first + count - 1 in batches of at most `batch` frames. A null metric is
/// one the arm cannot feed. The result does not depend on `batch`. Nothing comes back once `stop`, looked at between
/// batches, is set.
std::optional<UnitValues> run_unit(const Link& link, const std::vector<const Metric*>& metrics, std::uint64_t first, std::uint64_t count,
                                   float n0, std::size_t batch, const std::atomic<bool>* stop = nullptr);

}  // namespace tandem::host
