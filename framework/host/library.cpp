#include "library.hpp"

#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>

#include <cstddef>
#include <tandem/block.hpp>
#include <tandem/channel.hpp>
#include <tandem/code.hpp>
#include <tandem/codec.hpp>
#include <tandem/coder.hpp>
#include <tandem/metric.hpp>
#include <tandem/modem.hpp>
#include <tandem/source.hpp>
#include <tandem/trainable.hpp>

#include "elf.hpp"

namespace tandem::host {
namespace {

// The loader's own words, out of those that Boost wraps around them.
std::string words_of_the_loader(const std::string& text) {
  constexpr std::string_view before = "dlerror system message: ", behind = "): ";
  const std::size_t begin = text.find(before), end = text.rfind(behind);
  if (begin == std::string::npos || end == std::string::npos || end < begin) return text;
  return text.substr(begin + before.size(), end - begin - before.size());
}

}  // namespace

struct Library::Handle {
  boost::dll::shared_library library;
};

std::shared_ptr<Library> Library::load(const std::filesystem::path& path) {
  auto loaded = std::make_shared<Library>();
  loaded->handle_ = std::make_shared<Handle>();
  loaded->path_ = path;
  std::error_code failed;
  loaded->handle_->library.load(path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local, failed);
  if (failed) {
    // Boost keeps the loader's own words back unless asked by exception.
    try {
      loaded->handle_->library.load(path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    } catch (const std::exception& e) {
      throw Error("cannot be loaded: " + words_of_the_loader(e.what()), path.string());
    }
  }
  if (!loaded->handle_->library.has("tandem_plugin"))
    throw Error("is no Tandem plugin: it exports no tandem_plugin", path.string(), "use TANDEM_PLUGIN once in its source");
  const auto& d = loaded->handle_->library.get_alias<const PluginDescriptor>("tandem_plugin");
  const auto check = [&](const char* what, std::uint32_t theirs, std::uint32_t ours) {
    if (theirs != ours)
      throw Error(fmt::format("was built for another Tandem: its {} is {}, this one's is {}", what, theirs, ours),
                  path.string(), "build the plugin again with this Tandem's headers");
  };
  // Members are only ever appended: a descriptor may be as short as the first one was.
  constexpr std::uint32_t first_size = offsetof(PluginDescriptor, destroy) + sizeof(PluginDescriptor::destroy);
  if (d.size < first_size) check("descriptor size", d.size, first_size);
  check("ABI version", d.abi, abi_version);
  check("SDK major version", d.sdk_major, tandem::sdk_major);
  if (d.sdk_minor > tandem::sdk_minor)
    throw Error(fmt::format("was built with SDK {}.{}, which this Tandem of SDK {}.{} does not know yet", d.sdk_major, d.sdk_minor, tandem::sdk_major, tandem::sdk_minor),
                path.string(), "use a later Tandem, or build the plugin again with this one's headers");
  check("pointer size", d.pointer_size, sizeof(void*));
  check("C++11 string ABI", d.cxx11_strings, _GLIBCXX_USE_CXX11_ABI);
  check("batch layout", d.batch_layout, batch_layout());
  if (!d.name || !d.version || !d.role || !d.summary || !d.create || !d.destroy)
    throw Error("has an incomplete descriptor", path.string(), "use TANDEM_PLUGIN in its source");
  loaded->descriptor_ = &d;
  return loaded;
}

std::shared_ptr<Component> Library::create() const {
  Component* component = nullptr;
  try {
    component = descriptor_->create();
  } catch (const std::exception& e) {
    throw Error(fmt::format("{}'s factory failed: {}", descriptor_->name, e.what()), path_.string());
  }
  if (!component) throw Error(fmt::format("{}'s factory returned nothing", descriptor_->name), path_.string());
  return {component, [handle = handle_, destroy = descriptor_->destroy](Component* dying) { destroy(dying); }};
}

Manifest Library::describe() const {
  Manifest m;
  m.name = descriptor_->name;
  m.version = descriptor_->version;
  m.role = descriptor_->role;
  m.summary = descriptor_->summary;
  m.build_id = build_id(path_);
  const auto component = create();
  Fields fields;
  component->fields(fields);
  for (const auto& spec : fields.specs()) m.fields.push_back(*spec);
  m.source = fields.source_text();
  m.licence = fields.licence_text();
  m.example = fields.example_text();
  m.beside = fields.beside_text();
  m.exactness = name(component->exactness());
  if (const auto* block = dynamic_cast<const Block*>(component.get())) {
    m.takes = name(block->takes());
    m.gives = name(block->gives());
    m.soft = dynamic_cast<const Soft*>(component.get()) != nullptr;
  }
  if (dynamic_cast<const Modem*>(component.get())) {
    m.takes = name(dynamic_cast<const AnalogModem*>(component.get()) ? Port::features : Port::bits);
    m.gives = name(Port::symbols);
  }
  if (const auto* source = dynamic_cast<const Source*>(component.get())) m.gives = name(source->yields());
  if (const auto* code = dynamic_cast<const Code*>(component.get())) {
    if (dynamic_cast<const Decoding*>(component.get()))
      m.default_decoder = "self";
    else if (code->default_decoder())
      m.default_decoder = code->default_decoder();
  }
  if (const auto* channel = dynamic_cast<const Channel*>(component.get())) m.has_snr = channel->has_snr();
  if (const auto* metric = dynamic_cast<const Metric*>(component.get())) m.needs = metric->needs();
  return m;
}

namespace {
template <class... Roles>
bool has_class(const Component& component, const std::string& role) {
  return ((role == Roles::role && dynamic_cast<const Roles*>(&component)) || ...);
}
}  // namespace

bool has_class_of_role(const Component& component, const std::string& role) {
  const bool modem = dynamic_cast<const DigitalModem*>(&component) || dynamic_cast<const AnalogModem*>(&component);
  if (role == Modem::role) return modem;
  return has_class<Source, Tokenizer, Model, Coder, Code, Decoder, Channel, Codec, Block, Metric, Trainer>(component, role);
}

void assign(Component& component, const std::string& json_object, const Fields::Resolver& resolver) {
  Fields fields(json_object, resolver);
  component.fields(fields);
  fields.finish();
}

}  // namespace tandem::host
