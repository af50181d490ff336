#include "report/chart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "host/problem.hpp"
#include "report/results_table.hpp"
#include "support/process.hpp"

namespace tandem::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ChartTest : public ::testing::Test {
 protected:
  std::string run(const std::string& name, const std::string& table, const std::string& config = "{}") const {
    const auto folder = folder_.path() / name;
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "results.csv", std::ios::binary) << table;
    std::ofstream(folder / "config.json", std::ios::binary) << config;
    return folder.string();
  }
  std::string curve(const std::string& text) const {
    const auto path = folder_.path() / "curve.csv";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  static std::string refusal(const ChartRequest& request) {
    try {
      std::vector<std::string> left_out;
      make_chart(request, left_out);
    } catch (const host::Refusal& e) {
      return e.what();
    }
    return "none";
  }

 private:
  test::TemporaryFolder folder_;
};

std::vector<std::string> labels(const Chart& chart) {
  std::vector<std::string> out;
  for (const auto& curve : chart.curves) out.push_back(curve.label);
  return out;
}

const std::string head = "# tandem 0.1.0 portable\narm,es_n0_db,metric,value,low,high,count,of,frames\n";

TEST_F(ChartTest, ReadsWhatARunWrites) {
  std::vector<std::string> left_out;
  const Chart chart = make_chart({{run("r",
                                       head + "a,1,bleu.corpus-1,0.5,0.4,0.6,,,20\n"
                                              "a,1,bler.code,0.25,0.2,0.3,5,20,20\n"
                                              "a,-0.5,bler.code,0.5,0.4,0.6,10,20,20\n"
                                              "b,1,bler.code,0,0,0.15,0,20,20\n",
                                       R"({"title": "Two arms"})")},
                                  {},
                                  {},
                                  {}},
                                 left_out);
  EXPECT_EQ(chart.title, "Two arms");
  EXPECT_EQ(chart.axis, "es_n0_db");
  EXPECT_EQ(chart.metric, "bler.code");  // the most telling metric, not the first one
  EXPECT_THAT(labels(chart), ElementsAre("a", "b"));
  ASSERT_EQ(chart.curves[0].marks.size(), 2u);
  EXPECT_EQ(chart.curves[0].marks[0].x, -0.5);  // in the order of the axis
  const Mark& mark = chart.curves[0].marks[1];
  EXPECT_EQ(mark.value, 0.25);
  EXPECT_EQ(mark.low, 0.2);
  EXPECT_EQ(mark.high, 0.3);
  EXPECT_EQ(mark.count, 5);
  EXPECT_EQ(mark.of, 20);
  EXPECT_EQ(mark.frames, 20);
  EXPECT_TRUE(left_out.empty());
}

TEST_F(ChartTest, OtherAxesBecomePartOfTheLabel) {
  const std::string table =
      "# tandem 0.1.0 portable\narm,link.code.n,es_n0_db,link.set,metric,value,low,high,count,of,frames\n"
      "a,3,0,\"[1,\"\"x\"\"]\",ber.info,0.5,0.4,0.6,,,9\na,5,0,\"[1,\"\"x\"\"]\",ber.info,0.5,0.4,0.6,,,9\n"
      "b,,0,\"[1,\"\"x\"\"]\",ber.info,0.5,0.4,0.6,,,9\n";
  std::vector<std::string> left_out;
  EXPECT_THAT(labels(make_chart({{run("r", table)}, {}, {}, {}}, left_out)), ElementsAre("a, n = 3", "a, n = 5", "b"));
  const Chart other = make_chart({{run("r", table)}, {}, "link.code.n", {}}, left_out);
  EXPECT_THAT(labels(other), ElementsAre("a"));
  EXPECT_THAT(left_out, ElementsAre("b"));
  EXPECT_THAT(refusal({{run("r", table)}, {}, "link.set", {}}), HasSubstr("results.csv:3:1: \"[1,\"x\"]\" is not a number"));
}

TEST_F(ChartTest, SeveralRunsArePrefixed) {
  const std::string table = head + "a,1,ber.info,0.5,0.4,0.6,,,9\n";
  std::vector<std::string> left_out;
  Chart chart = make_chart({{run("one", table) + "/", run("two", table)}, {}, {}, {}}, left_out);
  EXPECT_THAT(labels(chart), ElementsAre("one: a", "two: a"));
  EXPECT_EQ(chart.title, "one, two");
  const std::string near = run("x/same", table), far = run("y/same", table);
  chart = make_chart({{near, far}, {}, {}, {}}, left_out);
  EXPECT_THAT(labels(chart), ElementsAre(near + ": a", far + ": a"));
}

TEST_F(ChartTest, RefusesWhatIsNoTableOfResults) {
  const auto said = [&](const std::string& table) { return refusal({{run("r", table)}, {}, {}, {}}); };
  EXPECT_THAT(said(""), HasSubstr("results.csv: is not a table of results"));
  EXPECT_THAT(said("arm,metric\n"), HasSubstr("results.csv:1:1: is not a table of results"));
  EXPECT_THAT(said("# tandem 0.1.0 portable\n"), HasSubstr("results.csv:1:1: ends before its header"));
  EXPECT_THAT(said("# tandem 0.1.0 portable\narm,es_n0_db,metric,value\n"), HasSubstr("results.csv:2:1: is not the header"));
  EXPECT_THAT(said(head), HasSubstr("results.csv: has no results yet"));
  EXPECT_THAT(said(head + "a,1,ber.info,0.5,0.4,0.6,,,9\na,1,ber.info,0.5,0."),
              HasSubstr("results.csv:4:1: has 5 cells, the header has 9"));
  EXPECT_THAT(said(head + "a,1,ber.info,0.5,zero,0.6,,,9\n"), HasSubstr("results.csv:3:18: \"zero\" is not a number"));
  EXPECT_THAT(said(head + "a,1,ber.info,0.5,0.4,0.6x,,,9\n"), HasSubstr("results.csv:3:22: \"0.6x\" is not a number"));
  EXPECT_THAT(said(head + "a,1,ber.info,1e999,0.4,0.6,,,9\n"), HasSubstr("\"1e999\" is not a number"));
  EXPECT_THAT(said(head + "a,\"1,ber.info,0.5,0.4,0.6,,,9\n"), HasSubstr("results.csv:3:3: a quote is not closed"));
  EXPECT_THAT(said("# tandem 0.1.0 portable\narm,metric,value,low,high,count,of,frames\na,ber.info,0.5,0.4,0.6,,,9\n"),
              HasSubstr("results.csv: has no axis"));
  EXPECT_THAT(said(std::string(1000, '\0')), HasSubstr("is not a table of results"));
}

TEST_F(ChartTest, FurtherCurvesMustFit) {
  const std::string results = run("r", head + "a,1,ber.info,0.5,0.4,0.6,,,9\n");
  const auto said = [&](const std::string& text) { return refusal({{results}, {}, {}, {{"given", curve(text)}}}); };
  EXPECT_EQ(said("# A; B; dotted\r\nes_n0_db,ber.info\r\n0,0.5\r\n1,0.25\r\n\r\n"), "none");
  EXPECT_THAT(said(""), HasSubstr("given: does not say what the curve is"));
  EXPECT_THAT(said("es_n0_db,ber.info\n0,0.5\n"), HasSubstr("given:1:1: does not say what the curve is (# LABEL; dotted"));
  EXPECT_THAT(said("# A; solid\nes_n0_db,ber.info\n0,0.5\n"), HasSubstr("given:1:1: "));
  EXPECT_THAT(said("#; dotted\nes_n0_db,ber.info\n0,0.5\n"), HasSubstr("given:1:1: "));
  EXPECT_THAT(said("# A; dotted\n"), HasSubstr("given:1:1: ends before its header"));
  EXPECT_THAT(said("# A; dotted\nes_n0_db\n"), HasSubstr("given:2:1: is not the name of an axis"));
  EXPECT_THAT(said("# A; dotted\nes_n0_db,ber.info\n"), HasSubstr("given:2:1: ends before its first point"));
  EXPECT_THAT(said("# A; dotted\nes_n0_db,ber.info\n0,0.5\n1\n"), HasSubstr("given:4:1: has 1 cells instead of 2"));
  EXPECT_THAT(said("# A; dotted\nes_n0_db,ber.info\n0,half\n"), HasSubstr("given:3:3: \"half\" is not a number"));
  EXPECT_THAT(said("# A; dotted\nes_n0_db,ber.info\n0,nan\n"), HasSubstr("given:3:1: is not finite"));
  EXPECT_THAT(said("# A; dotted\nes_n0_db,ber.info\n1,0.5\n1,0.4\n"), HasSubstr("given:4:1: does not come after the line before"));
  EXPECT_THAT(said("# A; dotted\neb_n0_db,ber.info\n0,0.5\n"),
              HasSubstr("given:2:1: is about the axis \"eb_n0_db\", the figure about \"es_n0_db\""));
  EXPECT_THAT(said("# A; dotted\nes_n0_db,ber.code\n0,0.5\n"),
              HasSubstr("is about the metric \"ber.code\", the figure about \"ber.info\" (--metric ber.code)"));
}

}  // namespace
}  // namespace tandem::report
