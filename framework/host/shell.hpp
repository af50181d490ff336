#pragma once

#include <string>

namespace tandem::host {

/// A word as a shell must be given it to take it as it stands.
std::string shell_word(const std::string& word);

}  // namespace tandem::host
