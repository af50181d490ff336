#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <regex>

#include "report/html.hpp"
#include "report/names.hpp"
#include "report/page.hpp"
#include "report/verdict.hpp"
#include "support/markup.hpp"
#include "support/process.hpp"

namespace tandem::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Six arms at twenty points in four figures, every part filled, as long as people make them.
Page full_page() {
  Page page;
  page.title = "A language model against Huffman, DeepSC and others over Rayleigh fading";
  for (const char* metric : {"bleu.1", "bleu.4", "bler.code", "ber.info"}) {
    Chart chart{page.title, "unified_snr_db", metric, {}};
    for (std::size_t a = 0; a < 6; ++a) {
      Curve curve{fmt::format("language-model+{}", a), Curve::Kind::measured, {}, a};
      for (int i = 0; i < 20; ++i) {
        const double x = -3 + 0.5 * i, good = 1 / (1 + std::exp(2 + 0.5 * static_cast<double>(a) - x)), value = is_error_rate(metric) ? 1 - good : good;
        curve.marks.push_back({x, value, value * 0.987654321, std::min(1.0, value * 1.0123456789), 12345, 67890, 1200});
      }
      chart.curves.push_back(std::move(curve));
    }
    page.charts.push_back(std::move(chart));
  }
  page.verdict = verdict_of(page.charts[0]);
  RunPart run;
  run.name = "lm-sscc-rayleigh";
  run.energy = {"language-model+0", 1200, true, {}, false};
  Sentences::Frame frame{"We shall therefore vote against the report as it stands, for reasons that my group has given more than once.", {}};
  for (const char* point : {"unified_snr_db = -3", "unified_snr_db = 1", "unified_snr_db = 6.5"}) frame.points.push_back({point, {}});
  for (int a = 0; a < 6; ++a) {
    const std::string name = fmt::format("language-model+{}", a);
    run.energy.arms.push_back({name, {1.0 + a, 0.9 + a, 1.1 + a}, {32.0 + a, 31.0 + a, 33.0 + a}, 1000, a == 5});
    run.arms.rows.push_back({name, {{"text-lines", "path corpus:sample"}, {"bpe", "vocabulary model:bpe-2048"}, {"ecct", "weights model:ecct-49-24-awgn"}}});
    for (auto& at : frame.points) at.arms.push_back({name, "We shall therefore note the report it stands for seasons that my group has given", false});
    run.complexity.push_back({name, 124439808, 9.6e11, 3e12, 1.67e11, 20});
  }
  run.arms.floors = {"source", "tokenizer", "decoder"};
  run.sentences.frames = {frame, frame};
  run.provenance = {{{"seed", "1"}}, {{"model:lm-bpe", std::string(64, 'a')}}, {{"bp 1.0.0", std::string(40, 'b')}}, "tandem run x", std::string(6000, 'c')};
  page.runs.push_back(std::move(run));
  return page;
}

TEST(HtmlPage, IsWellFormedAloneAndSmall) {
  const std::string page = to_html(full_page());
  EXPECT_EQ(test::fault_of_markup(page), "");
  EXPECT_LT(page.size(), 200'000u);
  EXPECT_THAT(page, ::testing::StartsWith("<!DOCTYPE html>\n<html lang=\"en\">"));
  for (const char* outside : {"src=", "href=", "url(", "@import", "@font-face", "https:", "fetch(", "import("}) EXPECT_THAT(page, Not(HasSubstr(outside)));
  // The one address is the name of SVG.
  const std::string rest = std::regex_replace(page, std::regex("xmlns=\"http://www.w3.org/2000/svg\""), "");
  EXPECT_THAT(rest, Not(HasSubstr("http:")));
}

TEST(HtmlPage, TheSamePageGivesTheSameBytes) { EXPECT_EQ(to_html(full_page()), to_html(full_page())); }

TEST(HtmlPage, AsksForItselfOnlyWhileLive) {
  Page page = full_page();
  EXPECT_THAT(to_html(page), Not(HasSubstr("http-equiv")));
  page.reload_seconds = 5;
  EXPECT_THAT(to_html(page), HasSubstr("<meta http-equiv=\"refresh\" content=\"5\"/>"));
}

TEST(HtmlPage, NothingOfAStrangerBecomesMarkup) {
  const std::string hostile = "</script></style></title><script>alert(1)</script>\"'><img src=x onerror=alert(1)> & \xff\xfe\x01";
  Page page = full_page();
  page.title = hostile;
  page.remarks = {hostile};
  page.verdict.push_back(hostile);
  for (auto& chart : page.charts) {
    chart.title = chart.axis = hostile;
    for (auto& curve : chart.curves) curve.label = hostile;
  }
  page.charts[0].metric = hostile;
  RunPart& run = page.runs[0];
  run.complexity[0].arm = hostile;
  run.name = run.energy.reference = run.energy.arms[0].arm = run.arms.rows[0].arm = hostile;
  run.remarks = {hostile};
  run.arms.floors[0] = run.arms.rows[0].cells[0].plugin = run.arms.rows[0].cells[0].fields = hostile;
  run.sentences.frames[0].sent = run.sentences.frames[0].points[0].point = hostile;
  run.sentences.frames[0].points[0].arms[0] = {hostile, hostile + " more", false};
  run.sentences.frames[0].points[0].arms[1] = {hostile, hostile, false, true};
  run.provenance = {{{hostile, hostile}}, {{hostile, hostile}}, {{hostile, hostile}}, hostile, hostile};
  page.runs.push_back(run);
  const std::string html = to_html(page);
  EXPECT_EQ(test::fault_of_markup(html), "");
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, Not(HasSubstr("\xff")));
  EXPECT_THAT(html, HasSubstr("\ufffd"));
  page.table = {{"arm", hostile}, {hostile, hostile}};
  page.charts.clear();
  EXPECT_EQ(test::fault_of_markup(to_html(page)), "");
}

TEST(HtmlPage, ErrorsInSentencesShowWithoutColour) {
  Page page = full_page();
  page.runs[0].sentences.frames[0].sent = "we vote on the report today";
  page.runs[0].sentences.frames[0].points[0].arms[0].text = "we note on report today again";
  EXPECT_THAT(to_html(page), HasSubstr("<dd>we <mark>note</mark> on <del>the</del> report today <ins>again</ins></dd>"));
  page.runs[0].sentences.frames[0].points[0].arms[0].text = page.runs[0].sentences.frames[0].sent;
  EXPECT_THAT(to_html(page), HasSubstr("<em>differs beyond what is shown</em>"));
  page.runs[0].sentences.frames[0].points[0].arms[0].as_sent = true;
  EXPECT_THAT(to_html(page), HasSubstr("<dd><span class=\"fine\">\u2713 as sent</span></dd>"));
  for (const char* rule : {"mark{background:none;", "text-decoration:underline wavy", "text-decoration:line-through", "text-decoration:underline double"})
    EXPECT_THAT(html::style(), HasSubstr(rule));
}

TEST(HtmlPage, EveryCurveIsReachedByKeyboardAndEveryValueIsInATable) {
  const std::string page = to_html(full_page());
  for (int a = 0; a < 6; ++a) EXPECT_THAT(page, HasSubstr(fmt::format("tabindex=\"0\" role=\"group\" aria-label=\"language-model+{}\"", a)));
  EXPECT_THAT(page, HasSubstr("<input type=\"radio\" name=\"figure\" id=\"figure-1\" checked=\"checked\"/>"));
  // bleu.1 of the first arm at -3: 1 / (1 + e^5).
  EXPECT_THAT(page, HasSubstr("<tr><th scope=\"row\">-3</th><td>0.00669 <small>"));
}

TEST(HtmlPage, ATableOfResultsIsEnough) {
  // A folder with results.csv alone: six arms at twenty points, as many rows as a run of text has.
  const test::TemporaryFolder scratch;
  const auto folder = scratch.path() / "only-a-table";
  std::filesystem::create_directory(folder);
  {
    std::ofstream out(folder / "results.csv");
    out << "# tandem 0.1.0 portable\narm,unified_snr_db,metric,value,low,high,count,of,frames\n";
    for (int a = 0; a < 6; ++a)
      for (int i = 0; i < 20; ++i)
        for (const char* metric : {"bleu.1", "bleu.2", "bleu.3", "bleu.4", "ber.info", "bler.info", "bler.code", "frame.errors"}) {
          const double value = 1 / (3.0 + a + i);
          out << fmt::format("arm-{},{},{},{:.17g},{:.17g},{:.17g},,,1200\n", a, i - 3, metric, value, value / 2, value * 2);
        }
  }
  const host::Catalogue none({});
  const host::Registry registry(scratch.path().string());
  auto runs = read_runs({folder.string()}, none, registry);
  ASSERT_EQ(runs.size(), 1u);
  const Page page = make_page({}, runs);
  EXPECT_EQ(page.title, "only-a-table");
  std::vector<std::string> metrics;
  for (const Chart& chart : page.charts) metrics.push_back(chart.metric);
  EXPECT_THAT(metrics, ::testing::ElementsAre("bleu.1", "bleu.4", "bler.code", "ber.info"));
  ASSERT_EQ(page.charts[0].curves.size(), 6u);
  for (std::size_t a = 0; a < 6; ++a)
    for (std::size_t i = 0; i < 20; ++i) {
      const Mark& mark = page.charts[0].curves[a].marks[i];
      EXPECT_EQ(mark.x, double(i) - 3);
      EXPECT_EQ(mark.value, 1 / (3.0 + double(a + i)));
    }
  const std::string html = to_html(page);
  EXPECT_EQ(test::fault_of_markup(html), "");
  EXPECT_LT(html.size(), 200'000u);
  EXPECT_THAT(html, HasSubstr("cannot be built again here"));
  auto again = read_runs({folder.string()}, none, registry);
  EXPECT_EQ(to_html(make_page({}, again)), html);
  // Beside another run arms are named after their folders, and nobody is to take one unified SNR for the other.
  std::filesystem::copy(folder, scratch.path() / "second", std::filesystem::copy_options::recursive);
  auto both = read_runs({folder.string(), (scratch.path() / "second").string()}, none, registry);
  const Page pair = make_page({}, both);
  ASSERT_EQ(pair.charts[0].curves.size(), 12u);
  EXPECT_EQ(pair.charts[0].curves[6].label, "second: arm-0");
  EXPECT_THAT(pair.verdict.back(), HasSubstr("refers to each run's own reference"));
}

TEST(HtmlPage, AnEmptyRunIsAPageToo) {
  Page page;
  page.title = "not yet";
  page.runs.emplace_back();
  const std::string html = to_html(page);
  EXPECT_EQ(test::fault_of_markup(html), "");
  EXPECT_THAT(html, HasSubstr("No point is finished yet."));
}

}  // namespace
}  // namespace tandem::report
