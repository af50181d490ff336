#include "run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <set>

#include "chart.hpp"
#include "host/problem.hpp"

namespace tandem::report {
namespace {

namespace fs = std::filesystem;

bool there(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

host::Ordered config_of(const std::string& folder) {
  try {
    host::Ordered config = host::read_document(fs::path(folder) / "config.json").value;
    if (config.is_object()) return config;
  } catch (const Error&) {
    // Whoever needs it says that there is none.
  }
  return {};
}

// Workers may call their experiment what they like.
host::Ordered identity_of(host::Ordered config) {
  if (config.is_object()) config.erase("title");
  return config;
}

// Whether a run began after the results were written: it is going on, or was killed.
bool outdated(const std::string& folder) {
  std::error_code failed;
  const auto begun = fs::last_write_time(fs::path(folder) / "config.json", failed);
  if (failed) return false;
  return fs::last_write_time(fs::path(folder) / "results.csv", failed) < begun || failed;
}

std::string point_of(const ResultsTable::Row& row) {
  std::string out = row.arm;
  for (const auto& value : row.point) out += '\n' + value;
  return out;
}

// Points of several folders in one table; of a point that several have, the one with the most frames.
ResultsTable joined(std::vector<ResultsTable> tables) {
  ResultsTable out = std::move(tables.front());
  for (std::size_t i = 1; i < tables.size(); ++i) {
    if (tables[i].axes != out.axes) continue;  // of an older config
    std::map<std::string, double> known, fresh;
    for (const auto& row : out.rows) known[point_of(row)] = row.frames;
    for (const auto& row : tables[i].rows) fresh[point_of(row)] = row.frames;
    const auto wins = [&](const std::string& point) { return fresh.contains(point) && (!known.contains(point) || known[point] < fresh[point]); };
    std::erase_if(out.rows, [&](const auto& row) { return wins(point_of(row)); });
    for (const auto& row : tables[i].rows)
      if (wins(point_of(row))) out.rows.push_back(row);
  }
  return out;
}

// Paths in config.json start from where the config lay that was run.
void move_places(host::Located& document, const fs::path& from, const fs::path& to) {
  for (auto& [path, place] : document.places)
    if (place.line > 0 && fs::path(place.file) == from) place.file = (to / from.filename()).string();
}

std::unique_ptr<host::Store> open_store(Run& run) {
  std::vector<fs::path> files;
  for (const auto& folder : run.folders)
    if (const auto file = fs::path(folder) / "results.sqlite"; there(file)) files.push_back(file);
  if (files.empty()) return nullptr;
  if (files.size() == 1) {
    auto store = host::Store::open(files[0], host::Store::Access::read);
    run.notes = store->notes();
    return store;
  }
  run.scratch = std::make_unique<ScratchFolder>();
  auto all = host::Store::open(run.scratch->path() / "results.sqlite");
  for (const auto& file : files) {
    const auto one = host::Store::open(file, host::Store::Access::read);
    for (const auto& key : one->keys())
      if (!all->has(key))
        if (auto unit = one->get(key)) all->put(std::move(*unit));
    run.notes.merge(one->notes());
  }
  all->flush();
  return all;
}

constexpr std::uint64_t complexity_frames = 20;

// The figures of the units that are there, without computing any.
void replay(Run& run, const std::vector<std::string>& arms, const host::Catalogue& catalogue, const host::Registry& registry, Reading reading) {
  const fs::path file = fs::path(run.folders[0]) / "config.json";
  host::Config config = host::load_config(file, {}, arms);
  if (const auto folder = run.notes.find("folder"); folder != run.notes.end()) {
    move_places(config.document, file, folder->second);
    for (auto* list : {&config.arms, &config.all_arms})
      for (auto& arm : *list) move_places(arm.document, file, folder->second);
  }
  run.plan = std::make_unique<host::Plan>(host::make_plan(std::move(config), catalogue, registry));
  static const std::atomic<bool> at_once = true;
  run.engine = std::make_unique<host::Engine>(*run.plan, catalogue, run.store.get(), host::RunOptions{1, 0, 0, true, &at_once});
  run.engine->run({});
  run.results = host::results_of(*run.engine, *run.plan);
  // While the run goes on the machine has better to do.
  if (run.going_on || reading.table_only) return;
  try {
    run.complexity = host::complexity_of(*run.plan, catalogue, complexity_frames);
  } catch (const std::exception& e) {
    run.remarks.push_back(std::string("What the arms compute could not be counted: ") + e.what());
  }
}

std::vector<std::string> arms_of(const ResultsTable& table) {
  std::vector<std::string> out;
  for (const auto& row : table.rows)
    if (!std::ranges::count(out, row.arm)) out.push_back(row.arm);
  return out;
}

// Those of the wanted arms that the config has, in its order.
std::vector<std::string> known_arms(const host::Ordered& config, const std::vector<std::string>& wanted, bool& all) {
  std::vector<std::string> out;
  all = true;
  if (!config.contains("arms") || !config["arms"].is_object()) return out;
  for (const auto& [name, changes] : config["arms"].items())
    if (std::ranges::count(wanted, name))
      out.push_back(name);
    else
      all = false;
  return out;
}

void read(Run& run, const host::Catalogue& catalogue, const host::Registry& registry, Reading reading) {
  std::vector<ResultsTable> tables;
  bool begun = false, current = true;
  for (const auto& folder : run.folders) {
    const bool stored = there(fs::path(folder) / "results.sqlite");
    begun = begun || stored;
    run.going_on = run.going_on || (stored && host::Store::is_written(fs::path(folder) / "results.sqlite"));
    if (there(fs::path(folder) / "results.csv") || !stored) {
      try {
        tables.push_back(read_results(folder));
      } catch (const host::Refusal&) {
        const auto path = fs::path(folder) / "results.csv";
        std::error_code failed;
        // A table of nothing but a header is that of a run without a finished point.
        if (!stored || !there(path) || fs::file_size(path, failed) > 4096) throw;
        std::ifstream in(path);
        if (!parse_results({std::istreambuf_iterator<char>(in), {}}, path.string()).rows.empty()) throw;
        begun = true;
      }
    }
    current = current && !outdated(folder);
  }
  if (!tables.empty()) run.table = joined(std::move(tables));
  run.table.path = run.table.path.empty() ? (fs::path(run.folders[0]) / "results.sqlite").string() : run.table.path;
  const bool finished = current && !run.going_on && run.folders.size() == 1 && !run.table.rows.empty();
  if (finished && reading.table_only) return;
  try {
    if (run.config.is_null()) throw Error("has no readable config.json", run.folders[0]);
    run.store = open_store(run);
    if (!run.store) throw Error("has no results.sqlite", run.folders[0]);
    const auto arms = known_arms(run.config, finished ? arms_of(run.table) : run.store->arms(), run.of_all_arms);
    if (arms.empty() && run.config.contains("arms") && run.config["arms"].size() > 0) throw Error("no unit is finished yet", run.folders[0]);
    replay(run, arms, catalogue, registry, reading);
    ResultsTable fresh = parse_results(host::to_csv(run.results, *run.plan, run.engine->exactness()), run.table.path);
    // What a run has not renewed yet may be of an older config.
    const bool renewed = current && !run.going_on;
    if (fresh.rows.size() >= run.table.rows.size() || (!renewed && !fresh.rows.empty()))
      run.table = std::move(fresh);
    else
      run.remarks.push_back("The figures are those of results.csv: the units in results.sqlite do not make up all its points here.");
  } catch (const std::exception& e) {
    run.unusable = e.what();
    run.engine.reset();
    run.plan.reset();
    run.results.clear();
    run.complexity.clear();
  }
  if (run.table.rows.empty() && !(reading.may_be_empty && begun))
    throw host::Refusal(host::Problem{{run.table.path, 0, 0}, {}, "has no results yet",
                                      run.unusable.empty() ? "no point of the run is finished" : run.unusable, host::Exit::usage});
  if (run.going_on) run.remarks.push_back("The run is going on: only finished points are shown.");
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string name = (fs::temp_directory_path() / "tandem-report-XXXXXX").string();
  if (!mkdtemp(name.data())) throw Error("no temporary folder can be made", name);
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<Run> read_runs(const std::vector<std::string>& folders, const host::Catalogue& catalogue, const host::Registry& registry,
                           Reading reading) {
  std::vector<Run> runs;
  std::vector<host::Ordered> identities;
  for (const auto& folder : folders) {
    host::Ordered config = config_of(folder), identity = identity_of(config);
    const auto known = config.is_null() ? identities.end() : std::ranges::find(identities, identity);
    if (known != identities.end()) {
      auto& same = runs[static_cast<std::size_t>(known - identities.begin())].folders;
      if (!std::ranges::count(same, folder)) same.push_back(folder);
      continue;
    }
    Run run;
    run.folders = {folder};
    run.title = title_of(folder);
    run.config = std::move(config);
    identities.push_back(std::move(identity));
    runs.push_back(std::move(run));
  }
  std::vector<std::string> first;
  for (const auto& run : runs) first.push_back(run.folders[0]);
  const auto names = names_of(first);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].name = names[i];
    read(runs[i], catalogue, registry, reading);
  }
  return runs;
}

}  // namespace tandem::report
