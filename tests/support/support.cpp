#include "support.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "host/library.hpp"

namespace tandem::test {

std::filesystem::path build_dir() { return TANDEM_BUILD_DIR; }
std::filesystem::path source_dir() { return TANDEM_SOURCE_DIR; }

std::shared_ptr<Component> make_component(const std::string& name, const std::string& fields) {
  static std::recursive_mutex mutex;  // a component's parts are made the same way
  static std::map<std::string, std::shared_ptr<host::Library>> libraries;
  const std::lock_guard lock(mutex);
  auto& library = libraries[name];
  if (!library) library = host::Library::load(build_dir() / "lib/tandem/plugins" / (name + ".so"));
  const auto component = library->create();
  Fields described;
  component->fields(described);
  Fields::Resolver resolver;
  resolver.file = [&described](const FieldSpec& spec, const std::string& json) {
    File file;
    file.reference = nlohmann::json::parse(json).get<std::string>();
    for (const auto& declared : described.specs())
      if (declared->name == spec.name)
        for (const auto& keyword : declared->choices)
          if (keyword == file.reference) file.keyword = keyword;
    if (file.keyword.empty()) file.path = file.reference;
    return file;
  };
  resolver.part = [](const FieldSpec&, const std::string& json) {
    const auto value = nlohmann::json::parse(json);
    if (value.is_string()) return make_component(value.get<std::string>(), "{}");
    return make_component(value.items().begin().key(), value.items().begin().value().dump());
  };
  host::assign(*component, fields, resolver);
  component->ready({});
  return component;
}

std::filesystem::path data(const std::string& name) {
  const char* folder = std::getenv("TANDEM_DATA");
  if (!folder || !*folder) return {};
  const auto path = std::filesystem::path(folder) / name;
  return std::filesystem::exists(path) ? path : std::filesystem::path{};
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tandem::test
