#include "catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <tuple>

#include "elf.hpp"
#include "needed.hpp"
#include "problem.hpp"

namespace tandem::host {
namespace {

constexpr std::uintmax_t most_manifest_bytes = 1 << 20;

std::string read_text(const std::filesystem::path& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) throw Error("is not a regular file", path.string());
  if (std::filesystem::file_size(path, failed) > most_manifest_bytes || failed) throw Error("is too large for a manifest", path.string());
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Listed look_at(const std::filesystem::path& library) {
  Listed listed;
  listed.path = library;
  try {
    const std::string id = build_id(library);
    const auto beside = manifest_path(library);
    std::error_code failed;
    if (!std::filesystem::exists(beside, failed))
      throw Error("has no manifest " + beside.filename().string(), library.string(),
                  "write it with: tandem-manifest " + library.filename().string());
    listed.manifest = manifest_from_text(read_text(beside), beside.string());
    if (listed.manifest.build_id != id)
      throw Error("its manifest was made from another build", library.string(),
                  "write it again with: tandem-manifest " + library.filename().string());
    if (!std::ranges::count(role_names(), listed.manifest.role))
      throw Error("has the unknown role \"" + listed.manifest.role + "\"", library.string());
    if (const auto missing = missing_library(library); !missing.empty())
      throw Error("needs " + missing + ", which is not there", library.string(), "install it, or name its folder in LD_LIBRARY_PATH");
  } catch (const std::exception& e) {
    listed.problem = e.what();
    if (listed.manifest.name.empty()) listed.manifest.name = library.stem().string();
  }
  return listed;
}

}  // namespace

Catalogue::Catalogue(const std::vector<std::filesystem::path>& folders) {
  std::set<std::filesystem::path> seen;
  for (const auto& folder : folders) {
    std::error_code failed;
    const auto real = std::filesystem::weakly_canonical(folder, failed);
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
      if (entry.path().extension() != ".so") continue;
      if (seen.insert(real / entry.path().filename()).second) listed_.push_back(look_at(entry.path()));
    }
  }
  sort();
}

void Catalogue::prefer(const std::filesystem::path& library) {
  Listed listed = look_at(library);
  std::erase_if(listed_, [&](const Listed& other) { return other.manifest.name == listed.manifest.name; });
  listed_.push_back(std::move(listed));
  sort();
}

void Catalogue::sort() {
  std::ranges::sort(listed_, {}, [](const Listed& l) {
    const auto rank = std::ranges::find(role_names(), l.manifest.role) - role_names().begin();
    return std::tuple(rank, l.manifest.name, l.manifest.version, l.path);
  });
}

const Listed& Catalogue::find(const std::string& reference, const std::string& role) const {
  const std::size_t at = reference.find('@');
  const std::string name = reference.substr(0, at);
  const std::string version = at == std::string::npos ? "" : reference.substr(at + 1);
  std::vector<const Listed*> found;
  std::vector<std::string> names;
  const Listed* other_role = nullptr;
  const Listed* other_version = nullptr;
  for (const auto& listed : listed_) {
    if (listed.manifest.role == role) names.push_back(listed.manifest.name);
    if (listed.manifest.name != name) continue;
    if (!version.empty() && listed.manifest.version != version && listed.problem.empty()) {
      other_version = &listed;
      continue;
    }
    if (listed.manifest.role == role || !listed.problem.empty())
      found.push_back(&listed);
    else
      other_role = &listed;
  }
  if (found.empty()) {
    if (other_version)
      throw Missing(fmt::format("there is no {} \"{}\" of version {}", role, name, version),
                    fmt::format("version {} is at {}", other_version->manifest.version, other_version->path.string()),
                    Exit::usage);
    if (other_role)
      throw Missing(fmt::format("\"{}\" is a {}, not a {}", name, other_role->manifest.role, role), "", Exit::usage);
    auto hint = did_you_mean(name, names);
    if (hint.empty()) hint = fmt::format("tandem list {}", role);
    throw Missing(fmt::format("there is no {} \"{}\"", role, name), hint, Exit::usage);
  }
  if (found.size() > 1)
    throw Missing(fmt::format("two plugins are called \"{}\": {} ({}) and {} ({})", name, found[0]->path.string(),
                              found[0]->manifest.version, found[1]->path.string(), found[1]->manifest.version),
                  "take one away or write name@version", Exit::usage);
  if (!found[0]->problem.empty())
    throw Missing(fmt::format("the plugin \"{}\" cannot be used: {}", name, found[0]->problem), "", Exit::unusable_library);
  return *found[0];
}

std::shared_ptr<Library> Catalogue::library(const Listed& plugin) const {
  const std::lock_guard lock(mutex_);
  auto& known = loaded_[plugin.path];
  if (!known) {
    const auto library = Library::load(plugin.path);
    const auto& d = library->descriptor();
    const auto& m = plugin.manifest;
    if (d.name != m.name || d.version != m.version || d.role != m.role)
      throw Missing(fmt::format("{}: its manifest says {} {} {}, the library itself {} {} {}", plugin.path.string(), m.role,
                                m.name, m.version, d.role, d.name, d.version),
                    "build the plugin again", Exit::unusable_library);
    if (to_text(library->describe(), false) != to_text(m, false))
      throw Missing(fmt::format("{}: its manifest does not say what the library itself says", plugin.path.string()),
                    "write it again with: tandem-manifest " + plugin.path.filename().string(), Exit::unusable_library);
    known = library;
  }
  return known;
}

const std::vector<std::string>& role_names() {
  static const std::vector<std::string> names = {"source", "tokenizer", "model",   "coder", "code",  "decoder",
                                                 "modem",  "channel",   "codec", "block", "metric", "trainer"};
  return names;
}

std::filesystem::path executable() { return std::filesystem::read_symlink("/proc/self/exe"); }

std::vector<std::filesystem::path> plugin_folders(const std::vector<std::string>& given) {
  std::vector<std::filesystem::path> folders(given.begin(), given.end());
  if (const char* path = std::getenv("TANDEM_PLUGIN_PATH")) {
    std::istringstream parts(path);
    for (std::string folder; std::getline(parts, folder, ':');)
      if (!folder.empty()) folders.emplace_back(folder);
  }
  folders.push_back(executable().parent_path().parent_path() / "lib/tandem/plugins");
  return folders;
}

}  // namespace tandem::host
