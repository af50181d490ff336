#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "command.hpp"
#include "host/counted.hpp"
#include "host/engine.hpp"
#include "host/machine.hpp"
#include "host/results.hpp"
#include "host/sha256.hpp"
#include "host/version.hpp"
#include "host/watch.hpp"

namespace tandem::cli {
namespace {

std::atomic<bool> interrupted = false;

// One line an arm, redrawn in place on a terminal; silent elsewhere.
class ProgressLines {
 public:
  void operator()(const std::vector<host::ArmProgress>& arms) {
    if (!isatty(STDERR_FILENO)) return;
    if (drawn_) fmt::print(stderr, "\x1b[{}A", drawn_);
    drawn_ = 0;
    for (const auto& arm : arms) {
      if (arm.points == 0) continue;
      const std::string eta = arm.points_done == arm.points ? "done" : arm.seconds_left < 0 ? "" : "at most " + host::span_of_time(arm.seconds_left) + " left";
      fmt::print(stderr, "\x1b[2K{:<20.20} {:>4}/{} points  {:>10.0f} frames/s  {}\n", arm.name, arm.points_done, arm.points, arm.frames_per_second, arm.failed.empty() ? eta : "failed");
      ++drawn_;
    }
  }

 private:
  int drawn_ = 0;
};

struct Options {
  ConfigOptions config;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::size_t batch = 0;
  double seconds = 0;
  std::string out;
  bool json = false;
};

int run(Context& context, const Options& options) {
  host::Plan plan = options.config.plan(context);
  for (const auto& warning : plan.warnings) fmt::print(stderr, "{}\n", warning);
  const std::filesystem::path folder = options.out.empty() ? std::filesystem::path("runs") / plan.config.path.stem() : std::filesystem::path(options.out);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw Error("cannot be made: " + failed.message(), folder.string());
  const auto store = host::Store::open(folder / "results.sqlite");
  std::signal(SIGINT, [](int) { interrupted = true; });
  std::signal(SIGTERM, [](int) { interrupted = true; });
  host::RunOptions run_options{options.threads, options.batch, options.seconds, false, &interrupted};
  host::Engine engine(plan, context.catalogue(), store.get(), run_options);

  host::Ordered used = plan.config.document.value;
  host::write_file(folder / "config.json", used.dump(2) + "\n");
  store->note("config", used.dump());
  store->note("tandem", fmt::format("{} {}", host::version, host::library_build_id()));
  store->note("cpu", host::cpu_family());
  store->note("command", context.command);
  // Where paths in the config start from.
  store->note("folder", std::filesystem::absolute(plan.config.path).parent_path().lexically_normal().string());

  ProgressLines progress;
  const auto summary = engine.run([&](const auto& arms) { progress(arms); });
  store->note(host::speed_note, host::speed_text(store->notes()[host::speed_note], engine.speeds()));
  store->note(host::counted_note, host::to_text(host::counted_run(engine, plan)));
  store->close();
  for (const auto& warning : store->take_warnings()) fmt::print(stderr, "{}\n", warning);
  const auto results = host::results_of(engine, plan);
  host::write_file(folder / "results.csv", host::to_csv(results, plan, engine.exactness()));
  if (options.json)
    for (const auto& result : results) fmt::print("{}\n", host::to_json_line(result, plan));
  else
    fmt::print("{}", host::to_table(results, plan));
  std::fflush(stdout);
  for (const auto& [arm, message] : summary.failed) fmt::print(stderr, "{} failed: {}\n", arm, message);

  using Stop = host::Summary::Stop;
  const char* stop = summary.stop == Stop::finished ? "finished" : summary.stop == Stop::seconds ? "seconds" : "interrupt";
  if (options.json) {
    auto skipped = host::Ordered::array();
    for (const auto& arm : plan.arms)
      if (!arm.skipped.empty()) skipped.push_back(arm.name);
    fmt::print("{}\n", host::Ordered{{"summary", {{"units_run", summary.units_run}, {"units_reused", summary.units_reused}, {"skipped", skipped}, {"stopped_by", stop}}}}.dump());
  } else {
    fmt::print(stderr, "{} units run, {} reused; {}\n", summary.units_run, summary.units_reused, (folder / "results.csv").string());
  }
  if (summary.stop == Stop::interrupt) return host::Exit::interrupted;
  if (summary.stop == Stop::seconds) return host::Exit::suspended;
  return summary.failed.empty() ? host::Exit::ok : host::Exit::failed;
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("run", "run an experiment, or go on with it where it stopped");
  command->footer("tandem run configs/quickstart.json --set stop.frames=100");
  auto options = std::make_shared<Options>();
  options->config.add_to(*command);
  command->add_option("--threads", options->threads, "worker threads; never changes a result")->check(CLI::Range(1, 1024));
  command->add_option("--batch", options->batch, "frames a batch; never changes a result")->check(CLI::Range(1, 1'000'000));
  command->add_option("--seconds", options->seconds, "suspend after so long (exit 75)")->check(CLI::PositiveNumber);
  command->add_option("--out", options->out, "the run's folder, default runs/<config's name>");
  command->add_flag("--json", options->json, "rows as JSON lines");
  command->callback([&context, options] {
    try {
      context.exit_code = run(context, *options);
    } catch (const host::Busy& e) {
      fmt::print(stderr, "tandem: {}\n", e.what());
      context.exit_code = host::Exit::suspended;
    }
  });
}

}  // namespace tandem::cli
