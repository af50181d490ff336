#include <thread>

#include "command.hpp"
#include "host/watch.hpp"

namespace tandem::cli {
namespace {

struct Options {
  std::string config;
  std::vector<std::string> sets;
  Task task{.folder = {}, .threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))};
  double seconds = 0;
};

}  // namespace

void add_train(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("train", "train a network, or go on where the training stopped");
  command->footer("tandem train configs/train-crossmpt-49-24-awgn.json --seconds 60");
  auto options = std::make_shared<Options>();
  command->add_option("config", options->config, "the training, a JSON file")->required();
  command->add_option("--set", options->sets, "address=value: replaces what stands there; the value is JSON if it parses, else a string")->allow_extra_args(false);
  command->add_option("--threads", options->task.threads, "threads")->check(CLI::Range(1, 1024));
  command->add_option("--seconds", options->seconds, "suspend after so long (exit 75)")->check(CLI::PositiveNumber);
  command->add_option("--checkpoint", options->task.checkpoint_seconds, "seconds between two checkpoints")->check(CLI::NonNegativeNumber);
  command->add_option("--out", options->task.folder, "the training's folder, default runs/<config's name>");
  command->callback([&context, options] {
    const auto config = host::load_training(options->config, options->sets, context.catalogue(), context.registry());
    if (options->task.folder.empty()) options->task.folder = host::default_folder(options->config);
    context.exit_code = host::train_watched(config, context.catalogue(), options->task, options->seconds);
  });
}

}  // namespace tandem::cli
