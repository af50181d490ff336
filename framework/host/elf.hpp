#pragma once

#include <filesystem>
#include <string>

namespace tandem::host {

/// The GNU build-id of a 64-bit ELF shared library as hexadecimal digits, read from its notes without loading it.
/// Throws Error when the file is not one, is truncated, or has no build-id. Thread-safe.
std::string build_id(const std::filesystem::path& library);

}  // namespace tandem::host
