// Every law of every role is broken by a plugin that is right but for this, and the kit sees it.
#include <set>

#include "check_test.hpp"
#include "conformance/law.hpp"
#include "host/catalogue.hpp"

namespace tandem::test {
namespace {

class FaultsTest : public CheckTest, public ::testing::WithParamInterface<BrokenLaw> {};

TEST_P(FaultsTest, BreakALaw) {
  const BrokenLaw& broken = GetParam();
  if (broken.plugin.ends_with("-asan") && !can_watch()) GTEST_SKIP() << "needs libasan.so of the compiler, outside a build with AddressSanitizer";
  if (watched() && (broken.fault == "eats-memory" || broken.law == "life.memory" || broken.law == "calls.written")) GTEST_SKIP() << "needs memory without AddressSanitizer";
  expect_broken(broken);
}

std::string test_name(const ::testing::TestParamInfo<BrokenLaw>& info) {
  std::string out = info.param.plugin + "_" + info.param.fault;
  std::ranges::replace(out, '-', '_');
  return out;
}
INSTANTIATE_TEST_SUITE_P(All, FaultsTest, ::testing::ValuesIn(faults()), test_name);

class AllFaultsTest : public CheckTest {};

TEST_F(AllFaultsTest, CoverEveryLaw) {
  std::set<std::string> broken;
  for (const auto* part : {&faults(), &broken_libraries()})
    for (const auto& fault : *part) broken.insert(fault.law);
  broken.insert("library.manifest");  // by manifests that the tests of libraries make
  for (const auto* law : conformance::all_laws()) EXPECT_TRUE(broken.erase(law->name)) << "no plugin of tests/conformance breaks " << law->name;
  EXPECT_THAT(broken, ::testing::IsEmpty());
  EXPECT_GE(conformance::general_laws().size(), 12u);
  for (const auto& role : host::role_names()) EXPECT_GE(conformance::laws_of(role).size(), 5u) << role;
}

TEST_F(AllFaultsTest, AreAllThatThePluginsDeclare) {
  std::map<std::string, std::set<std::string>> expected, declared;
  for (const auto& fault : faults()) expected[fault.plugin == "broken-component-asan" ? "broken-component" : fault.plugin].insert(fault.fault);
  for (const auto& [plugin, given] : expected)
    for (const Json manifest = Json::parse(read_file(library(plugin).replace_extension(".json"))); const auto& choice : manifest["fields"][0]["choices"])
      if (choice != "none" && choice != "seldom") declared[plugin].insert(choice);  // seldom: see the tests of seeds
  EXPECT_EQ(declared, expected);
}

// With more seeds where they decide something.
TEST_F(AllFaultsTest, LeaveEveryLawWholeWhenThereIsNone) {
  std::set<std::string> plugins = {library("broken-library").string()};
  for (const auto& fault : faults())
    if (!fault.plugin.ends_with("-asan")) plugins.insert(library(fault.plugin).string());
  std::vector<std::string> all(plugins.begin(), plugins.end()), more = all;
  more.insert(more.end(), {"--seed", "2", "--seeds", "5", "--case", "calls.deterministic", "--case", "calls.batches"});
  for (const auto& role : host::role_names()) more.insert(more.end(), {"--case", role + "."});
  for (const auto& arguments : {all, more}) {
    const Ended ended = expect(0, check(arguments));
    EXPECT_THAT(ended.out, ::testing::Not(::testing::HasSubstr("repeat:"))) << ended.out;
    EXPECT_EQ(std::ranges::count_if(lines_of(ended.out), [](const std::string& line) { return line.find(" 0 broken, ") != std::string::npos; }), static_cast<long>(plugins.size()));
  }
}

}  // namespace
}  // namespace tandem::test
