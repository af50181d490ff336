// Runs whose components are executables: the same results for any batch and thread, failures that cost only their arm.
#include <signal.h>

#include "command_test.hpp"

namespace tandem::test {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ProcessTest : public CommandTest {
 protected:
  static Json stage(const std::string& plugin, Json fields = Json::object(), Json others = Json::object()) {
    others["command"] = {"python3"};
    others["script"] = (source_dir() / "tests/unit/process/child.py").string();
    others["fields"] = std::move(fields);
    return {{plugin, std::move(others)}};
  }
  // Frames of 24 bits through an LDPC code, changed by `arms`.
  std::string bits(Json arms, Json metrics = {"ber", "bler"}) const {
    return Json{{"source", {{"random-bits", {{"length", 24}}}}},
                {"link", {{"code", "array-ldpc"}, {"decoder", "min-sum"}, {"modem", "bpsk"}, {"channel", "awgn"}}},
                {"arms", std::move(arms)},
                {"snr", {{"es_n0_db", 1}}},
                {"metrics", std::move(metrics)},
                {"stop", {{"frames", 200}}}}
        .dump(2);
  }
  std::string results(const std::string& name, const std::vector<std::string>& options) const {
    std::vector<std::string> arguments = {"run", name, "--out", "out"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    fs::remove_all(folder() / "out");
    expect(0, arguments);
    return read_file(folder() / "out/results.csv");
  }
};

TEST_F(ProcessTest, BatchesAndThreadsChangeNothing) {
  write("x.json", bits({{"channel", {{"link.channel", stage("process-channel")}}},
                        {"decoder", {{"link.decoder", stage("process-decoder")}}}},
                       {"ber", stage("process-metric")}));
  const auto one = results("x.json", {"--batch", "1", "--threads", "1"});
  EXPECT_THAT(one, HasSubstr("channel,1,process-metric.wrong,"));
  EXPECT_THAT(one, HasSubstr("decoder,1,process-metric.thousand,"));
  EXPECT_EQ(results("x.json", {"--batch", "64", "--threads", "1"}), one);
  EXPECT_EQ(results("x.json", {"--batch", "3", "--threads", "2"}), one);
  EXPECT_EQ(results("x.json", {"--batch", "64", "--threads", "2"}), one);
}

TEST_F(ProcessTest, AModelCodesTextWithoutLoss) {
  write("text.txt", "one line\nand another one\nand the last\n");
  write("x.json", Json{{"source", {{"text-lines", {{"path", "text.txt"}}}}},
                       {"link",
                        {{"tokenizer", "bytes"},
                         {"model", stage("process-model")},
                         {"coder", "arithmetic"},
                         {"modem", "bpsk"},
                         {"channel", "ideal"}}},
                       {"metrics", {"frame", "compression"}},
                       {"stop", {{"frames", 6}}}}
                      .dump());
  const auto one = results("x.json", {"--batch", "1", "--threads", "1"});
  EXPECT_THAT(one, HasSubstr("frame.errors,0,"));
  EXPECT_EQ(results("x.json", {"--batch", "64", "--threads", "2"}), one);
}

TEST_F(ProcessTest, AMetricHasRowsWhereItsNeedsAreMet) {
  write("text.txt", "a line\n");
  Json config = Json::parse(
      bits({{"coded", Json::object()}}, {"ber", stage("process-metric", {{"description", {{"needs", {"items"}}}}})}));
  write("bits.json", config.dump());
  const auto bits_only = results("bits.json", {});
  EXPECT_THAT(bits_only, Not(HasSubstr("process-metric")));
  config["source"] = {{"text-lines", {{"path", "text.txt"}}}};
  config["link"]["tokenizer"] = "bytes";
  config["link"]["coder"] = "fixed";
  write("text.json", config.dump());
  EXPECT_THAT(results("text.json", {}), HasSubstr("process-metric.wrong"));
}

TEST_F(ProcessTest, AFailureCostsOnlyItsArm) {
  write("x.json",
        bits({{"dies", {{"link.decoder", stage("process-decoder", {{"fault", "exit"}, {"at", 3}})}}},
              {"silent", {{"link.decoder", stage("process-decoder", {{"fault", "silent"}}, {{"timeout", 2}})}}},
              {"babbles", {{"link.decoder", stage("process-decoder", {{"fault", "print"}})}}},
              {"fine", Json::object()}}));
  Command given = command({"run", "x.json", "--batch", "16"});
  given.seconds = 60;
  const Ended ended = expect(1, given);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("dies failed: process-decoder: python3 "),
                               HasSubstr("child.py: ended with exit status 3 before it answered \"decode\""),
                               HasSubstr("out of cheese")));
  EXPECT_THAT(ended.err, AllOf(HasSubstr("silent failed: process-decoder: "),
                               HasSubstr("gave no answer to \"decode\" within 2 s")));
  EXPECT_THAT(ended.err, AllOf(HasSubstr("babbles failed: process-decoder: "),
                               HasSubstr("what is no message: \"epoch 1: loss 0.5\"")));
  EXPECT_THAT(ended.err, HasSubstr("(at es_n0_db = 1, frames 0 to "));
  const auto csv = read_file(folder() / "runs/x/results.csv");
  EXPECT_THAT(csv, AllOf(HasSubstr("fine,1,ber.info"), Not(HasSubstr("dies")), Not(HasSubstr("silent")),
                         Not(HasSubstr("babbles"))));
}

TEST_F(ProcessTest, WhatCannotStartIsFoundBeforeTheFirstFrame) {
  write("x.json", bits({{"a", {{"link.decoder", {{"process-decoder", {{"command", {"no-such-program"}}}}}}}}}));
  EXPECT_THAT(
      expect(2, {"run", "x.json"}).err,
      AllOf(HasSubstr("link.decoder.command: there is no program \"no-such-program\" in PATH"), HasSubstr("x.json:")));
  write("y.json", bits({{"a", {{"link.decoder", stage("process-decoder", {{"fault", "exit"}, {"at", 1}})}}}}));
  EXPECT_THAT(expect(2, {"run", "y.json"}).err,
              AllOf(HasSubstr("link.decoder: cannot be bound to \"code\""),
                    HasSubstr("ended with exit status 3 before it answered \"hello\"")));
  write("z.json", bits({{"a", {{"link.decoder", {{"process-decoder", {{"script", "gone.py"}}}}}}}}));
  EXPECT_THAT(expect(2, {"run", "z.json"}).err, HasSubstr("link.decoder.script: \"gone.py\" does not exist"));
}

TEST_F(ProcessTest, AChangedScriptIsAnotherDecoder) {
  const auto script = folder() / "child.py";
  fs::copy(source_dir() / "tests/unit/process/child.py", script);
  write("x.json", bits({{"a",
                         {{"link.decoder",
                           {{"process-decoder",
                             {{"command", {"python3"}}, {"script", "child.py"}, {"fields", Json::object()}}}}}}}}));
  const auto summary = [&] { return lines_of(expect(0, {"run", "x.json", "--json"}).out).back(); };
  EXPECT_THAT(summary(), HasSubstr("\"units_reused\":0"));
  EXPECT_THAT(summary(), HasSubstr("\"units_run\":0"));
  std::ofstream(script, std::ios::app) << "# another one\n";
  EXPECT_THAT(summary(), HasSubstr("\"units_reused\":0"));
}

TEST_F(ProcessTest, DescribingAndCheckingStartNothing) {
  write("x.json",
        bits({{"a", {{"link.channel", stage("process-channel", {{"told", (folder() / "told").string()}})}}}}));
  expect(0, {"validate", "x.json"});
  expect(0, {"describe", "process-channel"});
  EXPECT_FALSE(fs::exists(folder() / "told"));
}

TEST_F(ProcessTest, AKilledHostLeavesNoChildBehind) {
  const auto told = folder() / "told";
  write("x.json",
        bits({{"a", {{"link.decoder", stage("process-decoder", {{"fault", "silent"}, {"told", told.string()}})}}}}));
  pid_t child = 0;
  {
    Process host(command({"run", "x.json", "--threads", "1"}));
    for (int i = 0; i < 300 && child == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      const auto known = Json::parse(read_file(told), nullptr, false);
      if (known.is_object()) child = known["pid"].get<pid_t>();
    }
    ASSERT_NE(child, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // it is in its long silence
    EXPECT_EQ(kill(child, 0), 0);
    host.send_signal(SIGKILL);
    EXPECT_EQ(host.wait().signal, SIGKILL);
  }
  const auto running = [&] {
    const auto status = read_file("/proc/" + std::to_string(child) + "/stat");
    return !status.empty() && status.find(") Z ") == std::string::npos;  // whoever adopted it may be slow to reap it
  };
  for (int i = 0; i < 100 && running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(running());
}

// ---- what docs/examples/process shows

TEST_F(ProcessTest, TheExampleOfTheStandardLibraryRunsAnywhere) {
  const auto config = (source_dir() / "docs/examples/process/impulse.json").string();
  const auto one = results(config, {"--batch", "1", "--threads", "1", "--set", "stop.frames=300"});
  EXPECT_EQ(results(config, {"--batch", "64", "--threads", "2", "--set", "stop.frames=300"}), one);
  EXPECT_THAT(one, HasSubstr("impulsive,2,ber.code,"));
}

TEST_F(ProcessTest, TheExampleOfTheStandardLibraryRefusesOtherFields) {
  const auto script = (source_dir() / "docs/examples/process/impulse.py").string();
  const Json channel = {{"command", {"python3"}}, {"script", script}, {"fields", {{"force", 3}}}};
  write("x.json", bits({{"a", {{"link.channel", {{"process-channel", channel}}}}}}));
  EXPECT_THAT(expect(2, {"run", "x.json"}).err, HasSubstr("says: there are no fields but rate and strength"));
}

TEST_F(ProcessTest, TheExampleOfNumpyRefusesWhatItCannotDecode) {
  Command asked;
  asked.arguments = {"/usr/bin/env", "python3", "-c", "import numpy"};
  if (run(asked).code != 0) GTEST_SKIP() << "numpy is not installed";
  const auto script = (source_dir() / "docs/examples/process/min_sum.py").string();
  const auto complaint = [&](Json code, Json fields) {
    const Json decoder = {{"command", {"python3"}}, {"script", script}, {"fields", std::move(fields)}};
    write("x.json", bits({{"a", {{"link.code", std::move(code)}, {"link.decoder", {{"process-decoder", decoder}}}}}}));
    return expect(2, {"run", "x.json"}).err;
  };
  EXPECT_THAT(complaint("array-ldpc", {{"normalise", 1}}), HasSubstr("says: there is no field normalise"));
  EXPECT_THAT(complaint("uncoded", Json::object()), HasSubstr("says: the code has no parity checks"));
}

TEST_F(ProcessTest, TheExampleOfNumpyDecodesAsTheBuiltInDecoder) {
  Command asked;
  asked.arguments = {"/usr/bin/env", "python3", "-c", "import numpy"};
  if (run(asked).code != 0) GTEST_SKIP() << "numpy is not installed";
  const auto config = (source_dir() / "docs/examples/process/min_sum.json").string();
  const auto one = results(config, {"--batch", "1", "--threads", "1", "--set", "stop.frames=300"});
  EXPECT_EQ(results(config, {"--batch", "64", "--threads", "2", "--set", "stop.frames=300"}), one);
  std::map<std::string, std::vector<std::string>> rows;
  for (const auto& line : lines_of(one))
    rows[line.substr(0, line.find(','))].push_back(line.substr(line.find(',') + 1));
  EXPECT_GT(rows["numpy"].size(), 5u);
  EXPECT_EQ(rows["numpy"], rows["built-in"]);
}

}  // namespace
}  // namespace tandem::test
