#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <tandem/tokenizer.hpp>

#include "command.hpp"
#include "host/instances.hpp"

namespace tandem::cli {

void add_tokenize(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("tokenize", "token ids of standard input, byte for byte, without the end token");
  command->footer("printf 'to be' | tandem tokenize words --set text=corpus:prime");
  auto name = std::make_shared<std::string>();
  auto sets = std::make_shared<std::vector<std::string>>();
  auto json = std::make_shared<bool>(false);
  command->add_option("name", *name, "the tokenizer")->required();
  command->add_option("--set", *sets, "field=value")->allow_extra_args(false);
  command->add_flag("--json", *json, "a JSON object");
  command->callback([&context, name, sets, json] {
    host::Located document;
    document.value = {{"source", {{*name, host::Ordered::object()}}}};
    for (const auto& set : *sets) {
      const host::Setting setting(set);
      document.put({"source", *name, setting.address}, setting.value);
    }
    std::vector<host::Problem> problems;
    host::Checker checker(context.catalogue(), context.registry(), document, problems);
    const auto stage = checker.stage(document.value["source"], "tokenizer", {"source"}, *name);
    if (!problems.empty()) throw host::Refusal(std::move(problems));
    host::Instances instances(context.catalogue(), {});
    const auto tokenizer = std::dynamic_pointer_cast<Tokenizer>(instances.get(stage, document, {"source"}));
    const std::string text((std::istreambuf_iterator<char>(std::cin)), {});
    Bytes items;
    items.append(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    const Tokens tokens = tokenizer->encode(items);
    if (*json)
      fmt::print("{{\"tokens\":[{}]}}\n", fmt::join(tokens.values(), ","));
    else
      fmt::print("{}\n", fmt::join(tokens.values(), " "));
  });
}

}  // namespace tandem::cli
