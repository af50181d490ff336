#include <fmt/format.h>

#include <thread>

#include "command.hpp"
#include "host/instances.hpp"
#include "report/comparison.hpp"
#include "report/results_table.hpp"

namespace tandem::cli {
namespace {

struct Options {
  report::ComparisonRequest request;
  std::vector<std::string> levels;
  bool json = false;
};

// METRIC=LEVEL
std::pair<std::string, double> level_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  const auto level = equals == std::string::npos ? std::nullopt : report::number_of(text.substr(equals + 1));
  if (!level || equals == 0)
    throw host::Refusal(host::Problem{{"--at " + text.substr(0, 80), 0, 0},
                                      {},
                                      "is not of the form metric=level",
                                      "for example --at bler.code=1e-2",
                                      host::Exit::usage});
  return {text.substr(0, equals), *level};
}

// Null where the plugin is not here: all rows but functions do without.
std::shared_ptr<Metric> make_metric(Context& context, const host::CountedRun::Metric& metric) {
  try {
    const host::Listed& plugin = context.catalogue().find(metric.name + "@" + metric.version, "metric");
    host::Instances instances(context.catalogue(), {});
    return std::dynamic_pointer_cast<Metric>(
        instances.get(host::Stage{&plugin, metric.fields, metric.fields}, host::Located{}, {}));
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace

void add_compare(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("compare", "what a change does to a metric, and how sure that is");
  command->footer("tandem compare runs/decoders-49-24 --by link.decoder --baseline bp-50 --at bler.code=1e-2");
  auto options = std::make_shared<Options>();
  options->request.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  command->add_option("run", options->request.run, "the folder of a run")->required();
  command->add_option("--by", options->request.by,
                      "the address at which arms differ, such as link.decoder, or arm: whole arms (the default)");
  command->add_option("--baseline", options->request.baseline,
                      "what the others are compared with: a value there, or an arm; default the first");
  command
      ->add_option(
          "--metric", options->request.metrics,
          "only this row, or all rows of this metric; may be given again; default the first row of each metric")
      ->allow_extra_args(false);
  command
      ->add_option("--at", options->levels,
                   "metric=level: also the SNR each arm needs for it, and the gain in dB; may be given again")
      ->allow_extra_args(false);
  command->add_option("--resamples", options->request.resamples, "of the bootstrap")->check(CLI::Range(200, 1'000'000));
  command->add_flag("--json", options->json, "JSON lines");
  command->callback([&context, options] {
    for (const auto& level : options->levels) options->request.levels.push_back(level_of(level));
    options->request.make_metric = [&context](const host::CountedRun::Metric& metric) {
      return make_metric(context, metric);
    };
    const auto comparison = report::compare(options->request);
    for (const auto& note : comparison.notes) fmt::print(stderr, "{}\n", note);
    fmt::print("{}", options->json ? report::to_json_lines(comparison) : report::to_table(comparison));
  });
}

}  // namespace tandem::cli
