// Children that die, fall silent or babble: an Error that says what happened, no hang, nothing left behind.
#include <gmock/gmock.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <tandem/channel.hpp>
#include <thread>

#include "children.hpp"
#include "support/process.hpp"

namespace tandem::test {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Observation transmit(const Channel& channel, std::size_t frames = 3) {
  Symbols x{Ragged<float>(frames, 8), 1};
  std::ranges::fill(x.values.values(), 1.0f);
  return channel.transmit(x, 1, Noise(1, "channel", 0));
}

// What a call says whose answer, the second of its child, has the fault.
std::string complaint(const std::string& fault, double timeout = 20) {
  const auto channel = make<Channel>("process-channel", child_fields({{"fault", fault}}, {{"timeout", timeout}}));
  try {
    transmit(*channel);
  } catch (const Error& error) {
    expect_no_children();  // what failed is not kept
    return error.what();
  }
  return "(nothing was thrown)";
}

TEST(ProcessFailure, SaysHowTheChildEnded) {
  EXPECT_THAT(complaint("exit"), AllOf(HasSubstr("child.py: ended with exit status 3 before it answered \"transmit\""),
                                       HasSubstr("standard error ends with\nout of cheese")));
  EXPECT_THAT(complaint("exit-in-answer"),
              HasSubstr("ended with exit status 0 before it answered \"transmit\"; its standard error is empty"));
  EXPECT_THAT(complaint("kill"), HasSubstr("was ended by signal 9 (Killed) before it answered"));
  EXPECT_THAT(complaint("exception"), AllOf(HasSubstr("ended with exit status 1"), HasSubstr("RuntimeError: a bug")));
  EXPECT_THAT(complaint("close"), HasSubstr("closed its standard output before it answered \"transmit\""));
}

TEST(ProcessFailure, DoesNotWaitForASilentChild) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(complaint("silent", 1),
              AllOf(HasSubstr("gave no answer to \"transmit\" within 1 s"), HasSubstr("thinking")));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

TEST(ProcessFailure, NoticesAnEndWhoeverHoldsThePipes) {
  for (const auto* fault : {"grandchild", "grandchild-of-another-session"})
    EXPECT_THAT(complaint(fault, 500), AllOf(HasSubstr("ended with exit status 4 before it answered \"transmit\""),
                                             HasSubstr("leaves a child behind")));
}

TEST(ProcessFailure, ManyThatWillNotEndAreWaitedForTogether) {
  auto channel = make<Channel>("process-channel", child_fields({{"lingers", true}}, {{"processes", 8}}));
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) threads.emplace_back([&] { transmit(*channel, 2000); });
  for (auto& thread : threads) thread.join();
  channel.reset();
  expect_no_children();
}

TEST(ProcessFailure, RefusesWhatIsNoAnswer) {
  EXPECT_THAT(
      complaint("print"),
      HasSubstr("wrote to its standard output what is no message: \"epoch 1: loss 0.5\". Answers alone belong there"));
  EXPECT_THAT(complaint("magic"), HasSubstr("what is no message: \"TNDX\\x02"));
  EXPECT_THAT(complaint("kind"), HasSubstr("answered with a message of kind 3 where one of kind 2 belongs"));
  EXPECT_THAT(complaint("number"), HasSubstr("answered request 1, but request 2 waits"));
  EXPECT_THAT(complaint("claim"), HasSubstr("claims an answer of 1152921504606846976 bytes"));
  EXPECT_THAT(complaint("rows"), HasSubstr("2305843009213693952 rows of y, 3 were asked for"));
  EXPECT_THAT(complaint("lengths"), HasSubstr("ends before all of its y stand in it"));
  EXPECT_THAT(complaint("short"), HasSubstr("its answer ends before all of its csi stand in it"));
  EXPECT_THAT(complaint("long"), HasSubstr("its answer has 8 bytes too many"));
  EXPECT_THAT(complaint("nan"), HasSubstr("holds values of csi that are not a number"));
  EXPECT_THAT(complaint("refusal-claim"), HasSubstr("claims an answer of 16777217 bytes, more than the largest of"));
}

TEST(ProcessFailure, AnAnswerOfTheWrongShapeNamesTheRow) {
  const auto channel = make<Channel>(
      "process-channel", child_fields({{"description", {{"noise", {{{"kind", "normals"}}, {{"kind", "uniforms"}}}}}}}));
  EXPECT_THROW(transmit(*channel), Error);  // the child asserts two uniforms a dimension
}

TEST(ProcessFailure, ARefusalLeavesTheChildAlive) {
  const TemporaryFolder folder;
  const auto told = folder.path() / "told.json";
  const auto channel = make<Channel>("process-channel", child_fields({{"fault", "refuse"}, {"told", told.string()}}));
  const auto before = read_file(told);
  try {
    transmit(*channel);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("child.py: says: weights \xef\xbf\xbd are missing"));  // as UTF-8
    EXPECT_THAT(error.what(), Not(HasSubstr("standard error")));
  }
  EXPECT_EQ(transmit(*channel).y.values.rows(), 3u);
  EXPECT_EQ(read_file(told), before);  // the same child
}

TEST(ProcessFailure, AnAnswerToWhatWasNotReadIsNone) {
  const auto channel = make<Channel>("process-channel", child_fields({{"fault", "deaf"}}));
  try {
    transmit(*channel);
    transmit(*channel, 200'000);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("answered before it had read all that it was sent"));
  }
}

TEST(ProcessFailure, TheNextCallStartsAnew) {
  const TemporaryFolder folder;
  const auto told = folder.path() / "told.json";
  const auto channel =
      make<Channel>("process-channel", child_fields({{"fault", "exit"}, {"at", 3}, {"told", told.string()}}));
  const auto first = nlohmann::json::parse(read_file(told))["pid"];
  const Observation one = transmit(*channel);
  EXPECT_THROW(transmit(*channel), Error);
  EXPECT_EQ(transmit(*channel).y.values, one.y.values);
  EXPECT_NE(nlohmann::json::parse(read_file(told))["pid"], first);
}

TEST(ProcessFailure, KilledFromOutsideIsNoticedAndReplaced) {
  const TemporaryFolder folder;
  const auto told = folder.path() / "told.json";
  const auto channel = make<Channel>("process-channel", child_fields({{"told", told.string()}}));
  transmit(*channel);
  kill(nlohmann::json::parse(read_file(told))["pid"].get<pid_t>(), SIGKILL);
  try {
    transmit(*channel, 20'000);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("was ended by signal 9 (Killed)"));
  }
  EXPECT_EQ(transmit(*channel).y.values.rows(), 3u);
}

TEST(ProcessFailure, AFloodOfWordsIsReadAndItsEndKept) {
  EXPECT_THAT(complaint("flood-and-exit"), AllOf(HasSubstr("a line of a very long log 29980 "), HasSubstr("log 29999 "),
                                                 Not(HasSubstr("log 29979 "))));
  EXPECT_EQ(complaint("flood"), "(nothing was thrown)");
}

TEST(ProcessFailure, ShowsTwentyLinesAtMostWithoutControlCharacters) {
  const TemporaryFolder folder;
  const auto script = folder.path() / "loud.sh";
  std::ofstream(script) << "#!/bin/sh\nfor i in $(seq 100); do printf 'line %d \\033[31m\\n' $i >&2; done\nexit 9\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  try {
    make<Channel>("process-channel", nlohmann::json({{"script", script.string()}}).dump());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("ended with exit status 9 before it answered \"hello\""),
                                    HasSubstr("ends with\nline 81 [31m\nline 82"), HasSubstr("line 100 [31m"),
                                    Not(HasSubstr("line 80 "))));
  }
  expect_no_children();
}

TEST(ProcessFailure, WhatCannotBeStartedIsNamed) {
  const auto says = [](nlohmann::json fields) -> std::string {
    try {
      make<Channel>("process-channel", fields.dump());
    } catch (const Error& error) {
      return error.what();
    }
    return "(nothing was thrown)";
  };
  const TemporaryFolder folder;
  const auto plain = folder.path() / "plain", broken = folder.path() / "broken";
  std::ofstream(plain) << "text";
  std::ofstream(broken) << "#!/no/such/interpreter\n";
  std::filesystem::permissions(broken, std::filesystem::perms::owner_all);
  EXPECT_THAT(says(nlohmann::json::object()), HasSubstr("script: there is nothing to start"));
  EXPECT_THAT(says({{"command", {"no-such-program-at-all"}}}),
              HasSubstr("command: there is no program \"no-such-program-at-all\" in PATH"));
  EXPECT_THAT(says({{"command", {"./no-such-program"}}}), HasSubstr("command: \"./no-such-program\" does not exist"));
  EXPECT_THAT(says({{"command", {""}}}), HasSubstr("command: there is no program \"\" in PATH"));
  EXPECT_THAT(says({{"script", plain.string()}}), AllOf(HasSubstr("script: "), HasSubstr("is no executable file")));
  EXPECT_THAT(says({{"script", broken.string()}}), HasSubstr("cannot be started: No such file or directory"));
  EXPECT_THAT(says({{"command", {"true"}}}), HasSubstr("true: ended with exit status 0 before it answered \"hello\""));
  EXPECT_THAT(says({{"command", {"echo", "hello"}}}), HasSubstr("what is no message: \"hello\""));
  EXPECT_THAT(says({{"command", {"cat"}}}), HasSubstr("describes itself with an unknown key"));  // it repeats our hello
  expect_no_children();
}

TEST(ProcessFailure, AScriptThatChangesWhileItIsInUseIsRefused) {
  const TemporaryFolder folder;
  const auto script = folder.path() / "child.py";
  std::filesystem::copy(source_dir() / "tests/unit/process/child.py", script);
  const nlohmann::json fields = {
      {"command", {"python3"}}, {"script", script.string()}, {"fields", {{"fault", "exit"}}}};
  const auto channel = make<Channel>("process-channel", fields.dump());
  EXPECT_THROW(transmit(*channel), Error);
  std::ofstream(script, std::ios::app) << "# edited\n";
  try {
    transmit(*channel);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("its files have changed since the first was started"));
  }
}

TEST(ProcessFailure, ThreadsFailAloneAndTogether) {
  const auto channel =
      make<Channel>("process-channel", child_fields({{"fault", "exit"}, {"at", 4}}, {{"processes", 3}}));
  std::atomic<int> failed = 0, fine = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 8; ++i) {
        try {
          ++(transmit(*channel).y.values.rows() == 3 ? fine : failed);
        } catch (const Error& error) {
          EXPECT_THAT(error.what(), HasSubstr("ended with exit status 3 before it answered \"transmit\""));
          ++failed;
        }
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fine + failed, 32);
  // Every child but the three that are left failed its third call, which nobody else is told of.
  EXPECT_GE(failed, 9);
  EXPECT_LE(failed, 10);
}

TEST(ProcessFailure, NothingIsLeftBehindAndSignalsAreAsBefore) {
  struct sigaction before, after;
  sigaction(SIGPIPE, nullptr, &before);
  for (int i = 0; i < 3; ++i) {
    const auto channel = make<Channel>("process-channel", child_fields({}, {{"processes", 4}}));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) threads.emplace_back([&] { transmit(*channel); });
    for (auto& thread : threads) thread.join();
  }
  expect_no_children();
  sigaction(SIGPIPE, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGPIPE), 0);
}

}  // namespace
}  // namespace tandem::test
