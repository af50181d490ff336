#include <fmt/format.h>

#include <thread>

#include "command.hpp"
#include "host/engine.hpp"
#include "host/watch.hpp"

namespace tandem::cli {

void add_plan(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("plan", "every point with its Es/N0, and the units done and to do");
  command->footer("tandem plan configs/quickstart.json");
  auto options = std::make_shared<ConfigOptions>();
  auto folder = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  options->add_to(*command);
  command->add_option("--out", *folder, "the run's folder, default runs/<config's name>");
  command->add_flag("--json", *json, "a JSON object");
  command->callback([&context, options, folder, json] {
    host::Plan plan = options->plan(context);
    for (const auto& warning : plan.warnings) fmt::print(stderr, "{}\n", warning);
    const auto where = (folder->empty() ? std::filesystem::path("runs") / plan.config.path.stem() : std::filesystem::path(*folder)) / "results.sqlite";
    std::unique_ptr<host::Store> store;
    if (std::filesystem::exists(where)) store = host::Store::open(where, host::Store::Access::read);
    host::Engine engine(plan, context.catalogue(), store.get(), {.look_only = true});
    auto points = host::Ordered::array();
    std::uint64_t total = 0, done = 0;
    for (const auto& status : engine.status()) {
      const auto& arm = plan.arms[status.arm];
      const auto& point = arm.points[status.point];
      auto values = host::Ordered::object();
      std::string text;
      for (std::size_t i = 0; i < point.values.size(); ++i)
        if (point.values[i]) {
          values[plan.config.axes[i].address] = *point.values[i];
          text += fmt::format("  {} = {}", plan.config.axes[i].address, host::shown(point.values[i]));
        }
      const auto es_n0 = point.es_n0_db ? host::Ordered(*point.es_n0_db) : host::Ordered();
      points.push_back({{"arm", arm.name}, {"point", values}, {"es_n0_db", es_n0}, {"units", {{"total", status.units_total}, {"done", status.units_done}}}});
      total += status.units_total;
      done += status.units_done;
      if (!*json) fmt::print("{:<20}{}{}  units {}/{}\n", arm.name, text, point.es_n0_db ? fmt::format("  Es/N0 {:.4f} dB", *point.es_n0_db) : "", status.units_done, status.units_total);
    }
    if (*json)
      fmt::print("{}\n", host::Ordered{{"points", points}}.dump());
    else
      fmt::print("{} of at most {} units are done\n", done, total);
    const auto threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    if (done < total) fmt::print(stderr, "the rest takes at most {} on {} threads\n", host::span_of_time(engine.estimate(threads)), threads);
  });
}

}  // namespace tandem::cli
