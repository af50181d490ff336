// The command around the laws: what it chooses, what it says, how it ends.
#include "check_test.hpp"
#include "conformance/law.hpp"
#include "host/catalogue.hpp"
#include "xml.hpp"

namespace tandem::test {
namespace {

using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class KitTest : public CheckTest {
 protected:
  Json verdicts_of(int code, const std::string& plugin, std::vector<std::string> more) const {
    more.insert(more.begin(), library(plugin).string());
    more.push_back("--json");
    return verdicts(code, check(more));
  }
  void refused(const std::string& says, const std::vector<std::string>& arguments) const {
    const Ended ended = expect(2, check(arguments));
    EXPECT_THAT(ended.err, HasSubstr(says));
    EXPECT_EQ(ended.out, "");
  }
  static std::vector<std::string> names(const Json& verdicts) {
    std::vector<std::string> out;
    for (const auto& verdict : verdicts) out.push_back(verdict["case"]);
    return out;
  }
};

TEST_F(KitTest, ChecksTheCasesThatAreAskedFor) {
  EXPECT_THAT(names(verdicts_of(0, "broken-block", {"--case", "block.soft"})), ::testing::ElementsAre("block.soft"));
  EXPECT_THAT(names(verdicts_of(0, "broken-block", {"--case", "block.soft", "--case", "life.f"})), ::testing::ElementsAre("life.factory", "life.fields", "life.files", "block.soft"));
  EXPECT_EQ(names(verdicts_of(0, "broken-block", {"--case", "block."})).size(), conformance::laws_of("block").size());
  EXPECT_EQ(names(verdicts_of(0, "broken-block", {})).size(), conformance::general_laws().size() + conformance::laws_of("block").size());
}

TEST_F(KitTest, RefusesWhatThereIsNot) {
  const std::string block = library("broken-block").string();
  refused("there is no law \"block.sofd\" (did you mean \"block.soft\"?)", {block, "--case", "block.sofd"});
  refused("there is no law \"soft\"", {block, "--case", "block.soft", "--case", "soft"});
  refused("there is no plugin \"broken-blok\" (did you mean \"broken-block\"?)", {"broken-blok"});
  refused("nowhere.so\" does not exist", {"nowhere.so"});
  refused("there is no role \"chanel\" (did you mean \"channel\"?)", {"--laws", "chanel"});
  refused("must be a JSON object", {block, "--fields", "[1]"});
  refused("must be a JSON object", {block, "--fields", "{"});
  refused("needs the whole name of a law", {block, "--here"});
  refused("needs the whole name of a law", {block, "--here", "--case", "block."});
  refused("--seconds", {block, "--seconds", "0"});
  refused("--seeds", {block, "--seeds", "0"});
  refused("libraries", {});
}

TEST_F(KitTest, ListsTheLawsOfARole) {
  const auto general = lines_of(expect(0, check({"--laws"})).out);
  ASSERT_EQ(general.size(), conformance::general_laws().size());
  EXPECT_THAT(general.front(), StartsWith("library.elf "));
  for (const auto& role : host::role_names()) {
    const auto lines = lines_of(expect(0, check({"--laws", role})).out);
    ASSERT_EQ(lines.size(), conformance::laws_of(role).size());
    EXPECT_THAT(lines.back(), StartsWith(std::string(conformance::laws_of(role).back().name) + " "));
  }
}

TEST_F(KitTest, FindsPluginsByTheirNames) {
  EXPECT_THAT(expect(0, check({"broken-block", "awgn", "--case", "library."})).out, ContainsRegex("^broken-block: 6 laws kept, 0 broken, 0 say nothing here\nawgn: 6 laws kept"));
}

// Breaks for some seeds only: the first of those that were asked for is told, and does so again.
TEST_F(KitTest, NamesTheSeedThatBrokeALaw) {
  const std::vector<std::string> seldom = {"--fields", R"({"fault": "seldom"})", "--case", "channel.finite"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), seldom.begin(), seldom.end());
    return more;
  };
  const Json found = verdicts_of(5, "broken-channel", with({"--seed", "100", "--seeds", "200"}));
  ASSERT_EQ(found.size(), 1u);
  const int seed = found[0]["seed"];
  EXPECT_GT(seed, 100);
  EXPECT_LT(seed, 300);
  EXPECT_THAT(found[0]["repeat"].get<std::string>(), HasSubstr("--case channel.finite --seed " + std::to_string(seed) + " --here"));
  const Json again = verdicts_of(5, "broken-channel", with({"--seed", std::to_string(seed)}));
  EXPECT_EQ(again[0]["message"], found[0]["message"]);
  EXPECT_EQ(verdicts(5, typed(found[0]["repeat"].get<std::string>() + " --json"))[0]["message"], found[0]["message"]);
  const Json before = verdicts_of(0, "broken-channel", with({"--seed", "100", "--seeds", std::to_string(seed - 100)}));
  EXPECT_EQ(before[0]["seed"], seed - 1);
}

// Whatever one case does, the others come to their end.
TEST_F(KitTest, OutlivesWhatItChecks) {
  for (const char* fault : {"aborts", "exits", "throws-an-int"}) {
    const Json found = verdicts_of(5, "broken-component", {"--fields", Json{{"fault", fault}}.dump()});
    EXPECT_EQ(found.size(), conformance::general_laws().size() + conformance::laws_of("channel").size());
    for (const auto& verdict : found) {
      const std::string name = verdict["case"];
      const bool calls = !name.starts_with("library.") && !name.starts_with("fields.d") && !name.starts_with("fields.r") && name != "life.factory";
      EXPECT_EQ(verdict["ok"], !calls) << fault << ": " << verdict.dump();
    }
  }
}

TEST_F(KitTest, HasNoLimitOfMemoryWhenToldSo) {
  const Json found = verdicts_of(0, "broken-component", {"--case", "fields.example", "--memory", "0"});
  EXPECT_EQ(found.size(), 1u);
  // With less than a process needs to begin with there is nothing to be had.
  EXPECT_EQ(verdicts_of(5, "broken-component", {"--case", "calls.huge", "--memory", "1"})[0]["ok"], watched());
}

TEST_F(KitTest, SaysWhatBrokeAndHowToRepeatIt) {
  const Ended ended = expect(5, check({library("broken-component").string(), "--fields", R"({"fault": "throws"})", "--case", "calls.batches", "--case", "library.role"}));
  const auto lines = lines_of(ended.out);
  ASSERT_EQ(lines.size(), 4u) << ended.out;
  EXPECT_EQ(lines[0], "broken-component: 1 laws kept, 1 broken, 0 say nothing here");
  EXPECT_EQ(lines[1], "  broken  calls.batches: batches of 1, 3 and 64 rows give the same bytes");
  EXPECT_EQ(lines[2], "          out of cheese");
  EXPECT_THAT(lines[3], StartsWith("          repeat: tandem check "));
  EXPECT_THAT(lines[3], EndsWith(" --case calls.batches --seed 1 --here"));
}

TEST_F(KitTest, ShowsWhatADyingProcessWrote) {
  const Ended ended = expect(5, check({library("broken-component").string(), "--fields", R"({"fault": "talks"})", "--case", "calls.batches", "--case", "life.quiet"}));
  EXPECT_THAT(ended.out, HasSubstr("1 laws kept, 1 broken"));
  EXPECT_THAT(ended.out, HasSubstr("bytes went to standard output"));
  if (!can_watch()) GTEST_SKIP() << "needs libasan.so of the compiler, outside a build with AddressSanitizer";
  Command watched = check({library("broken-component-asan").string(), "--fields", R"({"fault": "out-of-bounds"})", "--case", "calls.batches"});
  watch(watched);
  EXPECT_THAT(expect(5, watched).out, HasSubstr("AddressSanitizer: heap-buffer-overflow"));
}

TEST_F(KitTest, WritesWellFormedJUnit) {
  const auto path = folder() / "out.xml";
  expect(5, check({library("broken-component").string(), library("broken-block").string(), "--case", "calls.", "--case", "life.f", "--fields", R"({"fault": "throws"})", "--junit", path.string()}));
  const std::string xml = read_file(path);
  EXPECT_EQ(fault_of_xml(xml), "");
  EXPECT_THAT(xml, HasSubstr("<testsuite name=\"broken-component\" tests=\"10\" failures=\"9\" skipped=\"0\">"));
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"broken-component\" name=\"life.factory\" time=\""));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"out of cheese\">"));
  EXPECT_THAT(xml, HasSubstr("repeat: tandem check "));
  EXPECT_NE(fault_of_xml(xml + "<more/>"), "");
  EXPECT_NE(fault_of_xml(xml.substr(0, xml.size() / 2)), "");
  EXPECT_THAT(expect(1, check({"broken-block", "--case", "block.soft", "--junit", "/proc/out.xml"})).err, HasSubstr("cannot be written"));
}

// Each of our plugins, as its example has it. Those that need what is not here say nothing; networks are left to the long tests.
TEST_F(KitTest, FindsOurPluginsAsTheyShouldBe) {
  std::vector<std::string> all = {"check"};
  for (const auto& plugin : Json::parse(expect(0, {"list", "--json"}).out)) {
    const std::string name = plugin["name"];
    bool left_out = name == "process-codec";  // there is no modem of ours that carries what a codec sends
    for (const char* network : {"transformer", "lstm", "gpt2", "llama", "ecct", "crossmpt", "language-model", "torchscript", "ensemble", "adaptive", "memorising"}) left_out = left_out || name.find(network) != std::string::npos;
    if (!left_out) all.push_back(name);
  }
  EXPECT_GT(all.size(), 30u);
  const Ended ended = expect(0, command(all));
  EXPECT_THAT(ended.out, Not(HasSubstr("repeat:")));
}

}  // namespace
}  // namespace tandem::test
