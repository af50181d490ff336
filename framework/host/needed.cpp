#include "needed.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "catalogue.hpp"
#include "elf.hpp"

namespace tandem::host {
namespace {
namespace fs = std::filesystem;

bool is_loaded(const std::string& name) {
  void* const handle = dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle) dlclose(handle);
  return handle != nullptr;
}

// The linker's own list, a binary file in which every name stands whole, alone or behind its folder.
const std::string& linker_cache() {
  static const std::string cache = [] {
    std::ifstream in("/etc/ld.so.cache", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }();
  return cache;
}

bool is_in_cache(const std::string& name) {
  const std::string& cache = linker_cache();
  const std::string whole = name + '\0';
  for (std::size_t at = cache.find(whole); at != std::string::npos; at = cache.find(whole, at + 1))
    if (at > 0 && (cache[at - 1] == '\0' || cache[at - 1] == '/')) return true;
  return false;
}

std::vector<fs::path> folders_for(const fs::path& library, const Linking& linking) {
  std::vector<fs::path> out = {"/lib", "/usr/lib", "/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
                               executable().parent_path().parent_path() / "lib"};
  const std::string origin = fs::absolute(library).parent_path().string();
  for (std::string folder : linking.folders) {
    for (const std::string token : {"$ORIGIN", "${ORIGIN}"})
      if (folder.starts_with(token)) folder.replace(0, token.size(), origin);
    out.emplace_back(folder);
  }
  if (const char* given = std::getenv("LD_LIBRARY_PATH")) {
    std::istringstream folders(given);
    for (std::string folder; std::getline(folders, folder, ':');) out.emplace_back(folder.empty() ? "." : folder);
  }
  return out;
}

}  // namespace

std::string missing_library(const fs::path& library) {
  if (linker_cache().empty()) return {};  // another way of finding libraries than we know
  const Linking linking = host::linking(library);
  const auto folders = folders_for(library, linking);
  for (const auto& name : linking.needed) {
    std::error_code failed;
    const bool is_path = name.find('/') != std::string::npos;
    bool found = is_path ? fs::exists(name, failed) : is_loaded(name) || is_in_cache(name);
    for (const auto& folder : folders)  // $LIB and $PLATFORM are the linker's to know
      found = found || folder.string().find('$') != std::string::npos || fs::exists(folder / name, failed);
    if (!found) return name;
  }
  return {};
}

}  // namespace tandem::host
