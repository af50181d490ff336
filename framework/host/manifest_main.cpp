// tandem-manifest LIBRARY...: writes the manifest beside each plugin library, part of building one.
#include <fmt/format.h>

#include <fstream>
#include <tandem/error.hpp>

#include "library.hpp"

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    try {
      const std::filesystem::path library = std::filesystem::absolute(arguments[i]);
      const auto text = to_text(tandem::host::Library::load(library)->describe(), true);
      std::ofstream out(tandem::host::manifest_path(library));
      if (!(out << text)) throw tandem::Error("cannot be written", tandem::host::manifest_path(library).string());
    } catch (const std::exception& e) {
      fmt::print(stderr, "tandem-manifest: {}\n", e.what());
      return 3;
    }
  }
}
