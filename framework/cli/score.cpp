#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <tandem/metric.hpp>

#include "command.hpp"
#include "host/instances.hpp"
#include "host/statistics.hpp"

namespace tandem::cli {
namespace {

// A line a frame, split at LF only; an empty line is an empty sentence.
Bytes read_lines(const std::string& path) {
  const auto refuse = [&](const char* message) { throw host::Refusal(host::Problem{{path, 0, 0}, {}, message, {}, host::Exit::usage}); };
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) refuse("does not exist");
  if (std::filesystem::is_directory(path, failed)) refuse("is a directory, not a text");
  std::ifstream in(path, std::ios::binary);
  if (!in) refuse("cannot be read");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  Bytes lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.append(std::span(reinterpret_cast<const std::uint8_t*>(text.data()) + at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

void add_score(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("score", "every metric that compares two texts, a line a frame");
  command->footer("tandem score sent.txt received.txt --metric bleu");
  auto files = std::make_shared<std::pair<std::string, std::string>>();
  auto metrics = std::make_shared<std::vector<std::string>>();
  auto json = std::make_shared<bool>(false);
  command->add_option("reference", files->first, "the text that was meant")->required();
  command->add_option("hypothesis", files->second, "the text that came out")->required();
  command->add_option("--metric", *metrics, "only this metric, by its name or with fields as a config has it; may be given again")->allow_extra_args(false);
  command->add_flag("--json", *json, "a JSON object");
  command->callback([&context, files, metrics, json] {
    const Bytes sent = read_lines(files->first), received = read_lines(files->second);
    if (sent.rows() != received.rows())
      throw host::Refusal(host::Problem{{files->second, 0, 0}, {}, fmt::format("has {} lines, {} has {}", received.rows(), files->first, sent.rows()), {}, host::Exit::usage});
    Exchange exchange;
    exchange.frames = sent.rows();
    exchange.items_sent = &sent;
    exchange.items_received = &received;
    std::vector<std::uint8_t> wrong;
    for (std::size_t i = 0; i < sent.rows(); ++i) wrong.push_back(!std::ranges::equal(sent[i], received[i]));
    exchange.wrong = wrong;
    host::Located document;
    host::Instances instances(context.catalogue(), {});
    auto out = host::Ordered::object();
    const bool all = metrics->empty();
    if (all)
      for (const auto& listed : context.catalogue().all())
        if (listed.manifest.role == "metric" && listed.problem.empty() && listed.manifest.needs == Metric::items &&
            std::ranges::none_of(listed.manifest.fields, &FieldSpec::required))
          metrics->push_back(listed.manifest.name);
    for (const auto& name : *metrics) {
      std::vector<host::Problem> problems;
      host::Checker checker(context.catalogue(), context.registry(), document, problems);
      // A name, or a stage as configs have it.
      const auto written = host::Ordered::parse(name, nullptr, false);
      const auto stage = checker.stage(written.is_object() ? written : host::Ordered(name), "metric", {}, name);
      if (!problems.empty()) throw host::Refusal(std::move(problems));
      const auto metric = std::dynamic_pointer_cast<Metric>(instances.get(stage, document, {}));
      if (all && !std::dynamic_pointer_cast<ComparesTexts>(metric)) continue;
      if (!std::dynamic_pointer_cast<ComparesTexts>(metric)) throw host::Refusal(host::Problem{{}, name, "compares more than two texts", {}, host::Exit::usage});
      const std::size_t width = metric->quantities().size();
      std::vector<double> values(sent.rows() * width, 0.0);
      metric->measure(exchange, values);
      host::Moments moments;
      for (std::size_t i = 0; i < sent.rows(); ++i) moments.add_frame(std::span(values).subspan(i * width, width));
      const auto rows = metric->rows();
      for (std::size_t r = 0; r < rows.size() && sent.rows() > 0; ++r) {
        const auto figure = host::figure(rows[r], r, metric.get(), moments);
        const std::string row = stage.plugin->manifest.name + "." + rows[r].name;
        out[row] = {{"value", figure.value}, {"low", figure.low}, {"high", figure.high}};
        if (!*json) fmt::print("{:<24} {:.6f}  [{:.6f}, {:.6f}]\n", row, figure.value, figure.low, figure.high);
      }
    }
    if (*json) fmt::print("{}\n", out.dump());
  });
}

}  // namespace tandem::cli
