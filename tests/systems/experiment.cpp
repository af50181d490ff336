#include "experiment.hpp"

#include <cmath>
#include <fstream>
#include <sstream>

namespace tandem::test {
namespace {

std::vector<Measured> run_config(const std::filesystem::path& config, const std::vector<std::string>& sets, const std::vector<std::string>& arms) {
  const TemporaryFolder folder;
  Command command;
  command.arguments = {(build_dir() / "bin/tandem").string(), "run", config.string(), "--json", "--threads", "2", "--out", (folder.path() / "run").string()};
  for (const auto& set : sets) command.arguments.insert(command.arguments.end(), {"--set", set});
  for (const auto& arm : arms) command.arguments.insert(command.arguments.end(), {"--arm", arm});
  command.environment["XDG_CACHE_HOME"] = folder.path().string();
  command.directory = folder.path();
  command.seconds = 500;
  const Ended ended = run(command);
  EXPECT_EQ(ended.code, 0) << ended.err;
  std::vector<Measured> out;
  std::istringstream lines(ended.out);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json.contains("summary")) continue;
    Measured row;
    row.arm = json.at("arm");
    for (const auto& [address, value] : json.at("point").items())
      if (value.is_number()) row.point[address] = value;
    if (json.at("es_n0_db").is_number()) row.es_n0_db = json.at("es_n0_db");
    row.frames = json.at("frames");
    for (const auto& [name, figure] : json.at("metrics").items())
      row.metrics[name] = {figure.at("value"), figure.at("low"), figure.at("high"), figure.value("count", 0.0), figure.value("of", 0.0)};
    for (const auto& [name, sum] : json.at("ledger").items()) row.ledger[name] = sum;
    out.push_back(std::move(row));
  }
  EXPECT_FALSE(out.empty());
  return out;
}

}  // namespace

std::vector<Measured> experiment(const std::string& config, const std::vector<std::string>& sets, const std::vector<std::string>& arms) {
  return run_config(source_dir() / "configs" / config, sets, arms);
}

std::vector<Measured> experiment_text(const std::string& text) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "experiment.json") << text;
  return run_config(folder.path() / "experiment.json", {}, {});
}

double q_function(double x) { return 0.5 * std::erfc(x / std::sqrt(2.0)); }

double crossing(const std::vector<Measured>& rows, const std::string& arm, const std::string& metric, double level) {
  const Measured* last = nullptr;
  for (const auto& row : rows) {
    if (row.arm != arm) continue;
    const double now = row.metrics.at(metric).value;
    if (last && now <= level) {
      const double before = last->metrics.at(metric).value;
      const double share = std::log(level / before) / std::log(now / before);
      return last->es_n0_db + share * (row.es_n0_db - last->es_n0_db);
    }
    last = &row;
  }
  ADD_FAILURE() << arm << " does not pass " << level;
  return NAN;
}

}  // namespace tandem::test
