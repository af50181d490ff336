#pragma once

#include <string>
#include <vector>

#include "arms.hpp"
#include "chart.hpp"
#include "energy.hpp"
#include "host/complexity.hpp"
#include "host/speed.hpp"
#include "provenance.hpp"
#include "sentences.hpp"

namespace tandem::report {

/// What the report says of one run.
struct RunPart {
  std::string name;
  Energy energy;
  ArmTable arms;
  std::vector<host::ArmComplexity> complexity;
  std::vector<host::ArmSpeed> speeds;
  Sentences sentences;
  Provenance provenance;
  std::vector<std::string> remarks;
};

/// Everything that a report shows, before it is a page.
struct Page {
  std::string title;
  std::vector<std::string> verdict;
  std::vector<Chart> charts;                ///< the first is what the verdict is about
  std::vector<std::vector<std::string>> table;  ///< without an axis: the figures themselves, the first row their names
  std::vector<RunPart> runs;
  std::vector<std::string> remarks;
  int reload_seconds = 0;                   ///< the page asks for itself again; 0: never
};

struct PageRequest {
  ChartRequest chart;
  bool live = false;
};

/// Figures for the metric that was asked for and those that say most. Throws host::Refusal where metric, axis or a curve
/// do not fit the runs.
Page make_page(const PageRequest& request, std::vector<Run>& runs);

/// One HTML file that needs nothing else. The same page gives the same bytes.
std::string to_html(const Page& page);

/// All rows of all runs: `run,arm,AXIS...,metric,value,low,high,count,of,frames`.
std::string to_csv(const std::vector<Run>& runs);

}  // namespace tandem::report
