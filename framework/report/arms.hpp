#pragma once

#include <string>
#include <vector>

#include "run_folder.hpp"

namespace tandem::report {

/// The floors of a run's arms, a column a floor that some arm has.
struct ArmTable {
  struct Cell {
    std::string plugin, fields;  ///< fields that are not at their defaults
  };
  struct Row {
    std::string arm;
    std::vector<Cell> cells;  ///< an empty plugin where the arm has no such floor
  };
  std::vector<std::string> floors;
  std::vector<Row> rows;
};

/// Empty where the run has no plan. Where a sweep changes the link, the first of its values stands here.
ArmTable arms_of(const Run& run);

}  // namespace tandem::report
