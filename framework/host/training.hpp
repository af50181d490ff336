#pragma once

#include <filesystem>
#include <string>
#include <tandem/trainable.hpp>
#include <vector>

#include "check.hpp"
#include "instances.hpp"

namespace tandem::host {

/// A training as its file describes it: `title`, `seed`, and `train`, a stage whose plugin is a trainer.
struct TrainingConfig {
  Located document;
  std::uint64_t seed = 1;
  Stage stage;
};

/// Whether the file describes a training and not an experiment. Throws Refusal when it cannot be read.
bool is_training(const std::filesystem::path& path, const std::vector<std::string>& sets);

/// Reads it, with `extends` and `sets` applied, and checks the stage. Throws Refusal with all that is wrong.
TrainingConfig load_training(const std::filesystem::path& path, const std::vector<std::string>& sets, const Catalogue& catalogue,
                             const Registry& registry);

/// Where its results go unless told otherwise: runs/<config's name>.
std::string default_folder(const std::filesystem::path& config);

/// Creates the trainer and lets it work until it is done or `progress` asks it to stop. `task` says where and how; its
/// settings and its seed are those of the config.
void train(const TrainingConfig& config, const Catalogue& catalogue, Task task, Progress& progress);

}  // namespace tandem::host
