// What `tandem new` begins with, for every role: it builds against an installation, keeps the laws and runs at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "host/catalogue.hpp"
#include "installation.hpp"
#include "support/support.hpp"

namespace tandem::test {
namespace {
namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ScaffoldTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ScaffoldTest, BuildsKeepsTheLawsAndRuns) {
  const auto& installation = Installation::get();
  // Words that the SDK, the sources or CMake have as well.
  static const std::map<std::string, std::string> unlucky = {{"channel", "noise"}, {"trainer", "state"}, {"modem", "digital"}, {"block", "laws"}, {"coder", "put"}};
  const std::string role = GetParam(), name = unlucky.contains(role) ? unlucky.at(role) : "my-" + role;
  const auto folder = installation.scratch("scaffolds") / role;
  fs::create_directories(folder);
  Command make = installation.command({(installation.prefix() / "bin/tandem").string(), "new", role, name});
  make.directory = folder;
  EXPECT_THAT(succeed(make), HasSubstr("tandem --plugins build/plugins"));
  // It works as it says itself: its README's configure and build, and its own three tests.
  const auto project = folder / name;
  succeed(installation.command(installation.configure(project)));
  succeed(installation.command({TANDEM_CMAKE, "--build", project / "build", "--parallel", "2"}));
  Command test = installation.command({fs::path(TANDEM_CMAKE).parent_path() / "ctest", "--test-dir", project / "build", "--output-on-failure"});
  const auto text = succeed(test);
  EXPECT_THAT(text, HasSubstr("100% tests passed, 0 tests failed out of 3"));
  EXPECT_TRUE(fs::exists(project / "build/laws.xml"));
  EXPECT_TRUE(fs::exists(project / ".github/workflows/check.yml"));
  for (const auto& entry : fs::recursive_directory_iterator(project)) {
    if (entry.path().string().starts_with((project / "build").string()) || !entry.is_regular_file()) continue;
    EXPECT_FALSE(std::regex_search(read_file(entry.path()), std::regex("@[A-Za-z]+@"))) << entry.path();
  }
  // The source is short enough to be read before it is changed.
  std::string file = name;
  std::ranges::replace(file, '-', '_');
  EXPECT_LE(std::ranges::count(read_file(project / (file + ".cpp")), '\n'), 80);
}

INSTANTIATE_TEST_SUITE_P(Roles, ScaffoldTest, ::testing::ValuesIn(host::role_names()), [](const auto& role) { return role.param; });

TEST(Scaffolds, RefuseWhatCannotBe) {
  const auto& installation = Installation::get();
  const auto folder = installation.scratch("refused");
  fs::create_directories(folder / "taken");
  const auto refused = [&](const std::string& role, const std::string& name, const std::string& says) {
    Command make = installation.command({(installation.prefix() / "bin/tandem").string(), "new", role, name});
    make.directory = folder;
    const Ended ended = run(make);
    EXPECT_EQ(ended.code, 2) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(says));
  };
  refused("chanel", "mine", "there is no role \"chanel\" (did you mean \"channel\"?)");
  refused("channel", "My Noise", "\"My Noise\" is no name of a plugin");
  refused("channel", "../mine", "is no name of a plugin");
  refused("channel", std::string(65, 'a'), "is no name of a plugin");
  refused("block", "code", "\"code\" means something else in a config");
  refused("channel", "awgn", "there is a channel \"awgn\" already, at ");
  refused("channel", "taken", "\"taken\" exists already (nothing is overwritten)");
  EXPECT_TRUE(fs::is_empty(folder / "taken"));
}

}  // namespace
}  // namespace tandem::test
