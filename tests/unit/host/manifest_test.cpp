#include "host/manifest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "host/catalogue.hpp"
#include "host/library.hpp"
#include "support/support.hpp"

namespace {

using namespace tandem;

TEST(Manifests, TheCommittedCopyIsWhatThePluginsSay) {
  const auto committed = test::source_dir() / "registry/plugins";
  std::set<std::string> expected, found;
  for (const auto& entry : std::filesystem::directory_iterator(test::build_dir() / "lib/tandem/plugins")) {
    if (entry.path().extension() != ".so") continue;
    const std::string file = entry.path().stem().string() + ".json";
    expected.insert(file);
    EXPECT_EQ(test::read_file(committed / file), host::to_text(host::Library::load(entry.path())->describe(), false))
        << file << ": run the target refresh-manifests and look at the difference";
  }
  for (const auto& entry : std::filesystem::directory_iterator(committed)) found.insert(entry.path().filename().string());
  EXPECT_EQ(found, expected);
}

TEST(Manifests, TheBuildKnowsTheRolesOfTheHost) {
  const auto build = test::read_file(test::source_dir() / "framework/sdk/TandemPlugin.cmake");
  EXPECT_NE(build.find(fmt::format("set(roles {})", fmt::join(host::role_names(), " "))), std::string::npos);
}

TEST(Manifests, SurviveTheirText) {
  for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / "registry/plugins")) {
    const std::string text = test::read_file(entry.path());
    EXPECT_EQ(host::to_text(host::manifest_from_text(text, "x"), false), text) << entry.path();
  }
}

TEST(Manifests, EveryFieldAndPluginIsDocumented) {
  for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / "registry/plugins")) {
    const auto manifest = host::manifest_from_text(test::read_file(entry.path()), "x");
    EXPECT_FALSE(manifest.summary.empty()) << manifest.name;
    for (const auto& field : manifest.fields) EXPECT_FALSE(field.doc.empty()) << manifest.name << "." << field.name;
  }
}

}  // namespace
