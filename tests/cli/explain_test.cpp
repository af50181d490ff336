// `tandem explain`: the worked example of the literature, and words of one's own.
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

}  // namespace
}  // namespace tandem::test
