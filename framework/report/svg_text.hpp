#pragma once

#include <string>

namespace tandem::report {

/// Text as XML and HTML may hold it: `<`, `&` and quotes escaped, `unknown` for bytes that are no UTF-8 and for control
/// characters.
std::string escaped(const std::string& text, const char* unknown = "?");

/// At most `letters` code points of UTF-8, the last of them an ellipsis where something was cut off.
std::string shortened(const std::string& text, std::size_t letters);

/// Bytes of the code point of UTF-8 that begins at `at`; 0 where none does that XML allows.
std::size_t character_length(const std::string& text, std::size_t at);
/// Code points of UTF-8.
std::size_t letters_of(const std::string& text);

}  // namespace tandem::report
