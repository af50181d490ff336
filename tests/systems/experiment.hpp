#pragma once

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/support.hpp"

namespace tandem::test {

/// One line of `tandem run --json`.
struct Measured {
  std::string arm;
  std::map<std::string, double> point;
  double es_n0_db = 0;
  std::uint64_t frames = 0;
  struct Figure {
    double value = 0, low = 0, high = 0, count = 0, of = 0;
  };
  std::map<std::string, Figure> metrics;
  std::map<std::string, double> ledger;
};

/// Runs a config of the project, with changes, in a folder of its own. Fails the test when the run fails.
std::vector<Measured> experiment(const std::string& config, const std::vector<std::string>& sets = {},
                                 const std::vector<std::string>& arms = {});
/// The same of a config given as text.
std::vector<Measured> experiment_text(const std::string& text);

/// Q(x), the tail of the normal distribution.
double q_function(double x);

/// The SNR at which `metric` passes `level`, by interpolation of its logarithm between the two points that enclose it.
double crossing(const std::vector<Measured>& rows, const std::string& arm, const std::string& metric, double level);

}  // namespace tandem::test
