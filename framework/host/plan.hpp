#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config.hpp"
#include "graph.hpp"

namespace tandem::host {

/// One combination of the axes' values for one arm. An axis that the arm does not have leaves no value.
struct Point {
  std::vector<std::optional<Ordered>> values;   ///< one an axis of the config
  std::size_t variant = 0;                      ///< which of the arm's graphs
  std::optional<double> es_n0_db;               ///< once known; empty for channels without an SNR
};

/// One graph of an arm: a point's sweep values applied. Points that differ in SNR alone share it.
struct Variant {
  Located document;
  Graph graph;
  std::uint64_t uses_a_value = 1;   ///< what the ledger books for each real value that an analog modem sends
};

struct PlannedArm {
  std::string name;
  std::vector<Variant> variants;
  std::vector<Point> points;
  std::string skipped;   ///< why the arm is left out (a reference that is missing); empty when it runs
};

/// Everything that will run, checked against manifests and small files.
struct Plan {
  Config config;
  std::vector<PlannedArm> arms;
  std::optional<PlannedArm> reference;    ///< of the unified SNR, where the run leaves it out
  std::vector<Stage> metrics;
  std::vector<std::string> warnings;

  const PlannedArm& arm_of_reference() const;
};

/// Unfolds and checks every arm at every point. Throws Refusal with all problems found. An arm whose files are missing is
/// left out where another arm remains and it is not the reference.
Plan make_plan(Config config, const Catalogue& catalogue, const Registry& registry);

/// What metrics can be given of a graph: Metric::Need flags.
unsigned available_to_metrics(const Graph& graph);

/// The value of an axis as results show it: strings bare, all else as JSON.
std::string shown(const std::optional<Ordered>& value);

}  // namespace tandem::host
