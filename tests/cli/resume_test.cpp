// The same config gives the same results.csv, however it is run.
#include <csignal>
#include <random>

#include "command_test.hpp"

namespace tandem::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Text behind a language model, in two arms whose energy is shared; the point ends by its errors.
const std::string text_config = R"({
  "source": {"text-lines": {"path": "corpus:sample"}},
  "link": {"tokenizer": "bytes", "model": {"ppm": {"text": "corpus:prime", "order": 4}}, "coder": "arithmetic",
           "code": {"array-ldpc": {"p": 7, "rows": 4}}, "decoder": {"bp": {"iterations": 10}}, "modem": "bpsk", "channel": "awgn"},
  "arms": {"ppm": {}, "fixed": {"link.model": null, "link.coder": "fixed"}},
  "snr": {"unified_snr_db": [1, 3], "reference": "ppm"},
  "metrics": ["bleu", "ber", "bler", "frame", "compression"],
  "stop": {"frames": 600, "frame_errors": 100}
}
)";

const std::string bits_frames_config = R"({
  "source": {"random-bits": {"length": 100}},
  "link": {"code": {"array-ldpc": {"p": 7, "rows": 4}}, "decoder": {"bp": {"iterations": 50}}, "modem": "bpsk", "channel": {"rayleigh": {"fading": "frame"}}},
  "arms": {"bp": {}, "min-sum": {"link.decoder": {"min-sum": {"iterations": 20}}}, "none": {"link.code": null, "link.decoder": null}},
  "snr": {"es_n0_db": [0, 4]},
  "metrics": ["ber", "bler", "decoder"],
  "stop": {"frames": 3000}
}
)";

class ResumeTest : public CommandTest {
 protected:
  std::string csv(const std::string& out) const { return read_file(folder() / out / "results.csv"); }

  // Runs to the end in a folder of its own; what results.csv says then.
  std::string results(const std::string& config, const std::string& out, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"run", config, "--out", out});
    expect(0, more);
    return csv(out);
  }

  Json summary(const std::string& config, const std::string& out) const {
    return Json::parse(lines_of(expect(0, {"run", config, "--out", out, "--json"}).out).back())["summary"];
  }

  // Kills the run at `kills` random moments and goes on each time, then lets it end.
  void survives_kills(const std::string& config, int kills, std::uint32_t seed) const {
    const auto start = Clock::now();
    const std::string whole = results(config, "whole");
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    std::mt19937 random(seed);
    int killed = 0;
    for (int i = 0; killed < kills && i < 8 * kills; ++i) {
      Process running(command({"run", config, "--out", "killed", "--threads", i % 2 ? "1" : "2"}));
      std::this_thread::sleep_for(std::chrono::duration<double>(0.7 * took * static_cast<double>(random() % 1000) / 1000.0));
      running.send_signal(SIGKILL);
      const Ended ended = running.wait();
      if (ended.signal == SIGKILL)
        ++killed;
      else
        EXPECT_EQ(ended.code, 0) << ended.err;
      if (ended.code == 0) {
        // It came to its end: the next one starts afresh.
        EXPECT_EQ(csv("killed"), whole);
        fs::remove_all(folder() / "killed");
      }
    }
    EXPECT_EQ(killed, kills);
    EXPECT_EQ(results(config, "killed"), whole);
    EXPECT_EQ(summary(config, "killed")["units_run"], 0);
  }
};

TEST_F(ResumeTest, ThreadsAndBatchesChangeNothing) {
  write("text.json", text_config);
  write("bits.json", bits_frames_config);
  for (const std::string name : {"text", "bits"}) {
    const std::string config = name + ".json";
    const std::string one = results(config, name + "1", {"--threads", "1"});
    EXPECT_GT(lines_of(one).size(), 10u);
    EXPECT_EQ(results(config, name + "2", {"--threads", "2", "--batch", "1"}), one);
    EXPECT_EQ(results(config, name + "3", {"--threads", "4", "--batch", "3"}), one);
    EXPECT_EQ(results(config, name + "4", {"--threads", "4", "--batch", "64"}), one);
  }
}

TEST_F(ResumeTest, KillsOfATextRunChangeNothing) {
  write("text.json", text_config);
  survives_kills("text.json", 10, 1);
}

TEST_F(ResumeTest, KillsOfABitRunChangeNothing) {
  write("bits.json", bits_frames_config);
  survives_kills("bits.json", 10, 2);
}

TEST_F(ResumeTest, SecondsSuspend) {
  write("bits.json", bits_frames_config);
  const std::vector<std::string> more = {"--set", "stop.frames=10000"};
  const auto start = Clock::now();
  const std::string whole = results("bits.json", "whole", more);
  const std::string slice = std::to_string(std::chrono::duration<double>(Clock::now() - start).count() / 6);
  int suspended = 0;
  for (int i = 0; i < 100; ++i) {
    const Ended ended = tandem({"run", "bits.json", "--out", "slices", "--seconds", slice, "--json", more[0], more[1]});
    const Json last = Json::parse(lines_of(ended.out).back())["summary"];
    if (ended.code == 0) {
      EXPECT_EQ(last["stopped_by"], "finished");
      break;
    }
    ASSERT_EQ(ended.code, 75) << ended.err;
    EXPECT_EQ(last["stopped_by"], "seconds");
    // Only finished points are listed, and they are final.
    for (const auto& line : lines_of(csv("slices"))) EXPECT_THAT(whole, ::testing::HasSubstr(line + "\n"));
    ++suspended;
  }
  EXPECT_GE(suspended, 1);
  EXPECT_EQ(csv("slices"), whole);
}

TEST_F(ResumeTest, InterruptKeepsResults) {
  write("bits.json", bits_frames_config);
  Process running(command({"run", "bits.json", "--set", "stop.frames=100000000", "--out", "o", "--json"}));
  const auto units_done = [&] {
    const Ended plan = tandem({"plan", "bits.json", "--set", "stop.frames=100000000", "--out", "o", "--json"});
    return plan.code == 0 && fs::exists(folder() / "o/config.json") ? Json::parse(plan.out)["points"][0]["units"]["done"].get<int>() : 0;
  };
  for (int i = 0; i < 300 && units_done() == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  running.send_signal(SIGINT);
  const Ended ended = running.wait();
  EXPECT_EQ(ended.code, 130) << ended.err;
  const Json first = Json::parse(lines_of(ended.out).back())["summary"];
  EXPECT_EQ(first["stopped_by"], "interrupt");
  EXPECT_GT(first["units_run"].get<int>(), 0);
  // The units are there for whoever goes on; the last one of a smaller experiment is cut and thus new.
  EXPECT_TRUE(fs::exists(folder() / "o/results.csv"));
  const Json second = summary("bits.json", "o");
  EXPECT_GT(second["units_reused"].get<int>(), 0);
  EXPECT_EQ(csv("o"), results("bits.json", "afresh"));
}

TEST_F(ResumeTest, AChangedArmAloneRunsAgain) {
  write("bits.json", bits_frames_config);
  const Json first = summary("bits.json", "o");
  const int units = first["units_run"].get<int>();
  EXPECT_EQ(units % 6, 0);  // three arms at two points
  EXPECT_EQ(first["units_reused"], 0);
  const Json again = summary("bits.json", "o");
  EXPECT_EQ(again["units_run"], 0);
  EXPECT_EQ(again["units_reused"], units);
  std::string changed = bits_frames_config;
  changed.replace(changed.find("\"iterations\": 20"), 16, "\"iterations\": 21");
  write("bits.json", changed);
  const Json edited = summary("bits.json", "o");
  EXPECT_EQ(edited["units_run"], units / 3);
  EXPECT_EQ(edited["units_reused"], units / 3 * 2);
  // Names, titles and the order of arms are no part of what a unit is.
  changed.replace(changed.find("\"none\": {"), 6, "\"bare\"");
  changed.insert(1, "\"title\": \"another\",");
  write("bits.json", changed);
  EXPECT_EQ(summary("bits.json", "o")["units_run"], 0);
}

TEST_F(ResumeTest, ARepeatedRunOfAnErrorRuleRunsNothing) {
  write("text.json", text_config);
  EXPECT_GT(summary("text.json", "o")["units_run"].get<int>(), 0);
  const std::string once = csv("o");
  EXPECT_EQ(summary("text.json", "o")["units_run"], 0);
  EXPECT_EQ(csv("o"), once);
}

TEST_F(ResumeTest, PairedArmsEndTogether) {
  std::string config = bits_frames_config;
  config.replace(config.find("\"frames\": 3000"), 14, "\"frames\": 30000, \"frame_errors\": 30");
  write("x.json", config);
  const auto frames = [&](const std::string& out, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"run", "x.json", "--json", "--out", out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::map<std::string, std::vector<int>> by_point;
    for (const auto& line : lines_of(expect(0, arguments).out)) {
      const Json row = Json::parse(line);
      if (row.contains("arm")) by_point[row["point"].dump()].push_back(row["frames"].get<int>());
    }
    return by_point;
  };
  for (const auto& [point, counts] : frames("paired", {})) {
    EXPECT_THAT(counts, ::testing::Each(counts[0])) << point;
    EXPECT_LT(counts[0], 30000);
    EXPECT_EQ(counts.size(), 3u);
  }
  bool differ = false;
  for (const auto& [point, counts] : frames("alone", {"--set", "stop.paired=false"}))
    for (const int count : counts) differ = differ || count != counts[0];
  EXPECT_TRUE(differ);
}

}  // namespace
}  // namespace tandem::test
