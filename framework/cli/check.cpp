#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "command.hpp"
#include "conformance/exercise.hpp"
#include "conformance/kit.hpp"
#include "host/problem.hpp"

namespace tandem::cli {
namespace {

using conformance::Verdict;

struct Options {
  std::vector<std::string> libraries;
  std::string fields, junit, laws;
  conformance::KitOptions kit{.jobs = std::max(1u, std::thread::hardware_concurrency())};
  std::uint64_t megabytes = 8192;
  bool json = false, here = false, digest = false, list = false;
};

// A path, or the name of a plugin there is.
std::filesystem::path library_of(const std::string& given, const host::Catalogue& catalogue) {
  if (given.find('/') != std::string::npos || given.ends_with(".so")) {
    if (!std::filesystem::exists(given)) throw host::Catalogue::Missing("\"" + given + "\" does not exist", "", host::Exit::usage);
    return std::filesystem::absolute(given).lexically_normal();
  }
  std::vector<std::string> names;
  for (const auto& listed : catalogue.all()) {
    if (listed.manifest.name == given) return std::filesystem::absolute(listed.path).lexically_normal();
    names.push_back(listed.manifest.name);
  }
  throw host::Catalogue::Missing("there is no plugin \"" + given + "\"", host::did_you_mean(given, names), host::Exit::usage);
}

void show(const Verdict& verdict) {
  if (verdict.kind == Verdict::Kind::kept) return;
  if (verdict.kind == Verdict::Kind::inapplicable) return fmt::print("  nothing {}: {}\n", verdict.law->name, verdict.message);
  fmt::print("  broken  {}: {}\n          {}\n          repeat: {}\n", verdict.law->name, verdict.law->says, verdict.message, verdict.repeat);
  if (!verdict.output.empty()) fmt::print("          it wrote:\n{}\n", verdict.output);
}

host::Ordered as_json(const Verdict& verdict) {
  host::Ordered out = {{"plugin", verdict.plugin}, {"case", verdict.law->name}, {"ok", verdict.kind != Verdict::Kind::broken}, {"seed", verdict.seed},
                       {"repeat", verdict.repeat}, {"applies", verdict.kind != Verdict::Kind::inapplicable}, {"message", verdict.message}};
  if (!verdict.output.empty()) out["output"] = verdict.output;
  return out;
}

// Of a role, or without one what every plugin promises.
void list_laws(const std::string& role) {
  const auto& laws = role.empty() ? conformance::general_laws() : conformance::laws_of(role);
  if (laws.empty())
    throw host::Catalogue::Missing("there is no role \"" + role + "\"", host::did_you_mean(role, host::role_names()), host::Exit::usage);
  for (const auto& law : laws) fmt::print("{:<24} {}\n", law.name, law.says);
}

// A name that no law begins with would check nothing, and say that all is well.
void require_laws(const std::vector<std::string>& cases) {
  std::vector<std::string> names;
  for (const auto* law : conformance::all_laws()) names.push_back(law->name);
  for (const auto& begin : cases)
    if (std::ranges::none_of(names, [&](const std::string& name) { return name.starts_with(begin); }))
      throw host::Catalogue::Missing("there is no law \"" + begin + "\"", host::did_you_mean(begin, names), host::Exit::usage);
}

void run(Context& context, Options& options) {
  if (options.list) return list_laws(options.laws);
  require_laws(options.kit.cases);
  if (options.libraries.empty()) throw CLI::RequiredError("libraries");
  conformance::Subject subject;
  subject.command = host::executable();
  for (const auto& folder : context.plugin_folders) subject.arguments.insert(subject.arguments.end(), {"--plugins", std::filesystem::absolute(folder).lexically_normal().string()});
  if (!context.registry_folder.empty()) subject.arguments.insert(subject.arguments.end(), {"--registry", context.registry_folder});
  if (!options.fields.empty()) {
    subject.fields = host::Ordered::parse(options.fields, nullptr, false);
    if (!subject.fields.is_object()) throw host::Refusal(host::Problem{{"--fields", 0, 0}, {}, "must be a JSON object", {}, host::Exit::usage});
  }
  options.kit.memory = options.megabytes << 20;
  std::vector<Verdict> all;
  auto json = host::Ordered::array();
  std::vector<std::filesystem::path> libraries;  // all of them are there before the first is checked
  for (const auto& given : options.libraries) libraries.push_back(library_of(given, context.catalogue()));
  for (const auto& library : libraries) {
    host::Catalogue catalogue(host::plugin_folders(context.plugin_folders));
    subject.library = library;
    catalogue.prefer(subject.library);
    if (options.digest) {
      conformance::Bench bench(subject, catalogue, context.registry(), options.kit.seed);
      return fmt::print("{}", conformance::digest(conformance::make_exercise(bench, bench.world()).call_all()));
    }
    std::vector<Verdict> verdicts;
    if (options.here) {
      for (const auto& name : options.kit.cases)
        if (const auto* law = conformance::find_law(name)) verdicts.push_back(check_here(*law, subject, catalogue, context.registry(), options.kit.seed));
      if (verdicts.size() != options.kit.cases.size() || verdicts.empty())
        throw host::Refusal(host::Problem{{"--here", 0, 0}, {}, "needs the whole name of a law behind --case", "tandem check --laws ROLE lists them", host::Exit::usage});
    } else {
      verdicts = check(subject, catalogue, context.registry(), options.kit);
      if (verdicts.empty())
        throw host::Refusal(host::Problem{{"--case", 0, 0}, {}, fmt::format("{} is held to no law of that name", library.stem().string()), "tandem check --laws ROLE lists them", host::Exit::usage});
    }
    int kept = 0, broken = 0, inapplicable = 0;
    for (const auto& verdict : verdicts) ++(verdict.kind == Verdict::Kind::kept ? kept : verdict.kind == Verdict::Kind::broken ? broken : inapplicable);
    if (options.json)
      for (const auto& verdict : verdicts) json.push_back(as_json(verdict));
    else
      fmt::print("{}: {} laws kept, {} broken, {} say nothing here\n", subject.library.stem().string(), kept, broken, inapplicable);
    if (!options.json)
      for (const auto& verdict : verdicts) show(verdict);
    if (broken) context.exit_code = host::Exit::conformance;
    all.insert(all.end(), verdicts.begin(), verdicts.end());
  }
  if (options.json) fmt::print("{}\n", json.dump(1, ' ', false, host::Ordered::error_handler_t::replace));
  if (options.junit.empty()) return;
  std::ofstream out(options.junit);
  out << to_junit(all);
  if (!out.flush()) throw Error("cannot be written", options.junit);
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("check", "whether plugins keep the laws of their role, each law in a process of its own");
  command->footer("tandem check build/plugins/laplace.so --junit laplace.xml");
  auto options = std::make_shared<Options>();
  command->add_option("libraries", options->libraries, "libraries, or names of plugins");
  command->add_option("--fields", options->fields, "a JSON object of fields; default the plugin's example");
  command->add_option("--case", options->kit.cases, "only the law of this name, or those that begin so; may be given again")->allow_extra_args(false);
  command->add_option("--seed", options->kit.seed, "of the inputs");
  auto* seeds = command->add_option("--seeds", options->kit.seeds, "check each law with so many seeds")->check(CLI::Range(1, 1'000'000));
  command->add_option("--seconds", options->kit.seconds, "a law may take")->check(CLI::PositiveNumber);
  command->add_option("--memory", options->megabytes, "MiB of address space it may have; 0: any number")->check(CLI::NonNegativeNumber);
  command->add_option("--threads", options->kit.jobs, "processes at once")->check(CLI::Range(1, 1024));
  command->add_option("--junit", options->junit, "write JUnit's XML to this file");
  auto* laws = command->add_option("--laws", options->laws, "list the laws of this role, or without one those of every plugin; check nothing")->expected(0, 1);
  command->add_flag("--json", options->json, "a JSON list of verdicts");
  command->add_flag("--here", options->here, "in this process, without limits: for a debugger")->excludes(seeds);
  command->add_flag("--digest", options->digest)->group("");
  command->callback([&context, options, laws] {
    options->list = laws->count() > 0;
    run(context, *options);
  });
}

}  // namespace tandem::cli
