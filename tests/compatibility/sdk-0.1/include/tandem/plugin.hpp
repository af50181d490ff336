#pragma once

#include <cstdint>
#include <type_traits>

#ifdef __FAST_MATH__
#error "Tandem's plugins are not built with -ffast-math: what the encoder computes the decoder must compute too"
#endif

#ifndef BOOST_DLL_USE_STD_FS
#define BOOST_DLL_USE_STD_FS  // else Boost.Filesystem enters the ABI
#endif
#include <boost/dll/alias.hpp>

#include <tandem/batch.hpp>
#include <tandem/component.hpp>

namespace tandem {

inline constexpr std::uint32_t sdk_major = 0,  ///< of these headers; the host's must be the same
    sdk_minor = 1,                             ///< of these headers
    abi_version = 1;                           ///< of the classes in them; the host's must be the same

/// What a plugin library exports. Plain C layout, frozen: members are only ever appended. The host reads `size` first and
/// nothing beyond it, and compares before it calls any C++.
struct PluginDescriptor {
  std::uint32_t size,                                       ///< bytes of this struct as the plugin knows it
      abi;                                                  ///< abi_version; must equal the host's
  std::uint32_t sdk_major,                                  ///< of the headers; must equal the host's
      sdk_minor;                                            ///< of the headers; a later minor than the host's may ask for what it has not
  std::uint32_t pointer_size,                               ///< must equal the host's
      cxx11_strings,                                        ///< must equal the host's
      batch_layout;                                         ///< see batch_layout(); must equal the host's
  const char* toolchain;                                    ///< printed, not compared
  const char *name,                                         ///< lower-case letters, digits and hyphens
      *version,                                             ///< MAJOR.MINOR.PATCH
      *role,                                                ///< one of the twelve
      *summary;                                             ///< one line without a full stop
  Component* (*create)();                                   ///< may throw
  void (*destroy)(Component*) noexcept;                     ///< ends what create made
};

/// Changes whenever a type that a plugin makes or takes apart by layout changes its size. What only the host makes and
/// hands over by reference (Environment, Exchange, Task) may grow at its end.
constexpr std::uint32_t batch_layout() {
  std::uint32_t hash = 2166136261u;
  for (const std::size_t size : {sizeof(Bytes), sizeof(Tokens), sizeof(Ragged<float>), sizeof(Symbols), sizeof(Observation),
                                 sizeof(Reception), sizeof(Decoded), sizeof(Batch), sizeof(File), sizeof(Json), sizeof(Part)})
    hash = (hash ^ static_cast<std::uint32_t>(size)) * 16777619u;
  return hash;
}

/// The descriptor that TANDEM_PLUGIN exports.
template <class Plugin, class Role>
constexpr PluginDescriptor describe_plugin(const char* name, const char* version, const char* summary) {
  static_assert(std::is_base_of_v<Role, Plugin>);
  return {.size = sizeof(PluginDescriptor),
          .abi = abi_version,
          .sdk_major = tandem::sdk_major,
          .sdk_minor = tandem::sdk_minor,
          .pointer_size = sizeof(void*),
          .cxx11_strings = _GLIBCXX_USE_CXX11_ABI,
          .batch_layout = batch_layout(),
          .toolchain = "g++ " __VERSION__,
          .name = name,
          .version = version,
          .role = Role::role,
          .summary = summary,
          .create = []() -> Component* { return new Plugin; },
          .destroy = [](Component* component) noexcept { delete component; }};
}

}  // namespace tandem

/// Once in a plugin's source file, at global scope: Class of the role Role (`tandem::Channel`) is the plugin `name`.
#define TANDEM_PLUGIN(Class, Role, name, version, summary)                                                                \
  namespace {                                                                                                           \
  const tandem::PluginDescriptor tandem_descriptor = tandem::describe_plugin<Class, Role>(name, version, summary);     \
  }                                                                                                                     \
  BOOST_DLL_ALIAS(tandem_descriptor, tandem_plugin)
