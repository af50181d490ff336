#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <tandem/component.hpp>

namespace tandem::test {

/// A plugin of the build tree by name, created, with its fields set (paths are plain paths) and made ready.
std::shared_ptr<Component> make_component(const std::string& name, const std::string& fields);
template <class Role>
std::shared_ptr<Role> make(const std::string& name, const std::string& fields = "{}") {
  auto role = std::dynamic_pointer_cast<Role>(make_component(name, fields));
  if (!role) throw Error(name + " does not have the role the test asks for");
  return role;
}

std::filesystem::path build_dir();
std::filesystem::path source_dir();

/// A file of the data folder that TANDEM_DATA names; empty when the folder is not set or the file is not there.
std::filesystem::path data(const std::string& name);
std::string read_file(const std::filesystem::path& path);

}  // namespace tandem::test

/// Declares `variable`, the path of a file of the data folder, or skips the test with a message.
#define TANDEM_REQUIRE_DATA(variable, name)                           \
  const std::filesystem::path variable = tandem::test::data(name); \
  if (variable.empty()) GTEST_SKIP() << "needs " << name << " in the folder TANDEM_DATA"
