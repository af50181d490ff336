#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <tandem/error.hpp>
#include <tandem/fields.hpp>

namespace tandem::sources {

/// The whole content of the file a field names. Throws FieldError when it cannot be read.
inline std::string read_whole(const char* field, const File& file) {
  std::error_code ignored;
  std::ifstream in;
  if (std::filesystem::is_regular_file(file.path, ignored)) in.open(file.path, std::ios::binary);
  if (!in.is_open()) throw FieldError(field, "cannot read " + file.path, "name a file that exists and may be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Calls `take(line, number)` for each line: cut at LF only, counted from 1; a last LF ends a line and starts none.
template <class Take>
void for_each_line(std::string_view text, Take take) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    take(text.substr(0, end), number);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

/// "path:line:column", the column counted in bytes from 1.
inline std::string place(const File& file, std::size_t line, std::size_t column) {
  return file.path + ':' + std::to_string(line) + ':' + std::to_string(column);
}

/// How many leading bytes are well-formed UTF-8 (The Unicode Standard, table 3-7: no overlong forms, no surrogates,
/// nothing above U+10FFFF).
inline std::size_t well_formed_prefix(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto within = [&byte](std::size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned lead = byte(i);
    std::size_t length = 1;
    bool good = lead < 0x80;
    if (lead >= 0xC2 && lead <= 0xDF) {
      length = 2;
      good = within(i + 1, 0x80, 0xBF);
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      length = 3;
      good = within(i + 1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) && within(i + 2, 0x80, 0xBF);
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      length = 4;
      good = within(i + 1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) && within(i + 2, 0x80, 0xBF) &&
             within(i + 3, 0x80, 0xBF);
    }
    if (!good) return i;
    i += length;
  }
  return i;
}

}  // namespace tandem::sources
