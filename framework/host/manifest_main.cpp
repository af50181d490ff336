// tandem-manifest [--role ROLE] [--name NAME] LIBRARY...: writes the manifest beside each plugin library, part of
// building one; fails where the library has another role or name than its build says. tandem-manifest --copy FOLDER
// LIBRARY...: writes it without build details into a folder, for review.
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <tandem/error.hpp>

#include "library.hpp"

namespace {
using tandem::host::Manifest;

void require_as_built(const Manifest& manifest, std::map<std::string_view, std::string>& options,
                      const std::filesystem::path& library) {
  const std::string role = options.contains("--role") ? options["--role"] : manifest.role;
  const std::string name = options.contains("--name") ? options["--name"] : manifest.name;
  if (role == manifest.role && name == manifest.name) return;
  throw tandem::Error(fmt::format("its source makes it the {} \"{}\", its build the {} \"{}\"", manifest.role,
                                  manifest.name, role, name),
                      library.string(), "TANDEM_PLUGIN there and tandem_add_plugin here must say the same");
}

void write(const std::filesystem::path& library, std::map<std::string_view, std::string>& options) {
  const auto manifest = tandem::host::Library::load(library)->describe();
  require_as_built(manifest, options, library);
  const bool copy = options.contains("--copy");
  auto target = tandem::host::manifest_path(library);
  if (copy) target = options["--copy"] / target.filename();
  std::ofstream out(target);
  if (!(out << to_text(manifest, !copy))) throw tandem::Error("cannot be written", target.string());
}

}  // namespace

int main(int count, char** arguments) {
  std::map<std::string_view, std::string> options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = arguments[i];
    if (word.starts_with("--")) {
      if ((word != "--role" && word != "--name" && word != "--copy") || i + 1 == count) {
        fmt::print(stderr, "usage: tandem-manifest [--role ROLE] [--name NAME] [--copy FOLDER] LIBRARY...\n");
        return 2;
      }
      options[word] = arguments[++i];
      continue;
    }
    try {
      write(std::filesystem::absolute(word), options);
    } catch (const std::exception& e) {
      fmt::print(stderr, "tandem-manifest: {}\n", e.what());
      return 3;
    }
  }
}
