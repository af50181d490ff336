#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "curves_svg.hpp"
#include "html.hpp"
#include "names.hpp"

namespace tandem::report::html {
namespace {

std::string brief(double value) { return value != 0 && std::abs(value) < 1e-12 ? "~0" : fmt::format("{:.3g}", value); }

// Every value of the chart, for whoever cannot point at marks.
std::string values(const Chart& chart) {
  std::vector<double> xs;
  std::vector<const Curve*> curves;
  for (const Curve& curve : chart.curves) {
    if (curve.kind != Curve::Kind::measured) continue;
    curves.push_back(&curve);
    for (const Mark& mark : curve.marks) xs.push_back(mark.x);
  }
  std::ranges::sort(xs);
  xs.erase(std::unique(xs.begin(), xs.end()), xs.end());
  std::string out = "<table>\n<tr><th scope=\"col\">" + text(axis_words(chart.axis)) + "</th>";
  for (const Curve* curve : curves) out += "<th scope=\"col\">" + text(curve->label) + "</th>";
  out += "</tr>\n";
  for (const double x : xs) {
    out += fmt::format("<tr><th scope=\"row\">{:g}</th>", x);
    for (const Curve* curve : curves) {
      const auto mark = std::ranges::find(curve->marks, x, &Mark::x);
      if (mark == curve->marks.end())
        out += "<td></td>";
      else if (mark->count && *mark->count == 0)
        out += fmt::format("<td>&lt; {}</td>", brief(mark->high));
      else
        out += fmt::format("<td>{} <small>{}\u2013{}</small></td>", brief(mark->value), brief(mark->low), brief(mark->high));
    }
    out += "</tr>\n";
  }
  return out + "</table>\n";
}

std::string figure(const Chart& chart) {
  const Picture picture = curves_for_page(chart);
  const std::string title = metric_words(chart.metric);
  std::string out = fmt::format("<figure>\n<div class=\"plot\" style=\"--whole:{:g};--plot:{:g}\">\n{}</div>\n", picture.width, picture.plot_width, picture.svg);
  out += "<ul class=\"curves legend\">\n" + picture.legend + "</ul>\n";
  out += "<p class=\"readout\" aria-live=\"polite\">Point at a mark, or go to a curve with Tab and along it with the arrow keys.</p>\n";
  out += fmt::format("<figcaption>{} ({}) against {}; bands are 95 % intervals.</figcaption>\n", text(title), text(chart.metric), text(axis_words(chart.axis)));
  out += "<details>\n<summary>All values</summary>\n" + scrolling("values of " + title, values(chart)) + "</details>\n</figure>\n";
  return out;
}

std::string tab_name(const std::string& metric) {
  const std::string words = metric_words(metric);
  return metric.starts_with("bleu") ? words.substr(0, words.find(',')) : metric;
}

}  // namespace

// Radio buttons choose the figure by CSS alone; on paper all stand below each other.
std::string figures(const Page& page) {
  if (page.charts.empty()) return {};
  if (page.charts.size() == 1) return "<section>\n<h2>Figure</h2>\n" + figure(page.charts[0]) + "</section>\n";
  std::string rules, tabs, panels;
  for (std::size_t i = 0; i < page.charts.size(); ++i) {
    rules += fmt::format("{0}#figure-{1}:checked~#panel-{1}", i ? "," : "", i + 1);
    tabs += fmt::format("<input type=\"radio\" name=\"figure\" id=\"figure-{0}\"{1}/><label for=\"figure-{0}\">{2}</label>\n", i + 1, i ? "" : " checked=\"checked\"",
                        text(tab_name(page.charts[i].metric)));
    panels += fmt::format("<div class=\"panel\" id=\"panel-{}\">\n{}</div>\n", i + 1, figure(page.charts[i]));
  }
  return "<section>\n<h2>Figures</h2>\n<style>@media screen{.panel{display:none}" + rules + "{display:block}}</style>\n<div class=\"tabs\">\n" + tabs + panels +
         "</div>\n</section>\n";
}

}  // namespace tandem::report::html
