#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine.hpp"

namespace tandem::host {

/// One row of a point: `plugin.value` with its interval.
struct ResultRow {
  std::string metric;
  Figure figure;
};
struct ResultPoint {
  std::size_t arm = 0, point = 0;
  std::uint64_t frames = 0;
  std::vector<double> ledger;
  std::vector<ResultRow> rows;
};

/// The finished points of an engine as figures, in the config's order of arm, point, metric.
std::vector<ResultPoint> results_of(const Engine& engine, const Plan& plan);

/// results.csv: `# tandem VERSION portable` or `# tandem VERSION build ID CPU-FAMILY`, then a header and a line a row.
std::string to_csv(const std::vector<ResultPoint>& results, const Plan& plan, Exactness exactness);
/// One line of `run --json`.
std::string to_json_line(const ResultPoint& result, const Plan& plan);
/// A table for people, a line a point; the metrics' columns take at most `width` characters.
std::string to_table(const std::vector<ResultPoint>& results, const Plan& plan, std::size_t width = 84);

/// Writes a file by a temporary one and a rename: readers see the old or the new, never half.
void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace tandem::host
