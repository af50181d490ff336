#include <fmt/format.h>

#include "command.hpp"
#include "host/results.hpp"
#include "report/graph_svg.hpp"

namespace tandem::cli {

void add_graph(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("graph", "the unfolded graph of an arm, as JSON or drawn");
  command->footer("tandem graph configs/quickstart.json --svg stack.svg");
  auto options = std::make_shared<ConfigOptions>();
  auto svg = std::make_shared<std::string>();
  options->add_to(*command);
  command->add_option("--svg", *svg, "draw it into this file");
  command->callback([&context, options, svg] {
    const auto plan = options->plan(context);
    const auto& arm = plan.arms[0];
    if (plan.arms.size() > 1) fmt::print(stderr, "the first of {} arms: {} (choose with --arm)\n", plan.arms.size(), arm.name);
    const auto& graph = arm.variants.at(0).graph;
    if (svg->empty())
      fmt::print("{}\n", host::to_json(graph).dump(2));
    else
      host::write_file(*svg, report::graph_svg(graph, plan.config.title + ": " + arm.name));
  });
}

}  // namespace tandem::cli
