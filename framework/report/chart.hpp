#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
};

/// A metric of several arms against an axis.
struct Chart {
  std::string title;
  std::string axis, metric;  ///< names as results.csv has them
  std::vector<Curve> curves;
};

/// Whether a metric is a rate of errors, to be drawn on a logarithmic axis: `ber`, `bler`, `cer`, `frame` or `wer` is its first or last
/// word.
bool is_error_rate(const std::string& metric);

/// What a chart is to show. Names that are empty are chosen: the first error rate, or else the first metric; the SNR
/// axis, or else the first one.
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

}  // namespace tandem::report
