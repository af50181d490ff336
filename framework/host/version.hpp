#pragma once

namespace tandem::host {
inline constexpr const char* version = "0.1.0";
}
