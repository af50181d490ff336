#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tandem::report {

/// results.csv as `run` writes it.
struct ResultsTable {
  struct Row {
    int line = 0;
    std::string arm;
    std::vector<std::string> point;  ///< a text an axis; empty where the arm does not have it
    std::string metric;
    double value = 0, low = 0, high = 0;
    std::optional<double> count, of;
    double frames = 0;
  };
  std::string path;
  std::string made_by;  ///< the words behind "# tandem"
  std::vector<std::string> axes;
  std::vector<Row> rows;

  /// Names in the order of their first row.
  std::vector<std::string> metrics() const;
};

/// The table that such a text holds; `name`: how messages call it. It may have no rows. Throws host::Refusal.
ResultsTable parse_results(const std::string& text, const std::string& name);

/// The table of a run's folder. Throws host::Refusal where there is none or a line is not as it should be.
ResultsTable read_results(const std::string& folder);

/// A curve as a file has it: `# LABEL; dotted` (or `dashed`), the names of axis and metric, then two numbers a line.
struct CurveTable {
  std::string label, axis, metric;
  bool dotted = false;
  std::vector<std::pair<double, double>> points;  ///< by rising x
};

/// `name`: how messages call the file. Throws host::Refusal.
CurveTable read_curve(const std::string& path, const std::string& name);

/// A cell as a number, the whole of it.
std::optional<double> number_of(const std::string& cell);

}  // namespace tandem::report
