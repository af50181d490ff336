#include "installation.hpp"

#include <fmt/format.h>

#include "support/support.hpp"

namespace tandem::test {
namespace fs = std::filesystem;

namespace {

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Runs the rest of the command line where two folders look empty.
std::vector<std::string> hiding() {
  return {"unshare",
          "--mount",
          "--map-root-user",
          "sh",
          "-c",
          "mount -t tmpfs none \"$0\" && { ! test -d \"$1\" || mount -t tmpfs none \"$1\"; } && shift && exec \"$@\"",
          source_dir(),
          build_dir()};
}

}  // namespace

std::string succeed(const Command& command) {
  const Ended ended = run(command);
  if (ended.code != 0)
    throw std::runtime_error(
        fmt::format("{}\nended with {}\n{}\n{}", fmt::join(command.arguments, " "), ended.code, ended.out, ended.err));
  return ended.out;
}

const Installation& Installation::get() {
  static const Installation installation;
  return installation;
}

Installation::Installation() {
  Command probe = command({"true"});
  probe.arguments = std::vector<std::string>{"/usr/bin/env"} + hiding() + std::vector<std::string>{"true"};
  hidden_ = run(probe).code == 0;
  if (!hidden_) fmt::print("the source tree cannot be hidden here: that nothing needs it is shown by names alone\n");

  Command install = command({});
  install.arguments = {TANDEM_CMAKE, "--install", build_dir(), "--prefix", "/nowhere/tandem"};
  install.environment["DESTDIR"] = folder_.path() / "staged";
  succeed(install);
  fs::create_directories(prefix().parent_path());
  fs::rename(folder_.path() / "staged/nowhere/tandem", prefix());

  fs::copy(source_dir() / "tests/elsewhere", project());
  succeed(command(configure(project())));
  succeed(command({TANDEM_CMAKE, "--build", build()}));
}

fs::path Installation::scratch(const std::string& name) const {
  fs::remove_all(folder_.path() / name);
  fs::create_directories(folder_.path() / name);
  return folder_.path() / name;
}

Command Installation::command(std::vector<std::string> arguments) const {
  Command out;
  out.arguments =
      std::vector<std::string>{"/usr/bin/env"} + (hidden_ ? hiding() : std::vector<std::string>{}) + arguments;
  out.directory = folder_.path();
  out.environment["XDG_CACHE_HOME"] = folder_.path() / "cache";
  for (const char* name : {"TANDEM_DATA", "TANDEM_REGISTRY", "TANDEM_PLUGIN_PATH", "LD_LIBRARY_PATH",
                           "CMAKE_PREFIX_PATH", "DESTDIR", "CXXFLAGS"})
    out.environment[name] = {};
  return out;
}

Ended Installation::tandem(const std::vector<std::string>& arguments) const {
  return run(command(std::vector<std::string>{prefix() / "bin/tandem"} + arguments));
}

std::vector<std::string> Installation::configure(const fs::path& project) const {
  return {TANDEM_CMAKE,
          "-S",
          project,
          "-B",
          project / "build",
          "-G",
          TANDEM_GENERATOR,
          std::string("-DCMAKE_CXX_COMPILER=") + TANDEM_COMPILER,
          "-DCMAKE_PREFIX_PATH=" + prefix().string()};
}

}  // namespace tandem::test
