#include <fmt/format.h>

#include <algorithm>
#include <tandem/coder.hpp>
#include <tandem/explain.hpp>

#include "command.hpp"
#include "host/example.hpp"
#include "host/instances.hpp"
#include "host/results.hpp"
#include "report/intervals.hpp"

namespace tandem::cli {
namespace {

struct Options {
  std::string name, word, out;
  std::vector<std::string> sets;
};

[[noreturn]] void refuse(const std::string& what, const std::string& message, const std::string& hint = {}) {
  throw host::Refusal(host::Problem{{what, 0, 0}, {}, message, hint, host::Exit::usage});
}

// The coder with what it stands beside in its own worked example, changed as asked.
host::Located experiment(Context& context, const Options& options) {
  const host::Manifest& manifest = context.catalogue().find(options.name, "coder").manifest;
  host::Located document;
  document.value = host::example_experiment(manifest);
  host::Instances instances(context.catalogue(), {});
  std::vector<host::Problem> problems;
  host::Checker checker(context.catalogue(), context.registry(), document, problems);
  const auto stage = checker.stage(document.value["link"]["coder"], "coder", {"link", "coder"}, "link.coder");
  if (!problems.empty()) throw host::Refusal(std::move(problems));
  const auto explains = std::dynamic_pointer_cast<Explains>(instances.get(stage, document, {"link", "coder"}));
  if (!explains) refuse(options.name, "does not show how it codes", "the arithmetic coder does");
  const auto beside = host::Ordered::parse(explains->beside());
  for (const auto& [floor, value] : beside.items()) document.value["link"][floor] = value;
  for (const auto& set : options.sets) {
    const host::Setting setting(set);
    document.put(host::find_path(document, setting.address), setting.value);
  }
  return document;
}

void explain(Context& context, const Options& options) {
  const host::Located document = experiment(context, options);
  std::vector<host::Problem> problems;
  const host::Graph graph = host::build_graph(document, context.catalogue(), context.registry(), problems);
  if (!problems.empty()) throw host::Refusal(std::move(problems));
  host::Instances instances(context.catalogue(), {});
  const auto part = [&](const char* role) {
    const auto node = std::ranges::find(graph.nodes, role, &host::Node::role);
    return instances.get(graph, *node, document);
  };
  const auto tokenizer = std::dynamic_pointer_cast<Tokenizer>(part("tokenizer"));
  const auto component = part("coder");
  Bytes items;
  items.append(std::span(reinterpret_cast<const std::uint8_t*>(options.word.data()), options.word.size()));
  const Tokens row = tokenizer->encode(items);
  report::Intervals intervals;
  const auto* explains = dynamic_cast<const Explains*>(component.get());
  if (!explains) refuse(options.name, "was replaced by a coder that does not show how it codes");
  intervals.steps = explains->explain(row[0]);
  const Coded coded = dynamic_cast<const Coder&>(*component).encode(row);
  for (const auto bit : coded.bits[0]) intervals.bits += static_cast<char>('0' + bit);
  const Token end = tokenizer->vocabulary().end;
  intervals.spelled = [&](Token token) { return token == end ? "end" : tokenizer->spell(token); };
  fmt::print("{}", report::intervals_text(intervals));
  if (options.out.empty()) return;
  if (!options.out.ends_with(".svg")) refuse("-o " + options.out, "does not end in .svg", "the picture is one");
  host::write_file(options.out, report::intervals_svg(intervals, fmt::format("{} by the coder \u201c{}\u201d", options.word, options.name)));
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("explain", "how a coder comes to the bits of a word, drawn");
  command->footer("tandem explain arithmetic AIXI -o aixi.svg");
  auto options = std::make_shared<Options>();
  command->add_option("name", options->name, "the coder")->required();
  command->add_option("word", options->word, "what it codes")->required();
  command->add_option("--set", options->sets, "address=value, such as link.model=...: in place of its own worked example")->allow_extra_args(false);
  command->add_option("-o,--out", options->out, "also draw it: a file that ends in .svg");
  command->callback([&context, options] { explain(context, *options); });
}

}  // namespace tandem::cli
