// Plugins that were compiled with the first SDK's headers load, keep the laws and run.
#include <fstream>
#include <gtest/gtest.h>

#include "host/catalogue.hpp"
#include "support/process.hpp"
#include "support/support.hpp"

namespace tandem::test {
namespace {

class FirstPluginTest : public ::testing::TestWithParam<std::string> {
 protected:
  Ended tandem(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {(build_dir() / "bin/tandem").string(), "--plugins", TANDEM_FIRST_PLUGINS});
    Command command;
    command.arguments = arguments;
    command.directory = folder_.path();
    command.environment = {{"XDG_CACHE_HOME", folder_.path().string()}, {"TANDEM_REGISTRY", {}}, {"TANDEM_PLUGIN_PATH", {}}};
    return run(command);
  }

 private:
  TemporaryFolder folder_;
};

TEST_P(FirstPluginTest, StillKeepsTheLaws) {
  const Ended ended = tandem({"check", std::string(TANDEM_FIRST_PLUGINS) + "/first-" + GetParam() + ".so"});
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
}

TEST_P(FirstPluginTest, StillRuns) {
  const auto config = std::filesystem::path(TANDEM_FIRST_SDK) / "plugins" / ("first_" + GetParam() + ".json");
  const Ended ended = tandem({GetParam() == "trainer" ? "train" : "run", config.string(), "--out", "out"});
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
}

INSTANTIATE_TEST_SUITE_P(Roles, FirstPluginTest, ::testing::ValuesIn(host::role_names()), [](const auto& role) { return role.param; });

}  // namespace
}  // namespace tandem::test
