#include "machine.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <tandem/plugin.hpp>

#include "elf.hpp"

namespace tandem::host {

std::string library_build_id() {
  Dl_info info;
  // Any function of libtandem tells where the library is.
  if (dladdr(reinterpret_cast<const void*>(static_cast<std::string_view (*)(Port)>(&tandem::name)), &info) == 0 || !info.dli_fname) return "unknown";
  return build_id(info.dli_fname);
}

std::string cpu_family() {
  const char* vendor = __builtin_cpu_is("amd") ? "amd" : __builtin_cpu_is("intel") ? "intel" : "x86";
  return fmt::format("{}-{}", vendor, __builtin_cpu_supports("avx512f") ? "avx512" : "avx2");
}

}  // namespace tandem::host
