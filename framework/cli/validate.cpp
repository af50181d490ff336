#include <fmt/format.h>

#include "command.hpp"
#include "host/training.hpp"

namespace tandem::cli {

void add_validate(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("validate", "check configs without running them");
  command->footer("tandem validate configs/quickstart.json");
  auto paths = std::make_shared<std::vector<std::string>>();
  auto options = std::make_shared<ConfigOptions>();
  auto json = std::make_shared<bool>(false);
  command->add_option("config", *paths, "the experiments and trainings, JSON files")->required();
  command->add_option("--set", options->sets, "address=value")->allow_extra_args(false);
  command->add_option("--arm", options->arms, "check this arm only")->allow_extra_args(false);
  command->add_flag("--json", *json, "a JSON list of problems");
  command->callback([&context, paths, options, json] {
    auto out = host::Ordered::array();
    for (const auto& path : *paths) {
      options->path = path;
      try {
        if (host::is_training(path, options->sets)) {
          host::load_training(path, options->sets, context.catalogue(), context.registry());
        } else {
          const auto plan = options->plan(context);
          for (const auto& warning : plan.warnings) fmt::print(stderr, "{}: {}\n", path, warning);
        }
        if (!*json) fmt::print("{}: fine\n", path);
      } catch (const host::Refusal& refusal) {
        if (context.exit_code == 0) context.exit_code = refusal.exit();
        for (const auto& problem : refusal.problems()) {
          if (*json)
            out.push_back({{"file", problem.place.file}, {"line", problem.place.line}, {"column", problem.place.column}, {"address", problem.address}, {"message", problem.message}, {"hint", problem.hint}});
          else
            fmt::print(stderr, "{}\n", host::to_text(problem));
        }
      }
    }
    if (*json) fmt::print("{}\n", out.dump(1, ' ', false, host::Ordered::error_handler_t::replace));
  });
}

}  // namespace tandem::cli
