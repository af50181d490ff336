// Layouts and tables of virtual functions, as the compiler sees them with the first SDK's headers and with today's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "support/process.hpp"
#include "support/support.hpp"

namespace tandem::test {
namespace {
namespace fs = std::filesystem;

// Made by the host and handed over by reference: these may grow at their ends.
const std::set<std::string> may_grow = {"tandem::Environment", "tandem::Exchange", "tandem::Task", "tandem::FieldSpec"};

std::string includes(const fs::path& headers) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(TANDEM_FIRST_SDK) / "include/tandem")) names.insert(entry.path().filename());
  std::string text;
  for (const auto& name : names) {
    EXPECT_TRUE(fs::exists(headers / "tandem" / name)) << "the header is gone: " << name;
    text += "#include <tandem/" + name + ">\n";
  }
  return text;
}

void compile(const fs::path& folder, const fs::path& headers, const std::string& text, const std::string& options) {
  std::ofstream(folder / "all.cpp") << text;
  Command command;
  command.arguments = {"/bin/sh", "-c", TANDEM_COMPILER " -std=c++20 -DBOOST_DLL_USE_STD_FS -I '" + headers.string() + "' " + options + " all.cpp"};
  command.directory = folder;
  const Ended ended = run(command);
  ASSERT_EQ(ended.code, 0) << ended.err;
}

// A class of each published one, so that the tables name every function: pure ones have no name of their own.
std::string overriders() {
  std::string text = "#undef TANDEM_PLUGIN\n#define TANDEM_PLUGIN(...)\n";
  for (const auto& entry : fs::directory_iterator(fs::path(TANDEM_FIRST_SDK) / "plugins"))
    if (entry.path().extension() == ".cpp") text += "#include \"" + entry.path().string() + "\"\n";
  return text + "#include \"" + (fs::path(TANDEM_FIRST_SDK) / "abilities.cpp").string() + "\"\n";
}

struct Dump {
  std::map<std::string, std::vector<std::string>> tables;   // of each class: its virtual functions, in order
  std::map<std::string, std::pair<long, long>> sizes;       // of each class: size and alignment
};

// What g++ -fdump-lang-class says of the classes in namespace tandem and of those that override them.
Dump dump(const fs::path& headers) {
  const TemporaryFolder folder;
  compile(folder.path(), headers, includes(headers) + overriders(), "-fdump-lang-class -fsyntax-only");
  Dump out;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    if (entry.path().extension() != ".class") continue;
    std::istringstream in(read_file(entry.path()));
    std::string line, table, type;
    static const std::regex slot(R"(^\d+\s+(?:\(int \(\*\)\(\.\.\.\)\))?(.*)$)"), size(R"(^\s+size=(\d+) align=(\d+)$)");
    for (std::smatch match; std::getline(in, line);) {
      if (line.starts_with("Vtable for ")) table = line.substr(11), type.clear();
      else if (line.starts_with("Class ")) type = line.substr(6), table.clear();
      else if (line.empty()) table.clear(), type.clear();
      else if ((table.starts_with("tandem::") || table.starts_with("{anonymous}::")) && std::regex_match(line, match, slot)) out.tables[table].push_back(match[1]);
      else if (type.starts_with("tandem::") && std::regex_match(line, match, size)) out.sizes[type] = {std::stol(match[1]), std::stol(match[2])};
    }
  }
  return out;
}

TEST(Layout, ClassesKeepTheirTablesAndSizes) {
  const Dump first = dump(fs::path(TANDEM_FIRST_SDK) / "include"), now = dump(source_dir() / "framework/sdk/include");
  EXPECT_GT(first.tables.size(), 45u);
  EXPECT_GT(first.sizes.size(), 50u);
  for (const auto& [type, slots] : first.tables) {
    const auto found = now.tables.find(type);
    ASSERT_NE(found, now.tables.end()) << "the class is gone: " << type;
    EXPECT_EQ(found->second, slots) << "a published class got, lost or moved a virtual function: " << type << "; the next ability is a class of its own";
  }
  for (const auto& [type, size] : first.sizes) {
    const auto found = now.sizes.find(type);
    ASSERT_NE(found, now.sizes.end()) << "the class is gone: " << type;
    if (may_grow.contains(type)) {
      EXPECT_GE(found->second.first, size.first) << type;
    } else {
      EXPECT_EQ(found->second, size) << "size or alignment changed: " << type;
    }
  }
}

TEST(Layout, MembersStayWhereTheyAre) {
  const auto offsets = [](const fs::path& headers) {
    const TemporaryFolder folder;
    compile(folder.path(), headers, includes(headers) + read_file(fs::path(TANDEM_FIRST_SDK) / "members.cpp"), "-Wno-invalid-offsetof -O0 -o offsets '" + (build_dir() / "lib/libtandem.so").string() + "' -Wl,-rpath,'" + (build_dir() / "lib").string() + "'");
    Command command;
    command.arguments = {(folder.path() / "offsets").string()};
    return run(command).out;
  };
  const auto first = offsets(fs::path(TANDEM_FIRST_SDK) / "include");
  EXPECT_GT(std::ranges::count(first, '\n'), 80);
  EXPECT_EQ(offsets(source_dir() / "framework/sdk/include"), first);
}

}  // namespace
}  // namespace tandem::test
