#include "report/curves_svg.hpp"
#include "report/names.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>
#include <tandem/error.hpp>

namespace tandem::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// What is wrong with the XML, or nothing: tags that do not match, "<" or "&" where it may not stand.
std::string xml_problem(const std::string& text) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '&' &&
        !std::regex_search(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), std::regex("^&(lt|gt|amp|quot);")))
      return "a bare & at " + std::to_string(at);
    if (text[at] != '<') continue;
    const std::size_t end = text.find('>', at);
    if (end == std::string::npos) return "a tag without end";
    const std::string tag = text.substr(at + 1, end - at - 1);
    if (tag.find('<') != std::string::npos || std::ranges::count(tag, '"') % 2) return "a bad tag: " + tag;
    const std::string name = tag.substr(tag[0] == '/', tag.find_first_of(" />", 1) - (tag[0] == '/'));
    if (tag[0] == '/') {
      if (open.empty() || open.back() != name) return "closes what is not open: " + name;
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(name);
    }
    at = end;
  }
  return open.empty() ? "" : "stays open: " + open.back();
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

struct Label {
  double y;
  std::string text;
};
// Labels from top to bottom, as they stand in the file.
std::vector<Label> labels_of(const std::string& svg) {
  std::vector<Label> out;
  const std::regex label("<text class=\"label\" x=\"[0-9.]+\" y=\"([0-9.]+)\">([^<]*)<");
  for (std::sregex_iterator it(svg.begin(), svg.end(), label), end; it != end; ++it) out.push_back({std::stod((*it)[1]), (*it)[2]});
  return out;
}
std::vector<std::string> names_of(const std::vector<Label>& labels) {
  std::vector<std::string> out;
  for (const auto& label : labels) out.push_back(label.text);
  return out;
}

Mark counted(double x, double errors, double frames) {
  const double p = errors / frames;
  return {x, p, p * 0.9, errors == 0 ? 3 / frames : p * 1.1, errors, frames, frames};
}

// Waterfalls that end at nearly the same place.
Chart waterfalls(int arms, int points) {
  Chart chart{"Waterfalls", "es_n0_db", "bler.code", {}};
  for (int a = 0; a < arms; ++a) {
    Curve curve{fmt::format("arm-{}", a), Curve::Kind::measured, {}};
    for (int i = 0; i < points; ++i) {
      const double x = -2 + 6.0 * i / points;
      curve.marks.push_back(counted(x, std::floor(1e5 * std::exp(-std::exp(0.5 * x) * (2 + 0.01 * a))), 1e5));
    }
    chart.curves.push_back(curve);
  }
  return chart;
}

TEST(CurvesSvg, IsWellFormedAndStandsAlone) {
  Chart chart = waterfalls(3, 5);
  chart.title = "A < B & \"C\"";
  chart.curves[0].label = "</svg><script>alert(1)</script>";
  chart.curves[1].label = "\xff\x01";
  chart.metric = "bler.<&>";
  chart.axis = "<\"&";
  const std::string svg = curves_svg(chart);
  EXPECT_EQ(xml_problem(svg), "");
  for (const char* foreign : {"<script", "href", "url(", "@import", "@font-face", " id="}) EXPECT_THAT(svg, Not(HasSubstr(foreign)));
  EXPECT_THAT(svg, HasSubstr("A &lt; B &amp; &quot;C&quot;"));
  EXPECT_THAT(svg, HasSubstr("@media(prefers-color-scheme:dark)"));
}

TEST(CurvesSvg, EveryCurveHasItsLabelAndNoneOverlap) {
  for (const int arms : {1, 2, 9, 40}) {
    const std::string svg = curves_svg(waterfalls(arms, 20));
    EXPECT_EQ(xml_problem(svg), "");
    const auto labels = labels_of(svg);
    ASSERT_EQ(labels.size(), static_cast<std::size_t>(arms));
    for (int a = 0; a < arms; ++a) EXPECT_EQ(std::ranges::count(names_of(labels), fmt::format("arm-{}", a)), 1) << a;
    // 12 px letters are less than 15 px high.
    for (std::size_t i = 1; i < labels.size(); ++i) EXPECT_GE(labels[i].y - labels[i - 1].y, 15) << labels[i].text;
    const double height = std::stod(svg.substr(svg.find("height=\"") + 8));
    EXPECT_GT(labels.front().y, 0);
    EXPECT_LT(labels.back().y, height);
  }
}

TEST(CurvesSvg, LabelsStandInTheOrderOfTheCurvesEnds) {
  Chart chart{"", "es_n0_db", "bler.code", {}};
  chart.curves = {{"low", Curve::Kind::measured, {counted(0, 500, 1000), counted(1, 5, 1000)}},
                  {"high", Curve::Kind::measured, {counted(0, 600, 1000), counted(1, 400, 1000)}},
                  {"middle", Curve::Kind::measured, {counted(0, 100, 1000), counted(1, 50, 1000)}}};
  EXPECT_THAT(names_of(labels_of(curves_svg(chart))), ElementsAre("high", "middle", "low"));
}

TEST(CurvesSvg, LimitsAreArrowsAndJoinedToNothing) {
  Chart chart{"", "es_n0_db", "bler.code", {}};
  chart.curves = {{"a", Curve::Kind::measured, {counted(0, 100, 1000), counted(1, 10, 1000), counted(2, 0, 1000), counted(3, 0, 1000)}}};
  std::string svg = curves_svg(chart);
  EXPECT_EQ(count_of(svg, "<path class=\"limit\""), 2u);
  EXPECT_EQ(count_of(svg, "<path class=\"mark\""), 3u);  // two points and the one of the label
  const std::size_t line = svg.find("<path class=\"line\"");
  EXPECT_EQ(count_of(svg.substr(line, svg.find("/>", line) - line), "L"), 1u);
  EXPECT_THAT(svg, HasSubstr("<title>a\nes_n0_db = 2: below 0.003\n0 of 1000, 1000 frames</title>"));
  // A limit within parts the line; a point that is left alone has a bar.
  chart.curves[0].marks = {counted(0, 100, 1000), counted(1, 10, 1000), counted(2, 0, 1000), counted(3, 1, 1000)};
  svg = curves_svg(chart);
  EXPECT_EQ(count_of(svg, "<path class=\"band\""), 1u);
  EXPECT_EQ(count_of(svg, "<path class=\"limit\""), 2u);
  // On a linear axis 0 is a value like others.
  chart.metric = "token-accuracy.equal";
  svg = curves_svg(chart);
  EXPECT_EQ(count_of(svg, "<path class=\"limit\""), 0u);
  EXPECT_EQ(count_of(svg, "<path class=\"mark\""), 5u);
}

TEST(CurvesSvg, LimitsOfSeveralArmsStandSideBySide) {
  Chart chart{"", "es_n0_db", "bler.code", {}};
  for (const char* name : {"a", "b", "c", "d"})
    chart.curves.push_back({name, Curve::Kind::measured, {counted(0, 100, 1000), counted(1, 0, 1000)}});
  const std::string svg = curves_svg(chart);
  const std::regex arrow("class=\"limit\" d=\"M([0-9.]+),[0-9.]+m-3,0h6");
  std::vector<double> places;
  for (std::sregex_iterator it(svg.begin(), svg.end(), arrow), end; it != end; ++it) places.push_back(std::stod((*it)[1]));
  ASSERT_EQ(places.size(), 4u);
  std::ranges::sort(places);
  for (std::size_t i = 1; i < places.size(); ++i) EXPECT_GE(places[i] - places[i - 1], 6);
  EXPECT_LE(places.back(), 520);
}

TEST(CurvesSvg, PointsTellValueIntervalAndCounts) {
  Chart chart{"", "unified_snr_db", "bleu.4", {}};
  chart.curves = {{"text", Curve::Kind::measured, {{-1, 0.5, 0.25, 0.75, {}, {}, 200}, {1, 0.75, 0.5, 1, {}, {}, 200}}}};
  const std::string svg = curves_svg(chart);
  EXPECT_THAT(svg, HasSubstr("<title>text\nunified_snr_db = -1: 0.5 [0.25, 0.75]\n200 frames</title>"));
  EXPECT_THAT(svg, HasSubstr(">BLEU-4, mean of sentences (bleu.4)<"));
  EXPECT_THAT(svg, HasSubstr(">unified SNR (dB)<"));
  EXPECT_THAT(svg, HasSubstr(">1.0<"));
  EXPECT_THAT(svg, Not(HasSubstr(">10<tspan")));
}

TEST(CurvesSvg, BoundsAreDottedAndPublishedCurvesDashed) {
  Chart chart = waterfalls(1, 5);
  Curve bound{"bound", Curve::Kind::bound, {}}, published{"published", Curve::Kind::published, {}};
  for (int x = -30; x < 30; ++x) {
    bound.marks.push_back({1.0 * x, std::exp(-x / 3.0) / 1e5, 0, 0, {}, {}, 0});
    published.marks.push_back({1.0 * x, std::exp(-x / 3.0) / 1e4, 0, 0, {}, {}, 0});
  }
  chart.curves.push_back(bound);
  chart.curves.push_back(published);
  const std::string svg = curves_svg(chart);
  EXPECT_EQ(count_of(svg, "class=\"line dotted\""), 2u);  // in the plot and at the label
  EXPECT_EQ(count_of(svg, "class=\"line dashed\""), 2u);
  EXPECT_EQ(count_of(svg, "class=\"band\""), 1u);
  // They do not stretch the axes.
  EXPECT_THAT(svg, Not(HasSubstr(">20<")));
  EXPECT_EQ(labels_of(svg).size(), 3u);
}

TEST(CurvesSvg, ACurveOutOfRangeSaysSo) {
  Chart chart = waterfalls(1, 5);
  chart.curves.push_back({"elsewhere", Curve::Kind::bound, {{50, 0.1, 0, 0, {}, {}, 0}, {60, 0.01, 0, 0, {}, {}, 0}}});
  EXPECT_THAT(names_of(labels_of(curves_svg(chart))), ::testing::UnorderedElementsAre("arm-0", "elsewhere (out of range)"));
}

TEST(CurvesSvg, TheSameChartGivesTheSameBytesAndFew) {
  const Chart chart = waterfalls(9, 20);
  const std::string svg = curves_svg(chart);
  EXPECT_EQ(svg, curves_svg(chart));
  EXPECT_LT(svg.size(), 60'000u);
}

TEST(CurvesSvg, SurvivesWhateverNumbersThereAre) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  for (const char* metric : {"bler.code", "bleu.1"})
    for (const double value : {1e-300, 1e300, 5e-324, -1e300, 0.0, inf, nan}) {
      Chart chart{"", "x", metric, {}};
      chart.curves = {{"a",
                       Curve::Kind::measured,
                       {{0, 0.5, 0.4, 0.6, {}, {}, 10}, {1, value, value, value, {}, {}, 10}, {value, 0.5, 0.4, 0.6, {}, {}, 10}}}};
      const std::string svg = curves_svg(chart);
      EXPECT_EQ(xml_problem(svg), "");
      EXPECT_LT(svg.size(), 20'000u) << value;
      for (const char* no_number : {"nan", "inf"})
        EXPECT_THAT(svg.substr(svg.find("</style>")), Not(HasSubstr(no_number))) << metric << " " << value;
    }
  for (const char* metric : {"bler.code", "bleu.1"})
    for (const double value : {5e-324, 1e-300, 9e299, -9e299}) {
      if (value < 0 && is_error_rate(metric)) continue;
      const Chart alone{
          "",
          "x",
          metric,
          {{"a", Curve::Kind::measured, {{-9e299, value, value, value, {}, {}, 10}, {9e299, value, value, -value, {}, {}, 10}}}}};
      EXPECT_EQ(xml_problem(curves_svg(alone)), "") << metric << " " << value;
    }
  Chart nothing{"",
                "x",
                "bler.code",
                {{"a", Curve::Kind::measured, {{0, nan, nan, nan, {}, {}, 1}}}, {"b", Curve::Kind::bound, {{0, 1, 1, 1, {}, {}, 1}}}}};
  EXPECT_THROW(curves_svg(nothing), Error);
}

TEST(CurvesSvg, KnowsErrorRatesByTheirNames) {
  for (const char* name : {"ber.info", "bler.undetected", "frame.errors", "my.ber", "word-ber", "bler"})
    EXPECT_TRUE(is_error_rate(name)) << name;
  for (const char* name : {"bleu.1", "number.of", "mean.number", "decoder.iterations", "framed.x", ""})
    EXPECT_FALSE(is_error_rate(name)) << name;
}

}  // namespace
}  // namespace tandem::report
