#include "sanitizer.hpp"

#include <dlfcn.h>

namespace tandem::conformance {

bool sanitized() { return dlsym(RTLD_DEFAULT, "__asan_init") != nullptr; }

}  // namespace tandem::conformance
