#pragma once

#include <string>

namespace tandem::report {

/// Text as XML may hold it: `<`, `&` and quotes escaped, bytes that are no UTF-8 and control characters as "?".
std::string escaped(const std::string& text);

/// At most `letters` code points of UTF-8, the last of them an ellipsis where something was cut off.
std::string shortened(const std::string& text, std::size_t letters);

/// Code points of UTF-8.
std::size_t letters_of(const std::string& text);

}  // namespace tandem::report
