#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "host/catalogue.hpp"
#include "host/config.hpp"
#include "host/plan.hpp"
#include "host/registry.hpp"

namespace tandem::cli {

/// What all sub-commands share. Plugins and registry are looked at when first asked for.
class Context {
 public:
  std::vector<std::string> plugin_folders;
  std::string registry_folder;
  std::string command;  ///< as a shell was given it
  int exit_code = 0;

  const host::Catalogue& catalogue();
  const host::Registry& registry();

 private:
  std::unique_ptr<host::Catalogue> catalogue_;
  std::unique_ptr<host::Registry> registry_;
};

/// The options of every command that takes a config.
struct ConfigOptions {
  std::string path;
  std::vector<std::string> sets, arms;

  void add_to(CLI::App& command);
  host::Config load() const { return host::load_config(path, sets, arms); }
  host::Plan plan(Context& context) const { return host::make_plan(load(), context.catalogue(), context.registry()); }
};

/// Adds one sub-command; its body runs when it was named and sets context.exit_code.
using Add = void(CLI::App& app, Context& context);
Add add_run, add_check, add_compare, add_plan, add_validate, add_graph, add_list, add_describe, add_transmit, add_score, add_tokenize, add_report, add_train, add_doctor, add_explain, add_compress, add_decompress, add_inspect, add_predict, add_new,
    add_completion;

/// The sub-command of that name, or null.
CLI::App* find_command(CLI::App& app, const std::string& name);

}  // namespace tandem::cli
