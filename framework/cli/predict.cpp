#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <tandem/model.hpp>

#include "command.hpp"
#include "host/instances.hpp"
#include "host/results.hpp"
#include "report/surprise.hpp"

namespace tandem::cli {
namespace {

struct Options {
  ConfigOptions config;
  std::string text, out;
  std::size_t top = 10;
  bool json = false;
};

[[noreturn]] void refuse(const std::string& what, const std::string& message, const std::string& hint = {}) {
  throw host::Refusal(host::Problem{{what, 0, 0}, {}, message, hint, host::Exit::usage});
}

// The first arm that has a model.
report::Surprise predict(Context& context, const Options& options) {
  const host::Plan plan = options.config.plan(context);
  const host::PlannedArm* arm = nullptr;
  const host::Node *tokenizer_node = nullptr, *model_node = nullptr;
  for (const auto& candidate : plan.arms) {
    if (!candidate.skipped.empty() || arm) continue;
    const auto& nodes = candidate.variants[0].graph.nodes;
    const auto model = std::ranges::find(nodes, "model", &host::Node::role), tokenizer = std::ranges::find(nodes, "tokenizer", &host::Node::role);
    if (model != nodes.end() && tokenizer != nodes.end()) arm = &candidate, tokenizer_node = &*tokenizer, model_node = &*model;
  }
  if (!arm) refuse(options.config.path, "has no arm with a tokenizer and a model", "both are floors of a link");
  host::Instances instances(context.catalogue(), {});
  const host::Variant& variant = arm->variants[0];
  const auto tokenizer = std::dynamic_pointer_cast<Tokenizer>(instances.get(variant.graph, *tokenizer_node, variant.document));
  const auto model = std::dynamic_pointer_cast<Model>(instances.get(variant.graph, *model_node, variant.document));

  tandem::Bytes items;
  items.append(std::span(reinterpret_cast<const std::uint8_t*>(options.text.data()), options.text.size()));
  const Tokens tokens = tokenizer->encode(items);
  const Vocabulary vocabulary = model->vocabulary();
  const auto session = open_distribution(*model, 1);
  const Distribution& distribution = session->distribution();
  const double total = std::ldexp(1.0, distribution.bits());
  report::Surprise out;
  out.bytes = options.text.size();
  out.title = fmt::format("{}: {}", arm->name, model_node->stage.plugin->manifest.name);
  for (const Token token : tokens[0]) {
    const std::uint32_t frequency = distribution.interval(0, token).frequency;
    std::uint32_t rank = 0;
    for (Token other = 0; other < vocabulary.size; ++other) {
      const std::uint32_t its = distribution.interval(0, other).frequency;
      rank += its > frequency || (its == frequency && other < token);
    }
    out.tokens.push_back({tokenizer->spell(token), -std::log2(frequency / total), rank});
    const std::uint8_t active = 1;
    session->step({&token, 1}, {&active, 1});
  }
  std::vector<Token> order(vocabulary.size);
  for (Token token = 0; token < vocabulary.size; ++token) order[token] = token;
  const std::size_t count = std::min<std::size_t>(options.top, order.size());
  const auto probability = [&](Token token) { return distribution.interval(0, token).frequency / total; };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), [&](Token a, Token b) {
    const double p = probability(a), q = probability(b);
    return p != q ? p > q : a < b;
  });
  for (std::size_t i = 0; i < count; ++i)
    out.next.push_back({order[i] == vocabulary.end ? std::string() : tokenizer->spell(order[i]), probability(order[i]), order[i] == vocabulary.end});
  return out;
}

std::string to_json(const report::Surprise& surprise) {
  host::Ordered out = {{"tokens", host::Ordered::array()}, {"next", host::Ordered::array()}};
  for (const auto& token : surprise.tokens) out["tokens"].push_back({{"token", report::visible(token.spelled)}, {"bits", token.bits}, {"rank", token.rank}});
  for (const auto& next : surprise.next) out["next"].push_back({{"token", report::visible(next.spelled)}, {"probability", next.probability}});
  return out.dump(-1, ' ', false, host::Ordered::error_handler_t::replace) + "\n";
}

}  // namespace

void add_predict(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("predict", "what a model expects behind a text, and how much each of its tokens surprised it");
  command->footer("tandem predict configs/lm-sscc.json \"We shall vote on the \"");
  auto options = std::make_shared<Options>();
  options->config.add_to(*command);
  command->add_option("text", options->text, "the text")->required();
  command->add_option("--top", options->top, "tokens that may come next")->check(CLI::Range(0, 1'000'000));
  command->add_flag("--json", options->json, "a JSON object");
  command->add_option("-o,--out", options->out, "also as a page: a file that ends in .html");
  command->callback([&context, options] {
    const auto surprise = predict(context, *options);
    fmt::print("{}", options->json ? to_json(surprise) : report::surprise_text(surprise, isatty(STDOUT_FILENO)));
    if (options->out.empty()) return;
    if (!options->out.ends_with(".html")) refuse("-o " + options->out, "does not end in .html", "the picture is a page");
    host::write_file(options->out, report::surprise_html(surprise));
  });
}

}  // namespace tandem::cli
