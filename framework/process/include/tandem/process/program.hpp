#pragma once

#include <string>
#include <vector>

namespace tandem::process {

/// An executable and its arguments, found and ready to be started.
struct Program final {
  std::string path;                    ///< of the executable
  std::vector<std::string> arguments;  ///< the first is the name it was called by

  std::string shown() const;  ///< as one would type it, for messages
};

/// Finds the first of `arguments` as a shell would: by PATH, or as a path when it holds a slash. Throws Error when
/// there is no such executable.
Program find_program(std::vector<std::string> arguments);

}  // namespace tandem::process
