// What the libraries of the build tree show to the dynamic linker: libtandem its namespace, a plugin one symbol.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "support/support.hpp"

namespace tandem {
namespace {

std::vector<std::string> exported(const std::filesystem::path& library) {
  const std::string command = "nm -D -C --defined-only --format=posix '" + library.string() + "'";
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (!pipe) throw Error("nm cannot be started");
  std::string text;
  std::array<char, 4096> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), got);
  if (pclose(pipe) != 0) throw Error("nm failed", library.string());
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    names.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

// "tandem::f(int) T 10 20" -> "tandem::f(int)"
std::string name_of(std::string line) {
  for (int field = 0; field < 3; ++field) line.resize(std::min(line.size(), line.find_last_of(' ')));
  return line;
}

TEST(Symbols, TheLibraryExportsItsNamespaceOnly) {
  const auto lines = exported(test::build_dir() / "lib/libtandem.so");
  ASSERT_GT(lines.size(), 100u);
  bool components = false, fields = false, types = false;
  for (const auto& line : lines) {
    std::string name = name_of(line);
    types = types || name == "typeinfo for tandem::Error";
    for (const char* prefix : {"typeinfo for ", "typeinfo name for ", "vtable for "})
      if (name.starts_with(prefix)) name.erase(0, std::string(prefix).size());
    EXPECT_TRUE(name.starts_with("tandem::")) << line;
    EXPECT_EQ(name.find("N_AVX"), std::string::npos) << line;
    components = components || name.starts_with("tandem::Component::");
    fields = fields || name.starts_with("tandem::Fields::");
  }
  EXPECT_TRUE(components && fields && types);
}

TEST(Symbols, APluginExportsItsDescriptorOnly) {
  int plugins = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::build_dir() / "lib/tandem/plugins")) {
    if (entry.path().extension() != ".so") continue;
    const auto lines = exported(entry.path());
    ASSERT_EQ(lines.size(), 1u) << entry.path();
    EXPECT_EQ(name_of(lines[0]), "tandem_plugin") << entry.path();
    ++plugins;
  }
  EXPECT_GT(plugins, 0);
}

}  // namespace
}  // namespace tandem
