// The `tandem` command. Each sub-command has a file of its own and no logic of its own.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <tandem/plugin.hpp>

#include "command.hpp"
#include "host/shell.hpp"
#include "host/version.hpp"

namespace tandem::cli {

const host::Catalogue& Context::catalogue() {
  if (!catalogue_) catalogue_ = std::make_unique<host::Catalogue>(host::plugin_folders(plugin_folders));
  return *catalogue_;
}
const host::Registry& Context::registry() {
  if (!registry_) registry_ = std::make_unique<host::Registry>(registry_folder);
  return *registry_;
}

void ConfigOptions::add_to(CLI::App& command) {
  command.add_option("config", path, "the experiment, a JSON file")->required();
  command.add_option("--set", sets, "address=value: replaces what stands there; the value is JSON if it parses, else a string")->allow_extra_args(false);
  command.add_option("--arm", arms, "run this arm only; may be given again")->allow_extra_args(false);
}

CLI::App* find_command(CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&](const CLI::App* command) { return command->get_name() == name; });
  return found.empty() ? nullptr : found[0];
}

namespace {

int fail(const std::string& message, int code) {
  fmt::print(stderr, "tandem: {}\n", message);
  return code;
}

int run(int count, char** arguments) {
  Context context;
  context.command = "tandem";
  for (int i = 1; i < count; ++i) context.command += " " + host::shell_word(arguments[i]);
  CLI::App app("Experiments on how information crosses a noisy channel.", "tandem");
  app.set_version_flag("--version", fmt::format("tandem {} (SDK {}.{}, ABI {})", host::version, sdk_major, sdk_minor, abi_version));
  app.add_option("--plugins", context.plugin_folders, "look for plugins in this folder too; may be given again")->allow_extra_args(false);
  app.add_option("--registry", context.registry_folder, "the registry's folder");
  app.require_subcommand(0, 1);
  app.fallthrough();
  for (Add* add : {add_run, add_check, add_plan, add_validate, add_graph, add_list, add_describe, add_transmit, add_score, add_tokenize, add_report, add_compare, add_train,
                   add_doctor, add_explain, add_compress, add_decompress, add_inspect, add_predict, add_new, add_completion})
    add(app, context);
  auto* help = app.add_subcommand("help", "show how a command is used, an example first");
  std::string topic;
  help->add_option("command", topic, "the command");
  help->callback([&] {
    // The app itself would show the help of the command that was given, which is `help`.
    if (topic.empty()) return fmt::print("{}", app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal));
    CLI::App* about = find_command(app, topic);
    if (!about) throw CLI::ValidationError("help", "there is no command \"" + topic + "\"");
    if (!about->get_footer().empty()) fmt::print("Example:\n  {}\n\n", about->get_footer());
    about->footer("");
    fmt::print("{}", about->help(app.get_name()));
  });
  try {
    app.parse(count, arguments);
    if (app.get_subcommands().empty()) fmt::print("{}", app.help());
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e, std::cout, std::cerr);
    return code == 0 ? 0 : host::Exit::usage;
  } catch (const host::Refusal& e) {
    fmt::print(stderr, "{}\n", e.what());
    return e.exit();
  } catch (const host::Catalogue::Missing& e) {
    return fail(e.what(), e.exit_code);
  } catch (const host::MissingReference& e) {
    return fail(e.what(), host::Exit::missing_reference);
  }
  return context.exit_code;
}

}  // namespace
}  // namespace tandem::cli

int main(int count, char** arguments) {
  // Before anything loads: one thread a stream; the engine's threads are the only ones.
  setenv("OMP_NUM_THREADS", "1", 0);
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
  // A batch's buffers come and go: they stay in the process instead of going back to the kernel every time.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
    return tandem::cli::fail("this processor has no AVX2 with FMA, which Tandem needs", tandem::host::Exit::failed);
  try {
    return tandem::cli::run(count, arguments);
  } catch (const std::exception& e) {
    return tandem::cli::fail(e.what(), tandem::host::Exit::failed);
  }
}
