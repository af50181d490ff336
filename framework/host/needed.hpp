#pragma once

#include <filesystem>
#include <string>

namespace tandem::host {

/// The first library that this one needs and the dynamic linker would not find; empty where none is missing or that
/// cannot be told. Nothing is loaded; what the needed ones need is not looked at. Throws Error as build_id does.
std::string missing_library(const std::filesystem::path& library);

}  // namespace tandem::host
