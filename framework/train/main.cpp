// tandem-train: `tandem train` without the rest, for machines that only train. Needs no SQLite, no zstd, no CLI11.
#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "host/watch.hpp"

namespace {

constexpr const char* usage =
    "usage: tandem-train CONFIG [--set ADDRESS=VALUE]... [--out FOLDER] [--threads N] [--seconds S] [--checkpoint S]\n"
    "                    [--plugins FOLDER]... [--registry FOLDER]\n";

struct WrongUse final {};

double number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != 0 || !(value >= 0)) throw WrongUse{};
  return value;
}

int run(const std::vector<std::string>& arguments) {
  std::string config, registry;
  std::vector<std::string> sets, plugins;
  tandem::Task task{.folder = {}, .threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))};
  double seconds = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const auto value = [&]() -> const std::string& {
      if (i + 1 == arguments.size()) throw WrongUse{};
      return arguments[++i];
    };
    if (argument == "--set")
      sets.push_back(value());
    else if (argument == "--plugins")
      plugins.push_back(value());
    else if (argument == "--registry")
      registry = value();
    else if (argument == "--out")
      task.folder = value();
    else if (argument == "--threads")
      task.threads = std::max(1, static_cast<int>(std::min(number(value()), 1024.0)));
    else if (argument == "--seconds")
      seconds = number(value());
    else if (argument == "--checkpoint")
      task.checkpoint_seconds = number(value());
    else if (config.empty() && !argument.starts_with("-"))
      config = argument;
    else
      throw WrongUse{};
  }
  if (config.empty()) throw WrongUse{};
  const tandem::host::Catalogue catalogue(tandem::host::plugin_folders(plugins));
  const auto training = tandem::host::load_training(config, sets, catalogue, tandem::host::Registry(registry));
  if (task.folder.empty()) task.folder = tandem::host::default_folder(config);
  return tandem::host::train_watched(training, catalogue, task, seconds);
}

}  // namespace

int main(int count, char** arguments) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    fmt::print(stderr, "tandem-train: this processor has no AVX2 with FMA, which Tandem needs\n");
    return tandem::host::Exit::failed;
  }
  try {
    return run({arguments + 1, arguments + count});
  } catch (const WrongUse&) {
    fmt::print(stderr, "{}", usage);
    return tandem::host::Exit::usage;
  } catch (const tandem::host::Refusal& refusal) {
    for (const auto& problem : refusal.problems()) fmt::print(stderr, "{}\n", tandem::host::to_text(problem));
    return refusal.exit();
  } catch (const tandem::host::Catalogue::Missing& error) {
    fmt::print(stderr, "tandem-train: {}\n", error.what());
    return error.exit_code;
  } catch (const tandem::host::MissingReference& error) {
    fmt::print(stderr, "tandem-train: {}\n", error.what());
    return tandem::host::Exit::missing_reference;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tandem-train: {}\n", error.what());
    return tandem::host::Exit::failed;
  }
}
