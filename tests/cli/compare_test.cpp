// `tandem compare` on a run that the command made itself.
#include <cmath>
#include <sstream>

#include "command_test.hpp"

namespace tandem::test {
namespace {

using ::testing::HasSubstr;

class CompareTest : public CommandTest {
 protected:
  void SetUp() override {
    write("x.json", R"({"source": {"random-bits": {"length": 24}},
      "link": {"code": {"array-ldpc": {}}, "decoder": {"bp": {"iterations": 5}}, "modem": "bpsk", "channel": "awgn"},
      "arms": {"few": {}, "many": {"link.decoder.iterations": 50}, "hard": {"link.decoder": "hard"}},
      "snr": {"es_n0_db": [-1, 1, 3]}, "metrics": ["bler", "ber", "frame"], "stop": {"frames": 500}})");
    expect(0, {"run", "x.json", "--out", "one"});
  }

  std::vector<Json> json_of(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    std::vector<Json> out;
    for (const auto& line : lines_of(expect(0, arguments).out)) out.push_back(Json::parse(line));
    return out;
  }
  std::map<std::string, double> results(const std::string& metric) const {
    std::map<std::string, double> out;
    for (const auto& line : lines_of(read_file(folder() / "one/results.csv"))) {
      std::istringstream in(line);
      std::string arm, snr, name, value;
      std::getline(in, arm, ','), std::getline(in, snr, ','), std::getline(in, name, ','), std::getline(in, value, ',');
      if (name == metric) out[arm + snr] = std::stod(value);
    }
    return out;
  }
};

TEST_F(CompareTest, SubtractsWhatResultsSay) {
  const auto values = results("bler.info");
  const auto lines = json_of({"compare", "one", "--metric", "bler.info"});
  ASSERT_EQ(lines.size(), 7u);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto& d = lines[i].at("difference");
    EXPECT_EQ(d["baseline"], "few");
    EXPECT_EQ(d["test"], "McNemar");
    EXPECT_EQ(d["frames"], 500);
    const std::string snr = d["point"]["es_n0_db"].dump(), arm = d["arm"];
    EXPECT_NEAR(d["value"], values.at(arm + snr), 1e-12);
    EXPECT_NEAR(d["baseline_value"], values.at("few" + snr), 1e-12);
    EXPECT_NEAR(d["difference"].get<double>(), values.at(arm + snr) - values.at("few" + snr), 1e-12);
    EXPECT_LE(d["low"], d["difference"]);
    EXPECT_GE(d["high"], d["difference"]);
    EXPECT_GE(d["p_adjusted"], d["p"]);
  }
  // Hard decisions lose far more blocks than five iterations.
  EXPECT_EQ(lines[4]["difference"]["arm"], "hard");
  EXPECT_TRUE(lines[4]["difference"]["significant"].get<bool>());
  EXPECT_EQ(lines[6]["summary"]["tests"], 6);
}

TEST_F(CompareTest, ComparesByAnAddress) {
  const auto lines =
      json_of({"compare", "one", "--by", "link.decoder.iterations", "--baseline", "50", "--metric", "ber.info"});
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0]["difference"]["by"], (Json{{"arm", "5"}, {"baseline", "50"}}));
  EXPECT_EQ(lines[0]["difference"]["test"], "bootstrap");
  const auto again = expect(0, {"compare", "one", "--by", "link.decoder", "--metric", "frame"});
  EXPECT_THAT(again.out, HasSubstr("frame.errors: many against few"));
  EXPECT_EQ(expect(0, {"compare", "one", "--by", "link.decoder", "--metric", "frame"}).out, again.out);
  for (const auto& line : lines_of(again.out)) EXPECT_LE(line.size(), 100u);
}

TEST_F(CompareTest, FindsTheGainOfARunAgainstItself) {
  // The same decoder under two names: nothing differs, and no gain, exactly.
  expect(0, {"run", "x.json", "--set", R"(arms={"a": {}, "b": {}})", "--out", "two"});
  const auto lines = json_of({"compare", "two", "--at", "bler.code=0.1"});
  for (const auto& line : lines) {
    if (line.contains("difference")) {
      EXPECT_EQ(line["difference"]["difference"], 0);
      EXPECT_EQ(line["difference"]["p"], 1);
      EXPECT_FALSE(line["difference"]["significant"].get<bool>());
    }
    if (line.contains("gain")) {
      EXPECT_EQ(line["gain"]["gain_db"], (Json{{"low", 0}, {"high", 0}}));
      EXPECT_EQ(line["gain"]["interval"], (Json{{"low", 0}, {"high", 0}}));
    }
  }
  EXPECT_EQ(lines.size(), 3 * 3 + 2u);
}

TEST_F(CompareTest, SaysWhereALevelIsNotReached) {
  // Hard decisions lose one block in seven at 1 dB.
  expect(0, {"run", "x.json", "--set", "snr.es_n0_db=[-1, 1]", "--out", "short"});
  const std::vector<std::string> arguments = {"compare", "short", "--at", "bler.code=0.06", "--baseline", "hard"};
  const auto lines = json_of(arguments);
  const auto& gain = lines[lines.size() - 3].at("gain");
  EXPECT_EQ(gain["arm"], "few");
  EXPECT_EQ(gain["not_reached"], (Json{{"arm", 0.0}, {"baseline", 1.0}}));
  EXPECT_EQ(gain["baseline_at"], (Json{{"low", 1.0}, {"high", nullptr}}));
  EXPECT_TRUE(gain["gain_db"]["high"].is_null());
  EXPECT_NEAR(gain["gain_db"]["low"], 1 - gain["at"]["low"].get<double>(), 1e-12);
  EXPECT_THAT(expect(0, arguments).out, HasSubstr("baseline 100.0 %"));
}

TEST_F(CompareTest, SeesWhatTheLedgerBooks) {
  write("values.json", R"({"source": {"text-lines": {"path": "corpus:sample"}},
    "link": {"codec": "amplitudes", "modem": {"analog": {"complex": true}}, "channel": "awgn"},
    "arms": {"A": {}, "B": {"ledger.uses_a_value": 32}, "C": {"link.modem.complex": false}},
    "snr": {"unified_snr_db": [20, 25], "reference": "A", "over": 20}, "metrics": ["frame"], "stop": {"frames": 20}})");
  expect(0, {"run", "values.json", "--out", "values"});
  const auto lines = json_of({"compare", "values", "--by", "ledger.uses_a_value"});
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0]["difference"]["by"], (Json{{"arm", "32"}, {"baseline", "1"}}));
  // A complex use holds two values, each of which is then booked with 32 uses.
  std::map<std::string, double> uses;
  for (const auto& line : lines_of(expect(0, {"run", "values.json", "--out", "values", "--json"}).out))
    if (const auto point = Json::parse(line); point.contains("arm")) uses[point["arm"]] = point["ledger"]["uses"];
  EXPECT_EQ(uses.at("B"), 64 * uses.at("A"));
  EXPECT_NEAR(uses.at("C") / uses.at("A"), 2, 0.05);
}

TEST_F(CompareTest, SaysWhatIsWrong) {
  EXPECT_EQ(expect(2, {"compare", "nowhere"}).err, "nowhere: does not exist (a run's folder is meant)\n");
  std::filesystem::create_directory(folder() / "empty");
  EXPECT_EQ(expect(2, {"compare", "empty"}).err,
            "empty: has no results.sqlite (tandem run CONFIG --out empty writes it)\n");
  EXPECT_EQ(expect(2, {"compare", "one", "--by", "link.decoder.iteration"}).err,
            "one: no arm has anything at \"link.decoder.iteration\" (did you mean \"link.decoder.iterations\"?)\n");
  EXPECT_EQ(expect(2, {"compare", "one", "--metric", "bler.cod"}).err,
            "one: has no metric \"bler.cod\" (did you mean \"bler.code\"?)\n");
  EXPECT_EQ(expect(2, {"compare", "one", "--at", "bler.code"}).err,
            "--at bler.code: is not of the form metric=level (for example --at bler.code=1e-2)\n");
  EXPECT_EQ(expect(2, {"compare", "one", "--at", "bler.code=2"}).err,
            "one: bler.code is never 2 (a level of an error rate lies between 0 and 1)\n");
  expect(0, {"run", "x.json", "--arm", "few", "--out", "single"});
  EXPECT_THAT(expect(2, {"compare", "single"}).err, HasSubstr("single: has only \"few\" to compare"));
}

TEST_F(CompareTest, Completes) {
  EXPECT_THAT(lines_of(expect(0, {"complete", "--position", "3", "--", "tandem", "compare", "one", "--b"}).out),
              ::testing::UnorderedElementsAre("--by", "--baseline"));
  const auto behind = [this](const std::string& option, const std::string& word) {
    return lines_of(expect(0, {"complete", "--position", "4", "--", "tandem", "compare", "one", option, word}).out);
  };
  EXPECT_THAT(behind("--by", "link.decoder.it"), ::testing::ElementsAre("link.decoder.iterations"));
  EXPECT_THAT(behind("--metric", "ber."), ::testing::ElementsAre("ber.info", "ber.code"));
  EXPECT_THAT(behind("--at", "bler.c"), ::testing::ElementsAre("bler.code="));
}

}  // namespace
}  // namespace tandem::test
