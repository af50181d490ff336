#pragma once

#include <algorithm>

#include "cli/command_test.hpp"
#include "faults.hpp"

namespace tandem::test {

/// `tandem check` over the plugins of this folder.
class CheckTest : public CommandTest {
 protected:
  static std::filesystem::path library(const std::string& plugin) { return std::filesystem::path(TANDEM_BROKEN_PLUGINS) / (plugin + ".so"); }

  Command check(std::vector<std::string> more) const {
    more.insert(more.begin(), {"check", "--plugins", TANDEM_BROKEN_PLUGINS});
    return ending_plainly(command(more));
  }
  /// One library, or one plugin by its path.
  Command check(const BrokenLaw& broken, const std::vector<std::string>& more) const {
    std::vector<std::string> all = {library(broken.plugin).string()};
    if (!broken.fault.empty()) all.insert(all.end(), {"--fields", Json{{"fault", broken.fault}}.dump()});
    all.insert(all.end(), broken.more.begin(), broken.more.end());
    all.insert(all.end(), more.begin(), more.end());
    Command out = check(all);
    if (broken.plugin.ends_with("-asan")) watch(out);
    return out;
  }

  /// AddressSanitizer must be there before everything else.
  static void watch(Command& command) {
    command.environment["LD_PRELOAD"] = TANDEM_SANITIZER_LIBRARY;
    command.environment["ASAN_OPTIONS"] = "detect_leaks=0";
  }
  static bool can_watch() { return std::filesystem::exists(TANDEM_SANITIZER_LIBRARY); }
  static bool watched() {
#ifdef __SANITIZE_ADDRESS__
    return true;
#else
    return false;
#endif
  }

  /// In a build with AddressSanitizer: what leaks is meant to, and a signal ends a process as it does in other builds.
  static Command ending_plainly(Command command) {
    if (watched()) command.environment["ASAN_OPTIONS"] = "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigill=0";
    return command;
  }

  /// The verdicts of a command with --json that ended with `code`.
  static Json verdicts(int code, const Command& command) {
    const Ended ended = expect(code, command);
    Json out = Json::parse(ended.out, nullptr, false);
    EXPECT_TRUE(out.is_array()) << ended.out << ended.err;
    return out.is_array() ? out : Json::array();
  }

  /// What the kit tells to type, typed into a shell.
  Command typed(const std::string& line) const {
    Command out = command({});
    out.arguments = {"/bin/sh", "-c", line};
    out.environment["PATH"] = (build_dir() / "bin").string() + ":/usr/bin:/bin";
    return ending_plainly(std::move(out));
  }

  /// The kit sees that the law is broken, and says why; and its command says the same once more.
  void expect_broken(const BrokenLaw& broken) const {
    const Json found = verdicts(5, check(broken, {"--case", broken.law, "--seed", "7", "--json"}));
    ASSERT_EQ(found.size(), 1u) << found.dump(1);
    const Json& verdict = found[0];
    EXPECT_EQ(verdict["plugin"], broken.plugin);
    EXPECT_EQ(verdict["case"], broken.law);
    EXPECT_EQ(verdict["ok"], false);
    EXPECT_EQ(verdict["seed"], 7);
    EXPECT_THAT(verdict["message"].get<std::string>(), ::testing::HasSubstr(broken.says));
    const std::string repeat = verdict["repeat"];
    EXPECT_THAT(repeat, ::testing::EndsWith("--case " + broken.law + " --seed 7 --here"));
    if (broken.kills) return;
    const Json again = verdicts(5, typed(repeat + " --json"));
    ASSERT_EQ(again.size(), 1u) << repeat;
    EXPECT_EQ(again[0]["ok"], false);
    EXPECT_EQ(again[0]["case"], broken.law);
    EXPECT_THAT(again[0]["message"].get<std::string>(), ::testing::HasSubstr(broken.says));
  }
};

}  // namespace tandem::test
