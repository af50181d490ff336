// `tandem report` on a run that the command made itself.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "command_test.hpp"
#include "support/markup.hpp"

namespace tandem::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ReportTest : public CommandTest {
 protected:
  void SetUp() override {
    write("x.json", R"({"title": "A code & none", "source": {"random-bits": {"length": 24}},
      "link": {"code": {"array-ldpc": {}}, "decoder": "bp", "modem": "bpsk", "channel": "awgn"},
      "arms": {"coded": {}, "plain": {"link.code": null, "link.decoder": null}},
      "snr": {"es_n0_db": [-2, 0, 2]}, "metrics": ["decoder", "ber", "bler"], "stop": {"frames": 300}})");
    expect(0, {"run", "x.json", "--out", "runs/one"});
  }
};

TEST_F(ReportTest, DrawsARun) {
  EXPECT_EQ(expect(0, {"report", "runs/one", "--metric", "ber.info", "-o", "runs/one/figure.svg"}).out, "runs/one/figure.svg\n");
  const std::string svg = read_file(folder() / "runs/one/figure.svg");
  EXPECT_THAT(svg, StartsWith("<svg "));
  for (const char* words : {">A code &amp; none<", ">coded<", ">plain<", "(ber.info)<", "<title>coded\nes_n0_db = -2: 0."})
    EXPECT_THAT(svg, HasSubstr(words));
  EXPECT_EQ(expect(0, {"report", "runs/one", "--metric", "ber.info", "-o", "again.svg"}).out, "again.svg\n");
  EXPECT_EQ(read_file(folder() / "again.svg"), svg);
  // A metric that only one arm has; no error rate, so a linear axis.
  expect(0, {"report", "runs/one", "--metric", "decoder.iterations", "-o", "iterations.svg"});
  EXPECT_THAT(read_file(folder() / "iterations.svg"), HasSubstr(">iterations a block (decoder.iterations)<"));
}

TEST_F(ReportTest, WritesAPage) {
  EXPECT_EQ(expect(0, {"report", "runs/one", "--curve", "curve:normal-approximation-49-24-awgn"}).out, "runs/one/report.html\n");
  const std::string page = read_file(folder() / "runs/one/report.html");
  EXPECT_EQ(fault_of_markup(page), "");
  for (const char* words : {"<h1>A code &amp; none</h1>", ">coded<", ">plain<", "normal approximation", "<title>coded\nes_n0_db = -2: 0.", "line dotted", "array-ldpc",
                            "tandem run x.json --out runs/one", "frames a second", "<dt>seed</dt><dd>1</dd>", "1800 at 6 points, 300 each", "The source yields bits, not text."})
    EXPECT_THAT(page, HasSubstr(words));
  // A frame of 24 bits is one block of 49 uses, or 24.
  EXPECT_THAT(page, HasSubstr("<title>plain: \u00d70.49, \u22123.10 dB</title>"));
  EXPECT_THAT(page, HasSubstr("the first 256 frames"));  // of few units single frames are sent again
  expect(0, {"run", "x.json", "--set", "stop.frames=2000", "--out", "runs/long"});
  expect(0, {"report", "runs/long"});
  for (const char* words : {"the first 2000 frames", "<title>plain: \u00d70.49, \u22123.10 dB</title>"})
    EXPECT_THAT(read_file(folder() / "runs/long/report.html"), HasSubstr(words));
  for (const char* words : {"http-equiv", "left out, as the run cannot be built"}) EXPECT_THAT(page, ::testing::Not(HasSubstr(words)));
  expect(0, {"report", "runs/one", "--curve", "curve:normal-approximation-49-24-awgn", "-o", "again.html"});
  EXPECT_EQ(read_file(folder() / "again.html"), page);
}

TEST_F(ReportTest, TheTableHasTheNumbersOfResultsCsv) {
  const auto mine = lines_of(expect(0, {"report", "runs/one", "--csv"}).out), theirs = lines_of(read_file(folder() / "runs/one/results.csv"));
  ASSERT_EQ(mine.size() + 1, theirs.size());
  EXPECT_EQ(mine[0], "run," + theirs[1]);
  for (std::size_t i = 1; i < mine.size(); ++i) EXPECT_EQ(mine[i], "one," + theirs[i + 1]);
  EXPECT_EQ(expect(0, {"report", "runs/one", "-o", "t.csv"}).out, "t.csv\n");
  EXPECT_EQ(lines_of(read_file(folder() / "t.csv")), mine);
}

TEST_F(ReportTest, WorkersOfOneConfigAreOneRunAndAUnitCountsOnce) {
  expect(0, {"run", "x.json", "--arm", "coded", "--out", "a/one"});
  expect(0, {"run", "x.json", "--arm", "plain", "--out", "b/one"});
  const std::string whole = expect(0, {"report", "runs/one", "--csv"}).out;
  EXPECT_EQ(expect(0, {"report", "a/one", "b/one", "--csv"}).out, whole);
  EXPECT_EQ(expect(0, {"report", "a/one", "b/one", "runs/one", "--csv"}).out, whole);
  // The tables alone say the same where the units are gone.
  for (const char* run : {"a/one", "b/one"}) std::filesystem::remove(folder() / run / "results.sqlite");
  EXPECT_EQ(expect(0, {"report", "a/one", "b/one", "--csv"}).out, whole);
  // Another config is another run.
  expect(0, {"run", "x.json", "--arm", "coded", "--set", "seed=2", "--out", "other"});
  const auto lines = lines_of(expect(0, {"report", "runs/one", "other", "--csv"}).out);
  EXPECT_EQ(std::ranges::count_if(lines, [](const auto& line) { return line.starts_with("other,coded,"); }), 21);  // 7 rows at 3 points
}

TEST_F(ReportTest, WorksOnARunThatIsNotFinished) {
  const std::string whole = expect(0, {"report", "runs/one", "--csv"}).out;
  std::filesystem::remove(folder() / "runs/one/results.csv");
  EXPECT_EQ(expect(0, {"report", "runs/one", "--csv"}).out, whole);
  expect(0, {"report", "runs/one"});
  EXPECT_THAT(read_file(folder() / "runs/one/report.html"), HasSubstr("1800 at 6 points"));
  // A fourth point, of which nothing is there yet.
  Json config = Json::parse(read_file(folder() / "runs/one/config.json"));
  config["snr"]["es_n0_db"] = {-2, 0, 2, 4};
  write("runs/one/config.json", config.dump());
  EXPECT_EQ(expect(0, {"report", "runs/one", "--csv"}).out, whole);
  // Nothing at all yet.
  config["seed"] = 9;
  write("runs/one/config.json", config.dump());
  EXPECT_THAT(expect(2, {"report", "runs/one"}).err, HasSubstr("has no results yet"));
}

TEST_F(ReportTest, LeavesOutWhatCannotBeBuilt) {
  Json config = Json::parse(read_file(folder() / "runs/one/config.json"));
  config["link"]["channel"] = "nowhere";
  write("runs/one/config.json", config.dump());
  expect(0, {"report", "runs/one"});
  const std::string page = read_file(folder() / "runs/one/report.html");
  EXPECT_EQ(fault_of_markup(page), "");
  for (const char* words : {"<h1>A code &amp; none</h1>", "cannot be built again here", "nowhere", "<title>coded\nes_n0_db = -2: 0."}) EXPECT_THAT(page, HasSubstr(words));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("<h2>Energy</h2>")));
  std::filesystem::remove(folder() / "runs/one/config.json");
  expect(0, {"report", "runs/one"});
  EXPECT_THAT(read_file(folder() / "runs/one/report.html"), HasSubstr("<h1>one</h1>"));
}

TEST_F(ReportTest, DamagedFilesCostOnlyWhatTheyHold) {
  const auto sqlite = folder() / "runs/one/results.sqlite", config = folder() / "runs/one/config.json";
  const std::string good = read_file(config);
  for (const std::string& bytes : {std::string(), std::string("no database"), std::string(5000, '\0')}) {
    write("runs/one/results.sqlite", bytes);
    expect(0, {"report", "runs/one"});
    EXPECT_THAT(read_file(folder() / "runs/one/report.html"), HasSubstr("cannot be built again here"));
  }
  for (const std::string& text : {std::string("{"), std::string("[]"), std::string("{\"arms\": 3}"), std::string("{\"title\": \"\xff\"}"),
                                  "{\"a\":" + std::string(2'000'000, '[') + std::string(2'000'000, ']') + "}"}) {
    write("runs/one/config.json", text);
    expect(0, {"report", "runs/one"});
    const std::string page = read_file(folder() / "runs/one/report.html");
    EXPECT_EQ(fault_of_markup(page), "") << text.substr(0, 40);
    EXPECT_THAT(page, HasSubstr("<title>coded\nes_n0_db = -2: 0."));
  }
  // Of an older config, with more points than the run that was killed behind it.
  std::filesystem::remove(sqlite);
  write("runs/one/config.json", good);
  expect(0, {"run", "x.json", "--set", "snr.es_n0_db=[-2]", "--arm", "coded", "--out", "fresh"});
  write("fresh/results.csv", read_file(folder() / "runs/one/results.csv"));
  std::filesystem::last_write_time(folder() / "fresh/config.json", std::filesystem::last_write_time(folder() / "fresh/results.csv") + std::chrono::seconds(10));
  EXPECT_EQ(lines_of(expect(0, {"report", "fresh", "--csv"}).out).size(), 1u + 7);
}

TEST_F(ReportTest, OnePointOneArmOrNoAxisIsEnough) {
  expect(0, {"run", "x.json", "--arm", "plain", "--set", "snr.es_n0_db=1", "--set", "metrics=[\"ber\"]", "--out", "single"});
  expect(0, {"report", "single"});
  EXPECT_THAT(read_file(folder() / "single/report.html"), HasSubstr("One arm, plain, was measured by bit error rate of the message at Es/N0 = 1 dB."));
  write("bsc.json", R"({"source": {"random-bits": {"length": 24}}, "link": {"modem": "bpsk", "channel": {"bsc": {"flip": 0.25}}}, "metrics": ["ber"], "stop": {"frames": 100}})");
  expect(0, {"run", "bsc.json", "--out", "flat"});
  expect(0, {"report", "flat"});
  const std::string page = read_file(folder() / "flat/report.html");
  EXPECT_EQ(fault_of_markup(page), "");
  const auto row = lines_of(read_file(folder() / "flat/results.csv")).at(2);  // base,ber.info,VALUE,...
  EXPECT_THAT(page, HasSubstr("<td>" + row.substr(std::string("base,ber.info,").size(), 5)));
}

TEST_F(ReportTest, TextIsSentAgainAndBothLedgersAreTold) {
  write("sent.txt", "the cat sat on the mat\nall is <well> & good\n");
  write("text.json", R"({"title": "text", "source": {"text-lines": {"path": "sent.txt"}},
    "link": {"tokenizer": "bytes", "coder": "fixed", "modem": "bpsk", "channel": "awgn"},
    "arms": {"bytes": {}, "analog": {"link": {"codec": "amplitudes", "modem": "analog", "channel": "awgn"}}},
    "snr": {"unified_snr_db": [-10, 3, 30]}, "metrics": ["bleu", "frame"], "stop": {"frames": 64}})");
  // Paths start from the config's folder, wherever the run is.
  expect(0, {"run", "text.json", "--out", "runs/text"});
  expect(0, {"report", "runs/text"});
  const std::string page = read_file(folder() / "runs/text/report.html");
  EXPECT_EQ(fault_of_markup(page), "");
  for (const char* words : {"<blockquote>the cat sat on the mat</blockquote>", "<blockquote>all is &lt;well&gt; &amp; good</blockquote>", "unified SNR \u221210 dB",
                            "unified SNR 30 dB", "\u2713 as sent", "<del>", "sent.txt"})
    EXPECT_THAT(page, HasSubstr(words));
  // A byte is eight uses of BPSK (and no end is sent: the length is told), or one real value.
  const auto of_run = [&](const std::string& arm) {
    for (const auto& line : lines_of(expect(0, {"run", "text.json", "--out", "runs/text", "--json"}).out)) {
      const Json row = Json::parse(line);
      if (row.value("arm", "") == arm) return row["ledger"]["uses"].get<double>();
    }
    return 0.0;
  };
  const double ratio = of_run("analog") / of_run("bytes");
  for (const double real : {1.0, 32.0}) {
    char text[40];
    std::snprintf(text, sizeof text, "<title>analog: \u00d7%.3g", ratio * real);
    EXPECT_THAT(page, HasSubstr(text));
  }
  EXPECT_THAT(page, HasSubstr("first 2 frames"));  // the corpus once
}

TEST_F(ReportTest, FollowsARunUntilItsEnd) {
  Process running(command({"run", "x.json", "--arm", "plain", "--set", "stop.frames=100000000", "--threads", "1", "--out", "live"}));
  const auto page = folder() / "live/report.html";
  const auto waits_for = [&](const std::filesystem::path& path, const std::string& words) {
    for (int i = 0; i < 600; ++i) {
      if (std::filesystem::exists(path) && read_file(path).find(words) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  };
  ASSERT_TRUE(waits_for(folder() / "live/config.json", "100000000"));
  {
    Process stopped(command({"report", "live", "--live", "-o", "stopped.html"}));
    ASSERT_TRUE(waits_for(folder() / "stopped.html", "http-equiv=\"refresh\""));
    stopped.send_signal(SIGINT);
    EXPECT_EQ(stopped.wait().code, 130);
    EXPECT_EQ(read_file(folder() / "stopped.html").find("http-equiv"), std::string::npos);
  }
  Process following(command({"report", "live", "--live"}));
  ASSERT_TRUE(waits_for(page, "http-equiv=\"refresh\" content=\"5\""));
  EXPECT_EQ(fault_of_markup(read_file(page)), "");
  running.send_signal(SIGINT);
  EXPECT_EQ(running.wait().code, 130);
  const Ended ended = following.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, "live/report.html\n");
  EXPECT_EQ(read_file(page).find("http-equiv"), std::string::npos);
  // Behind the end it is written once.
  expect(0, {"report", "runs/one", "--live"});
  EXPECT_EQ(read_file(folder() / "runs/one/report.html").find("http-equiv"), std::string::npos);
}

TEST_F(ReportTest, DrawsSeveralRunsAndFurtherCurves) {
  expect(0, {"run", "x.json", "--arm", "coded", "--set", "link.decoder.iterations=2", "--out", "runs/two"});
  write("published.csv", "# the paper's; dashed\nes_n0_db,bler.code\n-2,0.4\n2,0.001\n");
  expect(0, {"report", "runs/one", "runs/two", "--metric", "bler.code", "--curve", "published.csv", "--curve",
             "curve:normal-approximation-49-24-awgn", "-o", "f.svg"});
  const std::string svg = read_file(folder() / "f.svg");
  for (const char* label :
       {">one: coded<", ">one: plain<", ">two: coded<", ">the paper's<", ">normal approximation<", "line dashed", "line dotted"})
    EXPECT_THAT(svg, HasSubstr(label));
}

TEST_F(ReportTest, SaysWhatIsWrong) {
  std::filesystem::create_directory(folder() / "empty");
  EXPECT_EQ(expect(2, {"report", "empty"}).err, "empty: has no results.csv (tandem run CONFIG --out empty writes it)\n");
  EXPECT_EQ(expect(2, {"report", "nowhere"}).err, "nowhere: does not exist (a run's folder is meant)\n");
  EXPECT_EQ(expect(2, {"report", "x.json"}).err, "x.json: is not a folder (a run's folder is meant)\n");
  EXPECT_THAT(expect(2, {"report", "runs/one", "--metric", "bler.cod"}).err,
              HasSubstr("runs/one/results.csv: has no metric \"bler.cod\" (it has decoder.iterations, decoder.converged, ber.info, "
                        "ber.code, bler.info, bler.code"));
  EXPECT_EQ(expect(2, {"report", "runs/one", "--axis", "eb_n0_db"}).err,
            "runs/one/results.csv: has no axis \"eb_n0_db\" (it has es_n0_db)\n");
  EXPECT_EQ(expect(2, {"report", "runs/one", "--curve", "nowhere.csv"}).err, "nowhere.csv: does not exist\n");
  EXPECT_THAT(expect(4, {"report", "runs/one", "--curve", "curve:nowhere"}).err, HasSubstr("\"curve:nowhere\" is not there"));
  EXPECT_THAT(expect(1, {"report", "runs/one", "-o", "nowhere/f.svg"}).err, HasSubstr("nowhere/f.svg"));
  EXPECT_THAT(expect(2, {"report", "runs/one", "-o", "f.pdf"}).err, HasSubstr("ends in none of .html, .svg and .csv"));
  EXPECT_THAT(expect(2, {"report", "runs/one", "--csv", "-o", "f.html"}).err, HasSubstr("does not end in .csv"));
  EXPECT_THAT(expect(2, {"report", "runs/one", "--live", "-o", "f.svg"}).err, HasSubstr("--live: writes a page"));
  std::ofstream(folder() / "runs/one/results.csv", std::ios::app) << "coded,0,ber.info,much,0,1,,,300\n";
  EXPECT_THAT(expect(2, {"report", "runs/one"}).err, ::testing::MatchesRegex("runs/one/results.csv:[0-9]+:18: \"much\" is not a number\n"));
  EXPECT_FALSE(std::filesystem::exists(folder() / "runs/one/report.html"));
}

TEST_F(ReportTest, CompletesCurves) {
  const std::string out = expect(0, {"complete", "--position", "4", "--", "tandem", "report", "runs/one", "--curve", "curve:normal"}).out;
  EXPECT_THAT(lines_of(out), ElementsAre("curve:normal-approximation-49-24-awgn"));
}

}  // namespace
}  // namespace tandem::test
