#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/complexity.hpp"
#include "host/engine.hpp"
#include "host/results.hpp"
#include "results_table.hpp"

namespace tandem::report {

/// A folder that goes away with its owner.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// One experiment as its folders keep it. Folders with the same config are workers of one experiment: their units are put
/// together, and a unit that several have counts once.
struct Run {
  std::string name;                  ///< how it is told apart from others
  std::vector<std::string> folders;  ///< as they were given
  std::string title;                 ///< its own; empty where it has none
  ResultsTable table;                ///< finished points
  host::Ordered config;              ///< null where there is no readable config.json
  std::map<std::string, std::string> notes;
  std::vector<std::string> remarks;  ///< what the reader has to know about where the figures come from
  bool going_on = false;             ///< some folder is being written to
  bool of_all_arms = true;           ///< not only some of the config's arms

  /// What can be run again, with what the store knows; null where plugins, files or results.sqlite are missing, and then
  /// `unusable` says why.
  std::unique_ptr<ScratchFolder> scratch;
  std::unique_ptr<host::Store> store;
  std::unique_ptr<host::Plan> plan;
  std::unique_ptr<host::Engine> engine;
  std::vector<host::ResultPoint> results;  ///< of the engine
  std::vector<host::ArmComplexity> complexity;  ///< of a run that is finished
  std::string unusable;
};

/// Reads the folders' results: from the units in results.sqlite where the config can still be built, which also works
/// beside a run and after one that was killed; else from results.csv. Nothing is written and no frame is computed.
/// Throws host::Refusal for what is no run.
struct Reading {
  bool may_be_empty = false;  ///< a run that has no finished point yet is no error
  bool table_only = false;    ///< plan and engine are not wanted: a finished run's results.csv is enough
};
std::vector<Run> read_runs(const std::vector<std::string>& folders, const host::Catalogue& catalogue, const host::Registry& registry,
                           Reading reading = {});

}  // namespace tandem::report
