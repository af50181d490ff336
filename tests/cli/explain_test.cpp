// `tandem explain` and `tandem predict`: how models and coders come to what they do.
#include <cmath>

#include "command_test.hpp"
#include "support/markup.hpp"

namespace tandem::test {
namespace {

using ::testing::HasSubstr;
class ExplainTest : public CommandTest {};

// Deletang et al., arXiv 2309.10668, figure 1 and appendix A.
TEST_F(ExplainTest, DrawsTheWorkedExample) {
  const auto lines = lines_of(expect(0, {"explain", "arithmetic", "AIXI", "-o", "aixi.svg"}).out);
  ASSERT_EQ(lines.size(), 7u);
  const char* intervals[] = {"[0, 0.45) ", "[0.09, 0.36) ", "[0.2655, 0.36) ", "[0.3222, 0.3411) ", "[0.3222, 0.3411) "};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_THAT(lines[i], HasSubstr(intervals[i]));
  EXPECT_EQ(lines[6], "0101010 (7 bits; 5.7255 bits of information)");
  const std::string svg = read_file(folder() / "aixi.svg");
  EXPECT_EQ(fault_of_markup(svg), "");
  for (const char* words : {">[0.3222, 0.3411)<", ">begins with 0.01010<", ">0101010<", ">7 bits are sent<"}) EXPECT_THAT(svg, HasSubstr(words));
}

TEST_F(ExplainTest, TakesAnyModel) {
  const auto out = expect(0, {"explain", "arithmetic", "<&", "--set", R"(link.model={"markov": {"text": "corpus:prime", "order": 1}})", "-o", "x.svg"}).out;
  EXPECT_THAT(out, HasSubstr("end "));
  EXPECT_EQ(fault_of_markup(read_file(folder() / "x.svg")), "");
}

TEST_F(ExplainTest, SaysWhatIsWrong) {
  EXPECT_EQ(expect(2, {"explain", "huffman", "abc"}).err, "huffman: does not show how it codes (the arithmetic coder does)\n");
  EXPECT_THAT(expect(2, {"explain", "arithmetic", "A", "-o", "x.png"}).err, HasSubstr("does not end in .svg"));
  EXPECT_THAT(expect(1, {"explain", "arithmetic", std::string(99, 'A')}).err, HasSubstr("more than 44 bits of information"));
  EXPECT_THAT(expect(2, {"explain", "arithmetic", "A", "--set", "link.model=nosuch"}).err, HasSubstr("link.model"));
}

using PredictTest = ExplainTest;

// A table that one can compute by hand: 1, then log2 of 3.
TEST_F(PredictTest, TellsBitsRanksAndWhatMayCome) {
  write("x.json", R"({"source": {"text-lines": {"path": "corpus:sample"}}, "link": {"tokenizer": {"bytes": {"end": 10}},
    "model": {"table": {"end": "end", "distributions": {"": {"a": 0.5, "b": 0.25, "<": 0.25}, "a": {"a": 0.125, "b": 0.875}, "ab": {"end": 1}}}},
    "coder": "arithmetic", "modem": "bpsk", "channel": "awgn"}, "snr": {"es_n0_db": 0}, "metrics": ["frame"], "stop": {"frames": 1}})");
  const auto told = Json::parse(expect(0, {"predict", "x.json", "ab", "--top", "2", "--json"}).out);
  ASSERT_EQ(told["tokens"].size(), 2u);
  EXPECT_EQ(told["tokens"][0]["token"], "a");
  EXPECT_NEAR(told["tokens"][0]["bits"].get<double>(), 1, 1e-6);
  EXPECT_NEAR(told["tokens"][1]["bits"].get<double>(), std::log2(8.0 / 7), 1e-6);
  EXPECT_EQ(told["tokens"][1]["rank"], 0);
  EXPECT_EQ(told["next"].size(), 2u);
  EXPECT_NEAR(told["next"][0]["probability"].get<double>(), 1, 1e-6);
  EXPECT_THAT(expect(0, {"predict", "x.json", "a<", "-o", "x.html"}).out, HasSubstr("\"<\""));
  EXPECT_EQ(fault_of_markup(read_file(folder() / "x.html")), "");
  EXPECT_THAT(read_file(folder() / "x.html"), HasSubstr("title=\"1.00 bits, rank 0\">a</span>"));
}

TEST_F(PredictTest, SaysWhatIsWrong) {
  write("x.json", bits_config);
  EXPECT_THAT(expect(2, {"predict", "x.json", "abc"}).err, HasSubstr("has no arm with a tokenizer and a model"));
}

}  // namespace
}  // namespace tandem::test
