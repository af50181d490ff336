// tandem-manifest LIBRARY...: writes the manifest beside each plugin library, part of building one.
// tandem-manifest --copy FOLDER LIBRARY...: writes it without build details into a folder, for review.
#include <fmt/format.h>

#include <fstream>
#include <tandem/error.hpp>

#include "library.hpp"

int main(int count, char** arguments) {
  const bool copy = count > 2 && std::string_view(arguments[1]) == "--copy";
  for (int i = copy ? 3 : 1; i < count; ++i) {
    try {
      const std::filesystem::path library = std::filesystem::absolute(arguments[i]);
      const auto text = to_text(tandem::host::Library::load(library)->describe(), !copy);
      auto target = tandem::host::manifest_path(library);
      if (copy) target = arguments[2] / target.filename();
      std::ofstream out(target);
      if (!(out << text)) throw tandem::Error("cannot be written", target.string());
    } catch (const std::exception& e) {
      fmt::print(stderr, "tandem-manifest: {}\n", e.what());
      return 3;
    }
  }
}
