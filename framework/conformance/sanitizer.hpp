#pragma once

namespace tandem::conformance {

/// Whether AddressSanitizer watches this process, built in or brought by a library that was preloaded: its shadow is larger
/// than any limit of memory, and its allocator fills and counts in its own way.
bool sanitized();

}  // namespace tandem::conformance
