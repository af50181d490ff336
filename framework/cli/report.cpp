#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "command.hpp"
#include "host/results.hpp"
#include "report/chart.hpp"
#include "report/curves_svg.hpp"
#include "report/page.hpp"

namespace tandem::cli {
namespace {

std::atomic<bool> interrupted = false;

struct Options {
  report::PageRequest request;
  std::vector<std::string> curves;
  std::string out;
  bool csv = false;
};

enum class Form { html, svg, csv };

[[noreturn]] void refuse(const std::string& where, const std::string& message, const std::string& hint) {
  throw host::Refusal(host::Problem{{where, 0, 0}, {}, message, hint, host::Exit::usage});
}

// A path as it stands; a reference by the registry, which checks its content.
report::ChartRequest::CurveFile curve_file(Context& context, const std::string& name) {
  if (host::Registry::is_reference(name)) return {name, context.registry().resolve(name, {}).path};
  std::error_code failed;
  if (!std::filesystem::exists(name, failed)) refuse(name, "does not exist", {});
  return {name, name};
}

// The file's ending says what it is to be.
Form form_of(const Options& options) {
  const auto ending = std::filesystem::path(options.out).extension();
  if (options.csv && !options.out.empty() && ending != ".csv") refuse("-o " + options.out, "does not end in .csv", "--csv writes a table");
  if (options.csv || ending == ".csv") return Form::csv;
  if (options.out.empty() || ending == ".html") return Form::html;
  if (ending == ".svg") return Form::svg;
  refuse("-o " + options.out, "ends in none of .html, .svg and .csv", "the ending says what is written");
}

std::string figure(const Options& options, const std::vector<report::Run>& runs) {
  std::vector<report::RunTable> tables;
  for (const auto& run : runs) tables.push_back({run.name, run.title, &run.table});
  std::vector<std::string> left_out;
  const auto chart = report::make_chart(options.request.chart, tables, left_out);
  for (const auto& arm : left_out) fmt::print(stderr, "{} is left out: it has no {}\n", arm, chart.axis);
  return report::curves_svg(chart);
}

// When anything of the runs' results was written last.
std::filesystem::file_time_type last_change(const std::vector<std::string>& folders) {
  auto last = std::filesystem::file_time_type::min();
  for (const auto& folder : folders)
    for (const char* name : {"results.csv", "results.sqlite", "results.sqlite-wal"}) {
      std::error_code failed;
      const auto time = std::filesystem::last_write_time(std::filesystem::path(folder) / name, failed);
      if (!failed) last = std::max(last, time);
    }
  return last;
}

bool is_written(const std::string& folder) { return host::Store::is_written(std::filesystem::path(folder) / "results.sqlite"); }

// Writes the page whenever results came, until no run holds a folder.
void follow(Context& context, Options& options, const std::string& path) {
  using Clock = std::chrono::steady_clock;
  std::signal(SIGINT, [](int) { interrupted = true; });
  std::signal(SIGTERM, [](int) { interrupted = true; });
  const auto& folders = options.request.chart.runs;
  for (bool last = false; !last;) {
    const auto start = Clock::now();
    const auto seen = last_change(folders);
    auto runs = report::read_runs(folders, context.catalogue(), context.registry(), {.may_be_empty = true});
    last = interrupted || std::ranges::none_of(runs, &report::Run::going_on);
    options.request.live = !last;
    host::write_file(path, report::to_html(report::make_page(options.request, runs)));
    runs.clear();
    // The run is to have most of the machine.
    const auto next = Clock::now() + std::max<Clock::duration>(std::chrono::seconds(2), 10 * (Clock::now() - start));
    while (!last && !interrupted && std::ranges::any_of(folders, is_written) && (Clock::now() < next || last_change(folders) == seen))
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  if (interrupted) context.exit_code = host::Exit::interrupted;
}

void report_runs(Context& context, Options& options) {
  auto& request = options.request;
  for (const auto& name : options.curves) request.chart.curves.push_back(curve_file(context, name));
  const Form form = form_of(options);
  if (request.live && form != Form::html) refuse("--live", "writes a page", "give a file that ends in .html, or none");
  const auto path = options.out.empty() ? (std::filesystem::path(request.chart.runs[0]) / "report.html").string() : options.out;
  if (request.live) {
    fmt::print("{}\n", path);
    std::fflush(stdout);
    return follow(context, options, path);
  }
  auto runs = report::read_runs(request.chart.runs, context.catalogue(), context.registry(), {.table_only = form != Form::html});
  if (form == Form::csv && options.out.empty()) return fmt::print("{}", report::to_csv(runs));
  host::write_file(path, form == Form::csv ? report::to_csv(runs) : form == Form::svg ? figure(options, runs) : report::to_html(report::make_page(request, runs)));
  fmt::print("{}\n", path);
}

}  // namespace

void add_report(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("report", "what runs have found, as a page, a figure or a table");
  command->footer("tandem report runs/ldpc-49-24 --metric bler.code --curve curve:normal-approximation-49-24-awgn");
  auto options = std::make_shared<Options>();
  command->add_option("run", options->request.chart.runs, "the folder of a run; several come into one report, those of one config as one run")->required();
  command->add_option("-o,--out", options->out, "a file that ends in .html, .svg (one figure) or .csv; default report.html in the first run's folder");
  command->add_flag("--csv", options->csv, "all rows of all runs as a table, to standard output or the file");
  command->add_flag("--live", options->request.live, "write the page anew while the run goes on; it loads itself again");
  command->add_option("--metric", options->request.chart.metric, "the row to draw first, default the most telling: BLEU-1, else an error rate");
  command->add_option("--axis", options->request.chart.axis, "the axis to draw it against, default the SNR");
  command->add_option("--curve", options->curves, "draw this bound or published curve too, a CSV file or curve:NAME; may be given again")
      ->allow_extra_args(false);
  command->callback([&context, options] { report_runs(context, *options); });
}

}  // namespace tandem::cli
