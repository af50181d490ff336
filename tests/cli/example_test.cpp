// The smallest config of each plugin, as `describe` prints it.
#include "command_test.hpp"

namespace tandem::test {
namespace {

using ExampleTest = CommandTest;
using ::testing::HasSubstr;

TEST_F(ExampleTest, EveryPluginsConfigIsFine) {
  std::vector<std::string> files;
  const auto plugins = Json::parse(expect(0, {"list", "--json"}).out);
  ASSERT_GT(plugins.size(), 50u);
  for (const auto& plugin : plugins) {
    const std::string name = plugin["name"];
    write(name + ".json", expect(0, {"describe", name, "--config"}).out);
    files.push_back(name + ".json");
  }
  std::vector<std::string> arguments = {"validate", "--json"};
  arguments.insert(arguments.end(), files.begin(), files.end());
  // Only files that not everybody has may be missing.
  for (const auto& problem : Json::parse(run(command(arguments)).out)) {
    const std::string message = problem["message"];
    EXPECT_TRUE(message.find("TANDEM_DATA") != std::string::npos || message.find("does not exist") != std::string::npos) << problem.dump();
  }
}

TEST_F(ExampleTest, ConfigsRun) {
  for (const std::string name : {"laplace", "bp", "markov", "interleaver", "bleu", "random-bits", "analog"}) {
    write(name + ".json", expect(0, {"describe", name, "--config"}).out);
    EXPECT_THAT(expect(0, {"run", name + ".json", "--json"}).out, HasSubstr("\"stopped_by\":\"finished\"")) << name;
  }
}

// Two values a use: what fills the last use of an odd row is not taken for a value of it.
TEST_F(ExampleTest, AnalogLinksKeepTheLengthsOfItems) {
  for (const char* modem : {"{}", "{\"complex\": true}"}) {
    write("x.json", std::string(R"({"source": {"text-lines": {"path": "corpus:sample"}},
      "link": {"codec": "amplitudes", "modem": {"analog": )") + modem + R"(}, "channel": "ideal"}, "metrics": ["frame"], "stop": {"frames": 50}})");
    const auto lines = lines_of(expect(0, {"run", "x.json", "--json", "--out", std::string("out") + modem[1]}).out);
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(Json::parse(lines[0])["metrics"]["frame.errors"]["count"], 0) << modem;
  }
}

}  // namespace
}  // namespace tandem::test
