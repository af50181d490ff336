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
    for (const auto& field : Json::parse(read_file(library(plugin).replace_extension(".json")))["fields"])
      if (field["name"] == "fault")
        for (const auto& choice : field["choices"])
          if (choice != "none") declared[plugin].insert(choice);
  EXPECT_EQ(declared, expected);
}

TEST_F(AllFaultsTest, LeaveEveryLawWholeWhenThereIsNone) {
  std::vector<std::string> plugins = {library("broken-library").string(), "--seeds", "5"};
  std::set<std::string> names;
  for (const auto& fault : faults())
    if (!fault.plugin.ends_with("-asan")) names.insert(library(fault.plugin).string());
  plugins.insert(plugins.begin(), names.begin(), names.end());
  const Ended ended = expect(0, check(plugins));
  EXPECT_THAT(ended.out, ::testing::Not(::testing::HasSubstr("repeat:"))) << ended.out;
  EXPECT_EQ(lines_of(ended.out).size(), names.size() + 1);
}

}  // namespace
}  // namespace tandem::test
