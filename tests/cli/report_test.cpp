// `tandem report` on a run that the command made itself.
#include "command_test.hpp"

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
  EXPECT_EQ(expect(0, {"report", "runs/one"}).out, "runs/one/figure.svg\n");
  const std::string svg = read_file(folder() / "runs/one/figure.svg");
  EXPECT_THAT(svg, StartsWith("<svg "));
  for (const char* words : {">A code &amp; none<", ">coded<", ">plain<", "(ber.info)<", "<title>coded\nes_n0_db = -2: 0."})
    EXPECT_THAT(svg, HasSubstr(words));
  EXPECT_EQ(expect(0, {"report", "runs/one", "-o", "again.svg"}).out, "again.svg\n");
  EXPECT_EQ(read_file(folder() / "again.svg"), svg);
  // A metric that only one arm has; no error rate, so a linear axis.
  expect(0, {"report", "runs/one", "--metric", "decoder.iterations", "-o", "iterations.svg"});
  EXPECT_THAT(read_file(folder() / "iterations.svg"), HasSubstr(">iterations a block (decoder.iterations)<"));
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
  std::ofstream(folder() / "runs/one/results.csv", std::ios::app) << "coded,0,ber.info,much,0,1,,,300\n";
  EXPECT_THAT(expect(2, {"report", "runs/one"}).err, ::testing::MatchesRegex("runs/one/results.csv:[0-9]+:18: \"much\" is not a number\n"));
  EXPECT_FALSE(std::filesystem::exists(folder() / "runs/one/figure.svg"));
}

TEST_F(ReportTest, CompletesCurves) {
  const std::string out = expect(0, {"complete", "--position", "4", "--", "tandem", "report", "runs/one", "--curve", "curve:normal"}).out;
  EXPECT_THAT(lines_of(out), ElementsAre("curve:normal-approximation-49-24-awgn"));
}

}  // namespace
}  // namespace tandem::test
