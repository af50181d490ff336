#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace tandem::host {

/// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits. Thread-safe.
std::string sha256(std::string_view text);
std::string sha256(std::span<const std::uint8_t> bytes);

/// Of a file's content, read in pieces. Throws Error when it is no readable file.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace tandem::host
