#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace tandem::test {

/// The build tree installed under DESTDIR and then moved somewhere else, and the project tests/elsewhere copied away
/// from the source tree and built against it. Made once a process; what fails throws with what was printed.
class Installation {
 public:
  static const Installation& get();

  /// An empty folder for things of a test.
  std::filesystem::path scratch(const std::string& name) const;
  std::filesystem::path prefix() const { return folder_.path() / "moved" / "tandem"; }
  std::filesystem::path project() const { return folder_.path() / "project"; }
  std::filesystem::path build() const { return project() / "build"; }

  /// A program as its caller has it who never saw the source tree: nothing of the surroundings set, and source and
  /// build tree not even there where the system lets us hide them. The first argument is looked for in PATH.
  Command command(std::vector<std::string> arguments) const;
  /// The installed command.
  Ended tandem(const std::vector<std::string>& arguments) const;
  /// The arguments that configure `project` against the installation, into its folder build.
  std::vector<std::string> configure(const std::filesystem::path& project) const;

 private:
  Installation();
  TemporaryFolder folder_;
  bool hidden_ = false;
};

/// Runs the command; what is printed comes back, a failure is thrown.
std::string succeed(const Command& command);

}  // namespace tandem::test
