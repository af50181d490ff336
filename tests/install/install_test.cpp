// What `cmake --install` makes: complete, movable, and usable without the tree it came from.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "installation.hpp"
#include "support/support.hpp"

namespace tandem::test {
namespace {
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) out.push_back(entry.path());
  return out;
}

bool is_elf(const fs::path& path) {
  return read_file(path).starts_with(
      "\x7f"
      "ELF");
}

/// No name of the source or the build tree, nor of the place it was installed to before it was moved.
void leads_nowhere(const std::string& text, const fs::path& where) {
  for (const auto& path : {source_dir(), build_dir(), fs::path("/nowhere/tandem")})
    EXPECT_EQ(text.find(path.string()), std::string::npos) << where << " names " << path;
}

void plugins_are_usable(const std::string& listed, const fs::path& folder) {
  std::size_t plugins = 0;
  for (const auto& plugin : nlohmann::json::parse(listed)) {
    EXPECT_EQ(plugin["problem"], "") << plugin["name"];
    EXPECT_EQ(fs::path(plugin["path"]).parent_path(), folder) << plugin["name"];
    ++plugins;
  }
  EXPECT_GE(plugins, 50u);
}

TEST(Install, HasWhatItShouldHave) {
  const auto& prefix = Installation::get().prefix();
  for (const char* name :
       {"bin/tandem", "bin/tandem-manifest", "include/tandem/channel.hpp", "lib/libtandem.so", "lib/libtandem.so.0",
        "lib/libtandem.so." TANDEM_VERSION, "lib/tandem/plugins/awgn.so", "lib/tandem/plugins/awgn.json",
        "lib/cmake/Tandem/TandemConfig.cmake", "lib/cmake/Tandem/TandemConfigVersion.cmake",
        "lib/cmake/Tandem/plugin.map", "lib/pkgconfig/tandem.pc", "share/tandem/configs/quickstart.json",
        "share/bash-completion/completions/tandem", "share/doc/tandem/LICENSE"})
    EXPECT_TRUE(fs::is_regular_file(prefix / name)) << name;
  for (const char* tree : {"registry", "configs"})
    for (const auto& file : files_below(source_dir() / tree))
      EXPECT_TRUE(fs::exists(prefix / "share/tandem" / fs::relative(file, source_dir()))) << file;
  for (const auto& header : fs::directory_iterator(source_dir() / "framework/sdk/include/tandem"))
    EXPECT_TRUE(fs::exists(prefix / "include/tandem" / header.path().filename())) << header.path();
}

TEST(Install, LeadsNowhereElse) {
  for (const auto& file : files_below(Installation::get().prefix())) {
    if (file.extension() == ".cmake" || file.extension() == ".pc") leads_nowhere(read_file(file), file);
    if (is_elf(file)) leads_nowhere(succeed(Installation::get().command({"readelf", "-d", file})), file);
  }
}

TEST(Install, WorksWhereItWasMovedTo) {
  const auto& installation = Installation::get();
  const Ended doctor = installation.tandem({"doctor"});
  EXPECT_EQ(doctor.code, 0) << doctor.out << doctor.err;
  EXPECT_THAT(doctor.out, HasSubstr("plugins in   " + (installation.prefix() / "lib/tandem/plugins").string()));
  EXPECT_THAT(doctor.out, HasSubstr("registry     " + (installation.prefix() / "share/tandem/registry").string()));
  EXPECT_THAT(doctor.out, HasSubstr(" 0 with a problem"));
  plugins_are_usable(installation.tandem({"list", "--json"}).out, installation.prefix() / "lib/tandem/plugins");
  EXPECT_THAT(installation.tandem({"--version"}).out, HasSubstr("tandem " TANDEM_VERSION " "));
}

TEST(Install, FindsTheLibrariesBesideItself) {
  const auto& installation = Installation::get();
  for (const char* name : {"bin/tandem", "bin/tandem-manifest", "lib/tandem/plugins/awgn.so"}) {
    const auto needed = succeed(installation.command({"ldd", installation.prefix() / name}));
    EXPECT_THAT(needed, Not(HasSubstr("not found"))) << name;
    const auto at = needed.find("libtandem.so.0 => ");
    ASSERT_NE(at, std::string::npos) << needed;
    const fs::path found = needed.substr(at + 18, needed.find(" (", at) - at - 18);
    EXPECT_EQ(fs::canonical(found), fs::canonical(installation.prefix() / "lib/libtandem.so.0")) << name;
  }
}

TEST(Install, RunsItsOwnConfigs) {
  const auto& installation = Installation::get();
  const auto config = installation.prefix() / "share/tandem/configs/bpsk-rayleigh.json";  // extends another
  const auto out = installation.scratch("own") / "out";
  const Ended ended =
      installation.tandem({"run", config, "--set", "snr.es_n0_db=4", "--set", "stop.frames=100", "--out", out});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(fs::exists(out / "results.csv"));
}

TEST(Install, StrippedLibrariesKeepTheirManifests) {
  const auto& installation = Installation::get();
  const auto stripped = installation.scratch("stripped");
  succeed([&] {
    Command install = installation.command({});
    install.arguments = {TANDEM_CMAKE, "--install", build_dir(), "--prefix", stripped, "--strip"};
    return install;
  }());
  const auto sections = succeed(installation.command({"readelf", "-SW", stripped / "lib/tandem/plugins/awgn.so"}));
  EXPECT_THAT(sections, Not(HasSubstr(".symtab")));
  plugins_are_usable(succeed(installation.command({stripped / "bin/tandem", "list", "--json"})),
                     stripped / "lib/tandem/plugins");
}

}  // namespace
}  // namespace tandem::test
