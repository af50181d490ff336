#include <fmt/format.h>

#include <boost/version.hpp>
#include <thread>

#include "command.hpp"
#include "host/machine.hpp"
#include "host/version.hpp"

namespace tandem::cli {

void add_doctor(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("doctor", "versions, processor, plugin folders, registry: what works and what does not");
  command->footer("tandem doctor");
  command->callback([&context] {
    int problems = 0;
    fmt::print("tandem       {} (SDK {}.{}, ABI {}), libtandem {}\n", host::version, sdk_major, sdk_minor, abi_version, host::library_build_id());
    fmt::print("built with   g++ {}, Boost {}.{}, nlohmann/json {}.{}\n", __VERSION__, BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR);
    fmt::print("processor    {}, {} threads\n", host::cpu_family(), std::thread::hardware_concurrency());
    for (const auto& folder : host::plugin_folders(context.plugin_folders))
      fmt::print("plugins in   {}{}\n", folder.string(), std::filesystem::is_directory(folder) ? "" : " (not there)");
    for (const auto& listed : context.catalogue().all()) {
      std::string problem = listed.problem;
      if (problem.empty()) try {
          context.catalogue().library(listed)->create();
        } catch (const std::exception& e) {
          problem = e.what();
        }
      if (!problem.empty()) ++problems, fmt::print("  {}: {}\n", listed.manifest.name, problem);
    }
    fmt::print("             {} plugins, {} with a problem\n", context.catalogue().all().size(), problems);
    const auto& registry = context.registry();
    fmt::print("registry     {}{}\n", registry.folder().string(), std::filesystem::is_directory(registry.folder()) ? "" : " (not there)");
    const auto wrong = registry.verify();
    for (const auto& problem : wrong) fmt::print("  {}\n", problem);
    fmt::print("             {} references, {} with a problem\n", registry.references().size(), wrong.size());
    const char* data = std::getenv("TANDEM_DATA");
    fmt::print("data folder  {}\n", data && *data ? data : "TANDEM_DATA is not set: data: references are not there");
    if (problems) context.exit_code = host::Exit::unusable_library;
    if (!wrong.empty()) context.exit_code = host::Exit::missing_reference;
  });
}

}  // namespace tandem::cli
