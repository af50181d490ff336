#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tandem::host {

/// The GNU build-id of a 64-bit ELF shared library as hexadecimal digits, read from its notes without loading it.
/// Throws Error when the file is not one, is truncated, or has no build-id. Thread-safe.
std::string build_id(const std::filesystem::path& library);
/// The names of the symbols that it defines for others, as they are mangled, in the file's order.
std::vector<std::string> exported_symbols(const std::filesystem::path& library);

/// What the dynamic linker is told by a 64-bit ELF shared library.
struct Linking {
  std::vector<std::string> needed;   ///< names of the libraries it needs
  std::vector<std::string> folders;  ///< where it says to look for them, as written
};
/// Read without loading. Throws Error as build_id does. Thread-safe.
Linking linking(const std::filesystem::path& library);

}  // namespace tandem::host
