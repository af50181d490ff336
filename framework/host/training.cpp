#include "training.hpp"

#include "config.hpp"

#include <set>

namespace tandem::host {
namespace {

/// What fixes a stage's results, but for the builds of its plugins: a training outlives a rebuild.
Ordered settings_of(const Ordered& canonical) {
  if (!canonical.is_object()) return canonical;
  if (canonical.contains("plugin") && canonical.contains("build"))
    return {{canonical["plugin"].get<std::string>(), settings_of(canonical["fields"])}};
  Ordered out = Ordered::object();
  for (const auto& [key, value] : canonical.items()) out[key] = settings_of(value);
  return out;
}

}  // namespace

bool is_training(const std::filesystem::path& path, const std::vector<std::string>& sets) {
  return read_config(path, sets).value.contains("train");
}

TrainingConfig load_training(const std::filesystem::path& path, const std::vector<std::string>& sets, const Catalogue& catalogue,
                             const Registry& registry) {
  TrainingConfig config;
  config.document = read_config(path, sets);
  std::vector<Problem> problems;
  Checker checker(catalogue, registry, config.document, problems);
  const Ordered& value = config.document.value;
  static const std::set<std::string> known = {"title", "extends", "seed", "train"};
  for (const auto& [key, unused] : value.items())
    if (!known.contains(key)) checker.problem({key}, key, "is no key of a training", "there are title, seed and train");
  if (value.contains("seed")) {
    if (value["seed"].is_number_unsigned())
      config.seed = value["seed"].get<std::uint64_t>();
    else
      checker.problem({"seed"}, "seed", "must be an integer from 0 on");
  }
  if (value.contains("train"))
    config.stage = checker.stage(value["train"], "trainer", {"train"}, "train");
  else
    checker.problem({}, "train", "is missing", "a training names its trainer: {\"train\": {\"code-transformer\": {...}}}");
  if (!problems.empty()) throw Refusal(std::move(problems));
  return config;
}

std::string default_folder(const std::filesystem::path& config) { return (std::filesystem::path("runs") / config.stem()).string(); }

void train(const TrainingConfig& config, const Catalogue& catalogue, Task task, Progress& progress) {
  Instances instances(catalogue, {.threads = task.threads});
  const auto component = instances.get(config.stage, config.document, {"train"});
  const auto trainable = std::dynamic_pointer_cast<Trainable>(component);
  // With every default, and files by their content: what is gone on from is what was begun.
  const auto& plugin = config.stage.plugin->manifest;
  const Ordered settings = {{"seed", config.seed}, {"train", {{plugin.name + "@" + plugin.version, settings_of(config.stage.canonical)}}}};
  task.settings = settings.dump(2);
  task.seed = config.seed;
  try {
    trainable->train(task, progress);
  } catch (const FieldError& e) {
    throw Refusal(Problem{config.document.place({"train", plugin.name, e.field()}), "train." + e.field(), e.message(), e.hint(), Exit::usage});
  }
}

}  // namespace tandem::host
