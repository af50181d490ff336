#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <tandem/component.hpp>
#include <tandem/plugin.hpp>

#include "manifest.hpp"

namespace tandem::host {

/// A loaded plugin library. Components keep it loaded. Thread-safe.
class Library {
 public:
  /// Loads and checks the descriptor before any of the plugin's C++ runs. Throws Error with both sides of a mismatch.
  static std::shared_ptr<Library> load(const std::filesystem::path& path);

  const PluginDescriptor& descriptor() const { return *descriptor_; }
  /// A new component, before `fields` and `ready`.
  std::shared_ptr<Component> create() const;
  /// Everything the plugin says of itself.
  Manifest describe() const;

 private:
  struct Handle;
  std::shared_ptr<Handle> handle_;
  const PluginDescriptor* descriptor_ = nullptr;
  std::filesystem::path path_;
};

/// Whether a component has the class that the plugins of a role derive from; false for an unknown role.
bool has_class_of_role(const Component& component, const std::string& role);

/// Declares and assigns: `json_object` holds the fields, `resolver` turns names into files and parts.
void assign(Component& component, const std::string& json_object, const Fields::Resolver& resolver);

}  // namespace tandem::host
