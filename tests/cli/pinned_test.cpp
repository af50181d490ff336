// What scripts rely on: outputs, JSON shapes, exit codes, addresses.
#include <cmath>

#include "command_test.hpp"

namespace tandem::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using PinnedTest = CommandTest;

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> out;
  for (const auto& [key, value] : object.items()) out.push_back(key);
  return out;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> out(1);
  for (const char c : line)
    if (c == ',')
      out.emplace_back();
    else
      out.back() += c;
  return out;
}

// All columns before the metric, a text a row.
std::vector<std::string> points_of(const std::string& csv) {
  std::vector<std::string> out;
  for (const auto& line : lines_of(csv)) {
    const std::size_t at = line.find(",ber.info,");
    if (at != std::string::npos) out.push_back(line.substr(0, at));
  }
  return out;
}

const std::string coded_config = R"(// two arms, not in the order of the alphabet
{
  "title": "Two arms",
  "source": {"random-bits": {"length": 24}},
  "link": {"check": null, "code": {"array-ldpc": {"p": 7, "rows": 4}}, "decoder": {"bp": {"iterations": 5}}, "modem": "bpsk", "channel": "awgn"},
  "arms": {"z": {}, "a": {"link.code": null, "link.decoder": null}, "c": {"link.check": {"crc": {"bits": 8}}}},
  /* both ends are points */
  "snr": {"eb_n0_db": {"from": -1, "to": 2, "step": 1.5}},
  "metrics": ["ber", "bler", "decoder"],
  "stop": {"frames": 60}
}
)";

TEST_F(PinnedTest, VersionNamesSdkAndAbi) {
  EXPECT_THAT(expect(0, {"--version"}).out, ::testing::MatchesRegex("tandem [0-9.]+ \\(SDK [0-9.]+, ABI [0-9]+\\)\n"));
}

TEST_F(PinnedTest, HelpShowsAnExampleFirst) {
  const std::string all = expect(0, {"help"}).out;
  for (const std::string name : {"run", "plan", "validate", "graph", "list", "describe", "transmit", "score", "tokenize", "report", "train", "new", "check", "doctor"}) {
    EXPECT_THAT(all, HasSubstr("\n  " + name + " "));
    const std::string help = expect(0, {"help", name}).out;
    EXPECT_THAT(help, StartsWith("Example:\n  "));
    EXPECT_THAT(lines_of(help).at(1), HasSubstr("tandem " + name));
    EXPECT_THAT(help, HasSubstr("Usage: "));
  }
  EXPECT_THAT(expect(2, {"help", "nothing"}).err, HasSubstr("there is no command \"nothing\""));
  EXPECT_EQ(expect(0, std::vector<std::string>{}).out, all);
}

TEST_F(PinnedTest, ListNamesEveryPlugin) {
  const Json all = Json::parse(expect(0, {"list", "--json"}).out);
  ASSERT_GE(all.size(), 35u);
  std::vector<std::string> decoders;
  for (const auto& plugin : all) {
    EXPECT_THAT(keys_of(plugin), ElementsAre("name", "role", "version", "summary", "path", "problem"));
    EXPECT_EQ(plugin["problem"], "") << plugin["name"];
    if (plugin["role"] == "decoder") decoders.push_back(plugin["name"]);
  }
  EXPECT_THAT(decoders, ::testing::IsSupersetOf({"bp", "min-sum", "hard", "bit-flip"}));
  const Json some = Json::parse(expect(0, {"list", "decoder", "--json"}).out);
  EXPECT_EQ(some.size(), decoders.size());
  const std::string text = expect(0, {"list", "modem"}).out;
  EXPECT_THAT(text, StartsWith("modem\n"));
  EXPECT_THAT(text, HasSubstr("  bpsk "));
}

TEST_F(PinnedTest, DescribeShowsFieldsDefaultsSourceAndExample) {
  const std::string text = expect(0, {"describe", "bp"}).out;
  for (const char* words : {"(decoder)", "exactness: ", "source: ", "licence: ", "iterations (integer, 1 to", "default 50", "flooding | layered", "example\n  {\"bp\": {"})
    EXPECT_THAT(text, HasSubstr(words));
}

TEST_F(PinnedTest, RunKeepsItsResultsInItsFolder) {
  write("deep/x.json", coded_config);
  const Ended ended = expect(0, {"run", "deep/x.json", "--threads", "2"});
  for (const char* name : {"results.csv", "results.sqlite", "config.json"}) EXPECT_TRUE(std::filesystem::exists(folder() / "runs/x" / name)) << name;
  EXPECT_THAT(ended.out, StartsWith("arm "));
  EXPECT_THAT(ended.err, HasSubstr(" units run, 0 reused; runs/x/results.csv"));
  EXPECT_EQ((ended.out + ended.err).find('\x1b'), std::string::npos);
  const Json used = Json::parse(read_file(folder() / "runs/x/config.json"));
  EXPECT_EQ(used["stop"]["frames"], 60);
  EXPECT_EQ(Json::parse(lines_of(expect(0, {"run", "deep/x.json", "--json"}).out).back())["summary"]["units_run"], 0);
}

TEST_F(PinnedTest, CsvHasOneFormForEver) {
  write("x.json", coded_config);
  expect(0, {"run", "x.json"});
  const auto lines = lines_of(read_file(folder() / "runs/x/results.csv"));
  ASSERT_GT(lines.size(), 2u);
  EXPECT_THAT(lines[0], ::testing::MatchesRegex("# tandem [0-9.]+ (portable|build [0-9a-f]+ [a-z]+-[a-z0-9]+)"));
  EXPECT_EQ(lines[1], "arm,eb_n0_db,metric,value,low,high,count,of,frames");
  std::vector<std::string> points, metrics;
  for (std::size_t i = 2; i < lines.size(); ++i) {
    const auto cells = cells_of(lines[i]);
    ASSERT_EQ(cells.size(), 9u) << lines[i];
    const std::string point = cells[0] + " " + cells[1];
    if (points.empty() || points.back() != point) points.push_back(point);
    if (point == "z -1") metrics.push_back(cells[2]);
    for (const std::size_t column : {3u, 4u, 5u, 6u, 7u}) {
      if (cells[column].empty()) continue;
      char again[40];
      std::snprintf(again, sizeof again, "%.17g", std::stod(cells[column]));
      EXPECT_EQ(cells[column], again);
    }
    EXPECT_EQ(cells[8], "60");
    EXPECT_LE(std::stod(cells[4]), std::stod(cells[3]));
    EXPECT_GE(std::stod(cells[5]), std::stod(cells[3]));
  }
  EXPECT_THAT(points, ElementsAre("z -1", "z 0.5", "z 2", "a -1", "a 0.5", "a 2", "c -1", "c 0.5", "c 2"));
  EXPECT_THAT(metrics, ElementsAre("ber.info", "ber.code", "bler.info", "bler.code", "bler.undetected", "decoder.iterations", "decoder.converged"));
}

TEST_F(PinnedTest, RunPrintsALineARow) {
  write("x.json", coded_config);
  const auto lines = lines_of(expect(0, {"run", "x.json", "--json"}).out);
  ASSERT_EQ(lines.size(), 10u);
  for (std::size_t i = 0; i < 9; ++i) {
    const Json row = Json::parse(lines[i]);
    EXPECT_THAT(keys_of(row), ElementsAre("arm", "point", "es_n0_db", "frames", "metrics", "ledger"));
    EXPECT_THAT(keys_of(row["point"]), ElementsAre("eb_n0_db"));
    EXPECT_EQ(row["frames"], 60);
    EXPECT_THAT(keys_of(row["metrics"]["ber.info"]), ElementsAre("value", "low", "high", "count", "of"));
    EXPECT_EQ(row["metrics"]["ber.info"]["of"], 60 * (row["arm"] == "c" ? 32 : 24));
    EXPECT_THAT(keys_of(row["ledger"]), ElementsAre("source_bits", "side_bits", "genie_bits", "coded_bits", "uses", "dimensions", "energy", "decode_failures"));
    EXPECT_EQ(row["ledger"]["source_bits"], 60 * 24);
  }
  // (49,24): 24 bits leave as 49, with 8 bits of check as two blocks of 49; without a code as 24.
  EXPECT_EQ(Json::parse(lines[0])["ledger"]["uses"], 60 * 49);
  EXPECT_EQ(Json::parse(lines[3])["ledger"]["uses"], 60 * 24);
  EXPECT_EQ(Json::parse(lines[6])["ledger"]["uses"], 60 * 98);
  const Json last = Json::parse(lines[9]);
  EXPECT_THAT(keys_of(last), ElementsAre("summary"));
  EXPECT_THAT(keys_of(last["summary"]), ElementsAre("units_run", "units_reused", "skipped", "stopped_by"));
  EXPECT_EQ(last["summary"]["stopped_by"], "finished");
}

TEST_F(PinnedTest, PlanShowsEveryPoint) {
  write("x.json", coded_config);
  const Json before = Json::parse(expect(0, {"plan", "x.json", "--json"}).out);
  EXPECT_THAT(keys_of(before), ElementsAre("points"));
  ASSERT_EQ(before["points"].size(), 9u);
  for (const auto& point : before["points"]) {
    EXPECT_THAT(keys_of(point), ElementsAre("arm", "point", "es_n0_db", "units"));
    EXPECT_THAT(keys_of(point["units"]), ElementsAre("total", "done"));
    EXPECT_EQ(point["units"]["total"], 4);  // 16 + 16 + 16 + 12 frames
    EXPECT_EQ(point["units"]["done"], 0);
  }
  EXPECT_FALSE(std::filesystem::exists(folder() / "runs"));
  // Es/N0 = Eb/N0 + 10 log10(k/n x bits a use)
  EXPECT_NEAR(before["points"][0]["es_n0_db"].get<double>(), -1 + 10 * std::log10(24.0 / 49), 1e-12);
  EXPECT_EQ(before["points"][3]["es_n0_db"], -1.0);
  expect(0, {"run", "x.json", "--arm", "a", "--out", "elsewhere"});
  const Json after = Json::parse(expect(0, {"plan", "x.json", "--out", "elsewhere", "--json"}).out);
  EXPECT_EQ(after["points"][0]["units"]["done"], 0);
  EXPECT_EQ(after["points"][3]["units"]["done"], 4);
  EXPECT_EQ(Json::parse(expect(0, {"plan", "x.json", "--json"}).out), before);
  EXPECT_EQ(Json::parse(expect(0, {"plan", "x.json", "--arm", "c", "--json"}).out)["points"].size(), 3u);
}

TEST_F(PinnedTest, UnifiedSnrGivesEveryArmTheSameEnergy) {
  write("x.json", R"({"source": {"random-bits": {"length": 30}}, "link": {"code": null, "modem": "bpsk", "channel": "awgn"},
    "arms": {"twice": {"link.code": {"repetition": {"n": 2}}}, "once": {}}, "snr": {"unified_snr_db": [1.5], "reference": "once"},
    "metrics": ["ber"], "stop": {"frames": 50}})");
  const Json plan = Json::parse(expect(0, {"plan", "x.json", "--json"}).out);
  EXPECT_NEAR(plan["points"][0]["es_n0_db"].get<double>(), 1.5 - 10 * std::log10(2.0), 1e-12);
  EXPECT_EQ(plan["points"][1]["es_n0_db"], 1.5);
  EXPECT_THAT(keys_of(plan["points"][0]["point"]), ElementsAre("unified_snr_db"));
  const Json alone = Json::parse(expect(0, {"plan", "x.json", "--arm", "twice", "--json"}).out);
  EXPECT_EQ(alone["points"][0], plan["points"][0]);
}

TEST_F(PinnedTest, ValidateListsAllProblems) {
  write("good.json", bits_config);
  EXPECT_EQ(expect(0, {"validate", "good.json", "--json"}).out, "[]\n");
  EXPECT_EQ(expect(0, {"validate", "good.json"}).out, "good.json: fine\n");
  write("bad.json", R"({
  "source": {"random-bits": {"lenght": 24}},
  "link": {"modem": "bpsk", "channel": "awgm"},
  "snr": {"es_n0_db": 0}, "stop": {"frames": 5}
})");
  const Ended ended = expect(2, {"validate", "good.json", "bad.json", "--json"});
  const Json problems = Json::parse(ended.out);
  ASSERT_EQ(problems.size(), 2u);
  for (const auto& problem : problems) EXPECT_THAT(keys_of(problem), ElementsAre("file", "line", "column", "address", "message", "hint"));
  EXPECT_EQ(problems[0], Json::parse(R"({"file": "bad.json", "line": 2, "column": 30, "address": "source.lenght", "message": "unknown field", "hint": "did you mean \"length\"?"})"));
  EXPECT_EQ(problems[1]["address"], "link.channel");
  EXPECT_EQ(problems[1]["line"], 3);
  EXPECT_EQ(problems[1]["column"], 29);
  EXPECT_EQ(expect(2, {"validate", "bad.json"}).out, "");
  EXPECT_EQ(expect(0, {"validate", "bad.json", "--set", "source.lenght=null", "--set", "source=random-bits", "--set", "link.channel=awgn", "--json"}).out, "[]\n");
}

TEST_F(PinnedTest, EveryConfigIsFine) {
  std::vector<std::string> arguments = {"validate"};
  for (const auto& entry : std::filesystem::directory_iterator(source_dir() / "configs"))
    if (entry.path().extension() == ".json") arguments.push_back(entry.path().string());
  ASSERT_GT(arguments.size(), 5u);
  Command given = command(arguments);
  given.environment.erase("TANDEM_DATA");  // some may name external files
  const Ended ended = run(given);
  EXPECT_TRUE(ended.code == 0 || ended.code == 4) << ended.err;
}

TEST_F(PinnedTest, GraphIsWhatRuns) {
  write("x.json", coded_config);
  const Json unfolded = Json::parse(expect(0, {"graph", "x.json", "--arm", "c"}).out);
  EXPECT_THAT(keys_of(unfolded), ElementsAre("source", "check", "code", "modem", "channel", "~modem", "decoder", "~check"));
  EXPECT_THAT(keys_of(unfolded["decoder"]), ElementsAre("bp", "in", "with"));
  EXPECT_EQ(unfolded["decoder"]["bp"]["iterations"], 5);
  EXPECT_EQ(unfolded["decoder"]["bp"]["schedule"], "flooding");
  EXPECT_EQ(unfolded["decoder"]["in"], "~modem");
  EXPECT_EQ(unfolded["decoder"]["with"], "code");
  Json direct = {{"graph", unfolded}, {"snr", {{"eb_n0_db", {-1, 0.5, 2}}}}, {"metrics", {"ber", "bler", "decoder"}}, {"stop", {{"frames", 60}}}};
  write("direct.json", direct.dump());
  expect(0, {"run", "x.json", "--arm", "c"});
  expect(0, {"run", "direct.json"});
  const auto link = lines_of(read_file(folder() / "runs/x/results.csv")), graph = lines_of(read_file(folder() / "runs/direct/results.csv"));
  ASSERT_EQ(link.size(), graph.size());
  for (std::size_t i = 2; i < link.size(); ++i) EXPECT_EQ(link[i].substr(link[i].find(',')), graph[i].substr(graph[i].find(',')));
  EXPECT_EQ(expect(0, {"graph", "x.json", "--svg", "stack.svg"}).out, "");
  EXPECT_THAT(read_file(folder() / "stack.svg"), HasSubstr("<svg"));
}

TEST_F(PinnedTest, SetReplacesWhatStandsThere) {
  write("x.json", coded_config);
  const auto plugin = [&](const std::string& set, const char* node) { return Json::parse(expect(0, {"graph", "x.json", "--arm", "z", "--set", set}).out)[node]; };
  EXPECT_EQ(plugin("link.decoder.iterations=7", "decoder")["bp"]["iterations"], 7);
  EXPECT_EQ(plugin("link.decoder=hard", "decoder").begin().key(), "hard");
  EXPECT_EQ(plugin(R"(link.decoder={"min-sum": {"normalize": 0.5}})", "decoder")["min-sum"]["normalize"], 0.5);
  EXPECT_EQ(plugin("link.decoder.schedule=layered", "decoder")["bp"]["schedule"], "layered");
  EXPECT_EQ(plugin("link.modem=qpsk", "modem").begin().key(), "qpsk");
  const auto points = [&](const std::string& set) { return Json::parse(expect(0, {"plan", "x.json", "--arm", "a", "--json", "--set", set}).out)["points"].size(); };
  EXPECT_EQ(points("snr.eb_n0_db=[0,1]"), 2u);
  EXPECT_EQ(points(R"(snr.eb_n0_db={"from": 0, "to": 0.3, "step": 0.1})"), 4u);
  EXPECT_EQ(points(R"(sweep={"source.length": [10, 20, 30]})"), 9u);
}

TEST_F(PinnedTest, PathsStartAtTheFileThatNamesThem) {
  write("configs/near.txt", "one\ntwo\n");
  write("here/near.txt", "three\nfour\nfive\n");
  write("configs/x.json", R"({"source": {"text-lines": {"path": "near.txt"}}, "link": {"tokenizer": "bytes", "coder": "fixed", "modem": "bpsk", "channel": "ideal"},
    "metrics": ["frame"], "stop": {"frames": 3}})");
  write("here/y.json", R"({"extends": "../configs/x.json", "title": "longer", "stop.frames": 6})");
  const auto bits = [&](std::vector<std::string> arguments) {
    Command given = command(arguments);
    given.directory = folder() / "here";
    return Json::parse(lines_of(expect(0, given).out).at(0))["ledger"]["source_bits"].get<int>();
  };
  EXPECT_EQ(bits({"run", "../configs/x.json", "--json", "--out", "o1"}), 8 * (3 + 3 + 3));
  EXPECT_EQ(bits({"run", "y.json", "--json", "--out", "o2"}), 8 * 2 * (3 + 3 + 3));
  EXPECT_EQ(bits({"run", "../configs/x.json", "--json", "--set", "source.path=near.txt", "--out", "o3"}), 8 * (5 + 4 + 4));
}

TEST_F(PinnedTest, AxesGoInProductAndArmsHaveTheirOwn) {
  write("x.json", R"({"source": {"random-bits": {"length": 8}}, "link": {"code": {"repetition": {"n": 3}}, "modem": "bpsk", "channel": {"bsc": {"flip": 0.1}}},
    "arms": {"with": {}, "without": {"link.code": null}},
    "sweep": {"link.code.n": [1, 3], "link.channel.flip": [0.1, 0.2]}, "metrics": ["ber"], "stop": {"frames": 20}})");
  expect(0, {"run", "x.json"});
  const std::string csv = read_file(folder() / "runs/x/results.csv");
  EXPECT_EQ(lines_of(csv).at(1), "arm,link.code.n,link.channel.flip,metric,value,low,high,count,of,frames");
  EXPECT_THAT(points_of(csv), ElementsAre("with,1,0.1", "with,1,0.2", "with,3,0.1", "with,3,0.2", "without,,0.1", "without,,0.2"));
  // n = 1 repeats nothing: the same bits, the same noise, the same errors as without a code.
  std::vector<std::string> errors;
  for (const auto& line : lines_of(csv))
    if (line.find(",ber.info,") != std::string::npos) errors.push_back(line.substr(line.find(",ber.info,")));
  EXPECT_EQ(errors.at(0), errors.at(4));
  EXPECT_EQ(errors.at(1), errors.at(5));
  EXPECT_NE(errors.at(0), errors.at(1));
}

TEST_F(PinnedTest, ArmLeavesTheOthersOut) {
  write("x.json", coded_config);
  expect(0, {"run", "x.json", "--arm", "c", "--arm", "z"});
  EXPECT_THAT(points_of(read_file(folder() / "runs/x/results.csv")), ElementsAre("z,-1", "z,0.5", "z,2", "c,-1", "c,0.5", "c,2"));
}

TEST_F(PinnedTest, AnArmWithoutItsFilesIsLeftOut) {
  write("x.json", R"({"source": {"text-lines": {"path": "corpus:sample"}}, "link": {"tokenizer": "bytes", "coder": "fixed", "modem": "bpsk", "channel": "ideal"},
    "arms": {"there": {}, "missing": {"link.model": {"ppm": {"text": "corpus:nowhere"}}, "link.coder": "arithmetic"}}, "metrics": ["frame", "bleu"], "stop": {"frames": 3}})");
  const Ended ended = expect(0, {"run", "x.json", "--json"});
  const auto lines = lines_of(ended.out);
  ASSERT_EQ(lines.size(), 2u);
  const Json row = Json::parse(lines[0]);
  EXPECT_EQ(row["arm"], "there");
  EXPECT_EQ(row["es_n0_db"], nullptr);
  EXPECT_THAT(keys_of(row["metrics"]["bleu.1"]), ElementsAre("value", "low", "high"));
  EXPECT_THAT(keys_of(row["metrics"]["frame.errors"]), ElementsAre("value", "low", "high", "count", "of"));
  EXPECT_EQ(Json::parse(lines[1])["summary"]["skipped"], Json::array({"missing"}));
  EXPECT_THAT(ended.err, StartsWith("missing is left out: x.json:"));
  EXPECT_EQ(expect(4, {"run", "x.json", "--arm", "missing"}).out, "");
}

TEST_F(PinnedTest, ScoreComparesTwoTexts) {
  write("sent.txt", "the cat is on the mat\nanother line of words here\n");
  write("got.txt", "the cat is on the mat\nanother lime of words here\n");
  const Json scores = Json::parse(expect(0, {"score", "sent.txt", "got.txt", "--json"}).out);
  for (const char* row : {"bleu.1", "bleu.2", "bleu.3", "bleu.4", "bleu.corpus-1", "bleu.corpus-4"}) {
    ASSERT_TRUE(scores.contains(row)) << row;
    EXPECT_GT(scores[row]["value"].get<double>(), 0.0);
    EXPECT_LT(scores[row]["value"].get<double>(), 1.0);
  }
  EXPECT_NEAR(scores["bleu.corpus-1"]["value"].get<double>(), 10.0 / 11, 1e-12);
  const Json same = Json::parse(expect(0, {"score", "sent.txt", "sent.txt", "--metric", "bleu", "--json"}).out);
  EXPECT_EQ(same["bleu.corpus-4"]["value"], 1.0);
  // An empty line is an empty sentence, whose score is 0; the last line needs no end; a carriage return ends no line.
  write("empty.txt", "the cat is\r on the mat\n\nanother line of words here");
  EXPECT_DOUBLE_EQ(Json::parse(expect(0, {"score", "empty.txt", "empty.txt", "--json"}).out)["bleu.1"]["value"].get<double>(), 2.0 / 3);
  EXPECT_THAT(expect(0, {"score", "sent.txt", "got.txt", "--metric", "bleu"}).out, StartsWith("bleu.1 "));
  EXPECT_THAT(expect(2, {"score", "sent.txt", "got.txt", "--metric", "ber"}).err, HasSubstr("compares more than two texts"));
}

TEST_F(PinnedTest, TokenizeTakesItsInputByteForByte) {
  Command given = command({"tokenize", "bytes", "--json"});
  given.input = std::string("a\n\0\xff\n", 5);
  EXPECT_EQ(expect(0, given).out, "{\"tokens\":[97,10,0,255,10]}\n");
  given = command({"tokenize", "bytes", "--set", "end=10"});
  given.input = "to be";
  EXPECT_EQ(expect(0, given).out, "116 111 32 98 101\n");
  given = command({"tokenize", "characters", "--set", "text=corpus:prime", "--json"});
  given.input = "to";
  const Json tokens = Json::parse(expect(0, given).out);
  EXPECT_THAT(keys_of(tokens), ElementsAre("tokens"));
  EXPECT_EQ(tokens["tokens"].size(), 2u);
  EXPECT_THAT(expect(2, {"tokenize", "characters"}).err, HasSubstr("characters: \"characters\" needs the field \"text\""));
}

TEST_F(PinnedTest, TransmitShowsEachStage) {
  write("x.json", R"({"source": {"text-lines": {"path": "corpus:sample"}},
    "link": {"tokenizer": "bytes", "model": {"ppm": {"text": "corpus:prime"}}, "coder": "arithmetic", "code": {"array-ldpc": {}}, "decoder": "bp", "modem": "bpsk", "channel": "awgn"},
    "snr": {"es_n0_db": [-20, 12]}, "metrics": ["bleu"], "stop": {"frames": 20}})");
  const std::string clear = expect(0, {"transmit", "x.json", "The ferry is late.", "--point", "es_n0_db=12"}).out;
  EXPECT_THAT(clear, StartsWith("base, Es/N0 12.00 dB\n  message    The ferry is late.\n  tokens     18: 84 104 101 "));
  for (const char* words : {"\n  bits       ", "\n  blocks     ", " of 24 bits, each sent as 49 bits\n", "\n  uses       ", "\n  received   The ferry is late.\n  as sent\n"})
    EXPECT_THAT(clear, HasSubstr(words));
  const std::string noisy = expect(0, {"transmit", "x.json", "The ferry is late.", "--point", "es_n0_db=-20"}).out;
  EXPECT_THAT(noisy, HasSubstr("differs from what was sent"));
  write("bits.json", bits_config);
  EXPECT_THAT(expect(0, {"transmit", "bits.json", "0110", "--point", "es_n0_db=3", "--set", "snr.es_n0_db=[3, 30]"}).out, HasSubstr("bits       4: 0110"));
}

TEST_F(PinnedTest, DoctorTellsWhatWorks) {
  const std::string text = expect(0, {"doctor"}).out;
  for (const char* words : {"tandem ", "SDK ", "ABI ", "processor ", "plugins in ", ", 0 with a problem", "registry ", "TANDEM_DATA is not set"}) EXPECT_THAT(text, HasSubstr(words));
}

TEST_F(PinnedTest, CompletionKnowsCommandsNamesAndAddresses) {
  write("x.json", coded_config);
  const auto complete = [&](std::vector<std::string> words) {
    std::vector<std::string> arguments = {"complete", "--position", std::to_string(words.size() - 1), "--"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return lines_of(expect(0, arguments).out);
  };
  EXPECT_THAT(complete({"tandem", "tr"}), ElementsAre("transmit", "train"));
  EXPECT_THAT(complete({"tandem", "describe", "min"}), ElementsAre("min-sum"));
  EXPECT_THAT(complete({"tandem", "check", "min"}), ElementsAre("min-sum"));
  EXPECT_THAT(complete({"tandem", "check", "bp", "--case", "channel.wh"}), ElementsAre("channel.white"));
  EXPECT_THAT(complete({"tandem", "new", "tok"}), ElementsAre("tokenizer"));
  EXPECT_THAT(complete({"tandem", "list", "dec"}), ElementsAre("decoder"));
  EXPECT_THAT(complete({"tandem", "tokenize", "wo"}), ElementsAre("words"));
  EXPECT_THAT(complete({"tandem", "run", "x.json", "--arm", ""}), ElementsAre("z", "a", "c"));
  EXPECT_THAT(complete({"tandem", "run", "x.json", "--set", "link.decoder.it"}), ElementsAre("link.decoder.iterations="));
  EXPECT_THAT(complete({"tandem", "run", "x.json", "--set", "source."}), ElementsAre("source.length="));
  EXPECT_THAT(complete({"tandem", "run", "--thr"}), ElementsAre("--threads"));
  EXPECT_THAT(complete({"tandem", "run", "none.json", "--set", ""}), ElementsAre());
  Command shell;
  shell.arguments = {"/bin/bash", "-c", "eval \"$(tandem completion)\"; COMP_WORDS=(tandem desc); COMP_CWORD=1; _tandem 2>/dev/null; echo \"${COMPREPLY[@]}\""};
  shell.environment["PATH"] = (build_dir() / "bin").string() + ":/usr/bin:/bin";
  EXPECT_EQ(expect(0, shell).out, "describe\n");
}

}  // namespace
}  // namespace tandem::test
