#include <fmt/format.h>

#include <filesystem>

#include "command.hpp"
#include "host/results.hpp"
#include "report/chart.hpp"
#include "report/curves_svg.hpp"

namespace tandem::cli {
namespace {

struct Options {
  report::ChartRequest request;
  std::vector<std::string> curves;
  std::string out;
};

// A path as it stands; a reference by the registry, which checks its content.
report::ChartRequest::CurveFile curve_file(Context& context, const std::string& name) {
  if (host::Registry::is_reference(name)) return {name, context.registry().resolve(name, {}).path};
  std::error_code failed;
  if (!std::filesystem::exists(name, failed)) throw host::Refusal(host::Problem{{name, 0, 0}, {}, "does not exist", {}, host::Exit::usage});
  return {name, name};
}

}  // namespace

void add_report(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("report", "a metric of finished runs against an axis, drawn");
  command->footer("tandem report runs/ldpc-49-24 --metric bler.code --curve curve:normal-approximation-49-24-awgn");
  auto options = std::make_shared<Options>();
  command->add_option("run", options->request.runs, "the folder of a run; several are drawn into one figure")->required();
  command->add_option("-o,--out", options->out, "the figure's file, default figure.svg in the first run's folder");
  command->add_option("--metric", options->request.metric, "the row to draw, default the first error rate");
  command->add_option("--axis", options->request.axis, "the axis to draw it against, default the SNR");
  command->add_option("--curve", options->curves, "draw this bound or published curve too, a CSV file or curve:NAME; may be given again")
      ->allow_extra_args(false);
  command->callback([&context, options] {
    for (const auto& name : options->curves) options->request.curves.push_back(curve_file(context, name));
    std::vector<std::string> left_out;
    const auto chart = report::make_chart(options->request, left_out);
    for (const auto& arm : left_out) fmt::print(stderr, "{} is left out: it has no {}\n", arm, chart.axis);
    const auto path = options->out.empty() ? (std::filesystem::path(options->request.runs[0]) / "figure.svg").string() : options->out;
    host::write_file(path, report::curves_svg(chart));
    fmt::print("{}\n", path);
  });
}

}  // namespace tandem::cli
