// Plugins that come from a folder of the caller: used without building anything again, and never instead of another.
#include "command_test.hpp"

namespace tandem::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ExtensionTest : public CommandTest {
 protected:
  /// A library that was built for these tests, with its manifest, into a folder of plugins.
  fs::path put(const std::string& name, const std::string& folder_name = "mine") const {
    const auto to = folder() / folder_name;
    fs::create_directories(to);
    for (const char* extension : {".so", ".json"})
      fs::copy_file(fs::path(TANDEM_EXTENSIONS) / (name + extension), to / (name + extension));
    return to / (name + ".so");
  }

  static std::string config(const std::string& channel) {
    return R"({"source": {"random-bits": {"length": 50}}, "link": {"modem": "bpsk", "channel": ")" + channel +
           R"("}, "metrics": ["ber"], "stop": {"frames": 20}})";
  }

  /// The bit error rate of a run, and what the run did.
  std::pair<double, Json> run_with(const std::string& channel) const {
    write("x.json", config(channel));
    const auto lines = lines_of(expect(0, {"--plugins", "mine", "run", "x.json", "--json"}).out);
    if (lines.size() != 2) return {};
    return {Json::parse(lines[0])["metrics"]["ber.info"]["value"].get<double>(), Json::parse(lines[1])["summary"]};
  }

  void refused(int code, const std::string& channel, const std::vector<std::string>& says) const {
    write("x.json", config(channel));
    const Ended ended = expect(code, {"--plugins", "mine", "run", "x.json"});
    for (const auto& words : says) EXPECT_THAT(ended.err, HasSubstr(words));
  }
};

TEST_F(ExtensionTest, IsUsedWhereTheFolderIsNamed) {
  put("turning-1");
  write("x.json", config("turning"));
  EXPECT_THAT(expect(2, {"run", "x.json"}).err, HasSubstr("there is no channel \"turning\""));
  EXPECT_EQ(run_with("turning").first, 0.0);
  EXPECT_THAT(expect(0, {"--plugins", "mine", "describe", "turning"}).out, HasSubstr("library: mine/turning-1.so"));
  Command by_environment = command({"list", "channel"});
  by_environment.environment["TANDEM_PLUGIN_PATH"] = "/nowhere:" + (folder() / "mine").string();
  EXPECT_THAT(expect(0, by_environment).out, HasSubstr("\n  turning  "));
}

TEST_F(ExtensionTest, VersionsAreChosenByName) {
  put("turning-1");
  put("turning-2");
  refused(2, "turning",
          {"link.channel: two plugins are called \"turning\": mine/turning-1.so (1.0.0) and mine/turning-2.so (2.0.0) "
           "(take one away or write name@version)"});
  EXPECT_THAT(expect(0, {"--plugins", "mine", "list", "channel"}).out,
              HasSubstr("\n  turning@1.0.0      turns every sign or none\n  turning@2.0.0 "));
  // Version 1 keeps signs, version 2 turns them all.
  auto [rate, summary] = run_with("turning@1.0.0");
  EXPECT_EQ(rate, 0.0);
  EXPECT_EQ(summary["units_reused"], 0);
  std::tie(rate, summary) = run_with("turning@2.0.0");
  EXPECT_EQ(rate, 1.0);
  EXPECT_EQ(summary["units_reused"], 0);
  // Both are kept.
  for (const char* version : {"turning@1.0.0", "turning@2.0.0"}) {
    std::tie(rate, summary) = run_with(version);
    EXPECT_EQ(rate, version == std::string("turning@2.0.0") ? 1.0 : 0.0);
    EXPECT_EQ(summary["units_run"], 0);
  }
  refused(2, "turning@3.0.0", {"there is no channel \"turning\" of version 3.0.0"});
}

TEST_F(ExtensionTest, NothingOfOursIsReplacedSilently) {
  put("awgn-mine");
  const std::string ours = (build_dir() / "lib/tandem/plugins/awgn.so").string();
  refused(2, "awgn", {"two plugins are called \"awgn\": ", "mine/awgn-mine.so (9.0.0)", ours + " (1.0.0)"});
  EXPECT_EQ(run_with("awgn@9.0.0").first, 1.0);
  // Where it is not named nothing changes.
  EXPECT_EQ(run_with("ideal").first, 0.0);
}

TEST_F(ExtensionTest, OneFolderNamedTwiceIsNoConflict) {
  put("turning-1");
  write("x.json", config("turning"));
  expect(0, {"--plugins", "mine", "--plugins", (folder() / "mine").string(), "run", "x.json"});
}

TEST_F(ExtensionTest, MissingLibraryIsNamed) {
  const auto plugin = put("leaning");
  const auto support = folder() / "mine/libleaned-on.so.1";
  fs::copy_file(fs::path(TANDEM_EXTENSIONS) / "libleaned-on.so.1", support);
  EXPECT_EQ(run_with("leaning").first, 1.0);
  fs::remove(support);
  fs::remove_all(folder() / "runs");
  const std::string says = "mine/leaning.so: needs libleaned-on.so.1, which is not there";
  refused(3, "leaning", {"link.channel: ", says});
  expect(3, {"--plugins", "mine", "validate", "x.json"});
  EXPECT_THAT(expect(3, {"--plugins", "mine", "doctor"}).out, HasSubstr("  leaning: " + says));
  EXPECT_THAT(expect(0, {"--plugins", "mine", "list"}).out, HasSubstr("  leaning            cannot be used: " + says));
  // The tool that writes manifests loads it, and hands on what the loader says.
  Command describe;
  describe.arguments = {(build_dir() / "bin/tandem-manifest").string(), plugin};
  EXPECT_THAT(expect(3, describe).err,
              HasSubstr("leaning.so: cannot be loaded: libleaned-on.so.1: cannot open shared object file"));
}

TEST_F(ExtensionTest, LibraryIsFoundWhereTheLinkerIsTold) {
  put("leaning");
  fs::create_directory(folder() / "support");
  fs::copy_file(fs::path(TANDEM_EXTENSIONS) / "libleaned-on.so.1", folder() / "support/libleaned-on.so.1");
  write("x.json", config("leaning"));
  Command told = command({"--plugins", "mine", "run", "x.json"});
  told.environment["LD_LIBRARY_PATH"] = (folder() / "support").string();
  expect(0, told);
}

TEST_F(ExtensionTest, BrokenLibraryHidesNoOther) {
  put("turning-1");
  write("mine/broken.so", "this is no library, although it is called one: it is shorter than the header of one");
  const Ended listed = expect(0, {"--plugins", "mine", "list"});
  EXPECT_THAT(listed.out, HasSubstr("\n  turning            "));
  EXPECT_THAT(listed.out, HasSubstr("\n  awgn               "));
  EXPECT_THAT(listed.out,
              HasSubstr("  broken             cannot be used: mine/broken.so: is not a 64-bit ELF library"));
  EXPECT_EQ(run_with("turning").first, 0.0);
  EXPECT_THAT(expect(3, {"--plugins", "mine", "doctor"}).out,
              HasSubstr("  broken: mine/broken.so: is not a 64-bit ELF library"));
}

}  // namespace
}  // namespace tandem::test
