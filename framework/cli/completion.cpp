#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "command.hpp"
#include "conformance/law.hpp"
#include "host/counted.hpp"
#include "host/problem.hpp"
#include "report/contrasts.hpp"

namespace tandem::cli {
namespace {

constexpr const char* script = R"(_tandem() {
  local IFS=$'\n'
  COMPREPLY=($(tandem complete --position "$COMP_CWORD" -- "${COMP_WORDS[@]}" 2>/dev/null))
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=.] ]] && compopt -o nospace
  [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
}
COMP_WORDBREAKS=${COMP_WORDBREAKS//[=:]/}
complete -F _tandem tandem
)";

// Addresses of one stage: the stage itself and the fields of its plugin.
void add_addresses(const host::Catalogue& catalogue, const std::string& address, const host::Ordered& stage, std::vector<std::string>& out) {
  out.push_back(address + "=");
  const std::string plugin = stage.is_string() ? stage.get<std::string>() : stage.is_object() && !stage.empty() ? stage.begin().key() : "";
  for (const auto& listed : catalogue.all())
    if (listed.manifest.name == plugin)
      for (const auto& field : listed.manifest.fields) out.push_back(address + "." + field.name + "=");
}

// What stands behind an option of `compare`; nothing where the run cannot be read.
std::vector<std::string> of_run(const std::vector<std::string>& words, const std::string& option) {
  std::vector<std::string> out;
  for (const auto& word : words) try {
      const auto path = std::filesystem::path(word) / "results.sqlite";
      if (std::error_code failed; !std::filesystem::exists(path, failed)) continue;
      const auto run = host::parse_counted(host::Store::open(path, host::Store::Access::read)->notes()[host::counted_note]);
      if (option == "--by") out = report::addresses_of(run);
      if (option == "--by") out.emplace_back("arm");
      for (const auto& metric : run.metrics)
        for (const auto& row : metric.rows)
          if (option != "--by") out.push_back(metric.name + "." + row.name + (option == "--at" ? "=" : ""));
    } catch (const Error&) {
    }
  return out;
}

std::vector<std::string> candidates(CLI::App& app, Context& context, const std::vector<std::string>& words, std::size_t position) {
  std::vector<std::string> out;
  const std::string before = position > 0 && position <= words.size() ? words[position - 1] : "";
  std::string command;
  for (std::size_t i = 1; i < words.size() && i < position && command.empty(); ++i)
    if (find_command(app, words[i])) command = words[i];
  if (command.empty()) {
    for (const auto* sub : app.get_subcommands({}))
      if (sub->get_name() != "complete") out.push_back(sub->get_name());
    return out;
  }
  std::string config;
  for (const auto& word : words)
    if (word.ends_with(".json")) config = word;
  if ((before == "--set" || before == "--arm") && !config.empty()) {
    host::Ordered document;
    try {
      document = host::read_document(config).value;
    } catch (const host::Refusal&) {
      return out;  // a config that cannot be read completes nothing
    }
    if (before == "--arm") {
      if (document.contains("arms"))
        for (const auto& [name, arm] : document["arms"].items()) out.push_back(name);
      return out;
    }
    if (document.contains("source")) add_addresses(context.catalogue(), "source", document["source"], out);
    if (document.contains("link"))
      for (const auto& [floor, stage] : document["link"].items()) add_addresses(context.catalogue(), "link." + floor, stage, out);
    out.insert(out.end(), {"seed=", "stop.frames=", "stop.frame_errors=", "stop.min_frames=", "ledger.uses_a_value="});
    return out;
  }
  if (before == "--curve")
    for (const auto& reference : context.registry().references())
      if (reference.starts_with("curve:")) out.push_back(reference);
  if (command == "compare" && (before == "--by" || before == "--metric" || before == "--at")) return of_run(words, before);
  if (before == "--case") {
    for (const auto* law : conformance::all_laws()) out.emplace_back(law->name);
    return out;
  }
  if (before == "--laws" || before == "new") return host::role_names();
  const bool any = command == "describe" || command == "check";
  if (any || command == "tokenize" || (command == "score" && before == "--metric"))
    for (const auto& listed : context.catalogue().all())
      if (any || listed.manifest.role == (before == "--metric" ? "metric" : "tokenizer")) out.push_back(listed.manifest.name);
  if (command == "list")
    for (const auto& listed : context.catalogue().all())
      if (!std::ranges::count(out, listed.manifest.role)) out.push_back(listed.manifest.role);
  for (const auto* option : app.get_subcommand(command)->get_options())
    for (const auto& name : option->get_lnames()) out.push_back("--" + name);
  return out;
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
  auto* print = app.add_subcommand("completion", "completion for bash: eval \"$(tandem completion)\"");
  print->footer("eval \"$(tandem completion)\"");
  print->callback([] { fmt::print("{}", script); });

  auto* command = app.add_subcommand("complete", "what may stand at a position; called by the shell")->group("");
  auto words = std::make_shared<std::vector<std::string>>();
  auto position = std::make_shared<std::size_t>(0);
  command->add_option("--position", *position, "the word to complete");
  command->add_option("words", *words, "the command line");
  command->callback([&app, &context, words, position] {
    const std::string start = *position < words->size() ? (*words)[*position] : "";
    auto out = candidates(app, context, *words, *position);
    std::erase_if(out, [&](const std::string& word) { return !word.starts_with(start); });
    for (const auto& word : out) fmt::print("{}\n", word);
  });
}

}  // namespace tandem::cli
