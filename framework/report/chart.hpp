#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results_table.hpp"

namespace tandem::report {

/// One measured value with its 95 % interval.
struct Mark {
  double x = 0, value = 0, low = 0, high = 0;
  std::optional<double> count, of;  ///< absent for means
  double frames = 0;
};

struct Curve {
  enum class Kind : std::uint8_t {
    measured,  ///< coloured, with markers and a band; each mark tells its counts
    bound,     ///< dotted, without markers
    published  ///< dashed, with small markers
  };
  std::string label;
  Kind kind = Kind::measured;
  std::vector<Mark> marks;  ///< by rising x; bounds and published curves have x and value alone
  std::optional<std::size_t> look = {};  ///< of a measured curve: which colour and marker; the next one where not said
};

/// A metric of several arms against an axis.
struct Chart {
  std::string title;
  std::string axis, metric;  ///< names as results.csv has them
  std::vector<Curve> curves;
};

/// What a chart is to show. Names that are empty are chosen: the most telling metric; the SNR axis, or else the
/// first one.
struct ChartRequest {
  std::vector<std::string> runs;  ///< folders with a results.csv
  std::string metric, axis;
  struct CurveFile {
    std::string name, path;  ///< as it was given; where it is
  };
  std::vector<CurveFile> curves;
};

/// Reads the runs' results and the further curves. Arms of several runs are prefixed by their run's folder; the values
/// of other axes that vary within a run become part of the label. The title is the run's own. Arms that have no place on
/// the axis are left out and named in `left_out`. Throws host::Refusal, with file and line where they are to blame.
Chart make_chart(const ChartRequest& request, std::vector<std::string>& left_out);

/// What a chart needs of a run: what it is called, its own title, and its results.
struct RunTable {
  std::string name, title;
  const ResultsTable* table = nullptr;
};
/// The same of results that were read already; `request.runs` is not looked at.
Chart make_chart(const ChartRequest& request, const std::vector<RunTable>& runs, std::vector<std::string>& left_out);

/// How runs are told apart: by their folders' names, or by their whole paths where two names are the same.
std::vector<std::string> names_of(const std::vector<std::string>& runs);
/// The title in the config.json of a run's folder; empty where there is none.
std::string title_of(const std::string& run);
/// Those that say most, the most telling first; one at least, unless there are none. The first is drawn where none is
/// asked for.
std::vector<std::string> telling_metrics(const std::vector<std::string>& metrics);
/// The SNR axis, else the first one; empty where there is none.
std::string default_axis(const ResultsTable& table);
/// The arm's name and the values of its point, but for the axis `except`, where they vary in the table.
std::string label_of(const ResultsTable& table, const ResultsTable::Row& row, std::size_t except);
/// A bound or published curve, checked against the chart's axis and metric. Throws host::Refusal.
Curve further_curve(const ChartRequest::CurveFile& file, const Chart& chart);

}  // namespace tandem::report
