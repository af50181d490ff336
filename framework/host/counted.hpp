#pragma once

#include <optional>
#include <string>
#include <tandem/metric.hpp>
#include <vector>

#include "engine.hpp"

namespace tandem::host {

/// What the figures of a finished run were made of: enough to compare arms frame by frame, without any plugin.
/// `run` keeps it in the store beside the units, so that results.csv and what is compared are the same frames.
struct CountedRun {
  struct Axis {
    std::string address;
    bool snr = false;
  };
  struct Metric {
    std::string name, version;
    Ordered fields = Ordered::object();  ///< what makes the component again, for rows of kind `function`
    std::vector<Row> rows;
  };
  /// A finished point of an arm.
  struct Lane {
    std::string arm;
    std::vector<std::optional<Ordered>> point;  ///< one an axis
    std::size_t stages = 0;                     ///< index
    std::uint64_t frames = 0;
    std::vector<std::string> units;  ///< keys, in the order of frames
  };
  std::vector<Axis> axes;
  std::vector<Metric> metrics;
  /// By node: {"node": {"plugin": {fields}}}, all fields written out, files by name and content. Where real values are
  /// sent "ledger" stands among them, as its own plugin.
  std::vector<Ordered> stages;
  std::vector<Lane> lanes;  ///< in the config's order of arm and point
};

CountedRun counted_run(const Engine& engine, const Plan& plan);
/// Under this name the store keeps it.
inline constexpr const char* counted_note = "results";
std::string to_text(const CountedRun& run);
/// Throws Error for what to_text cannot have written.
CountedRun parse_counted(const std::string& text);

/// Values of single frames, by quantity: of those a row is made of, the others are empty. Nothing at all where the arm
/// cannot feed the metric. Throws Error when a unit is gone or damaged.
using FrameValues = std::vector<std::vector<double>>;
FrameValues frame_values(Store& store, const CountedRun& run, const CountedRun::Lane& lane, std::size_t metric,
                         const Row& row);

}  // namespace tandem::host
