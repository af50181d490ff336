#include <fmt/format.h>

#include <algorithm>

#include "curves_style.hpp"
#include "host/version.hpp"
#include "html.hpp"
#include "svg_text.hpp"

namespace tandem::report {
namespace html {

std::string text(const std::string& raw) { return escaped(raw, "\ufffd"); }

std::string scrolling(const std::string& label, const std::string& content) {
  return fmt::format("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n{}</div>\n", text(label), content);
}

std::string colour_of(const Page& page, const RunPart& run, const std::string& arm) {
  const std::string label = (page.runs.size() > 1 ? run.name + ": " : "") + arm;
  for (const Chart& chart : page.charts)
    for (const Curve& curve : chart.curves)
      if (curve.look && (curve.label == label || curve.label.starts_with(label + ", "))) return fmt::format("c{}", *curve.look % curve_colours);
  return "other";
}

namespace {

std::string paragraphs(const std::vector<std::string>& sentences) {
  std::string out;
  for (const auto& sentence : sentences) out += (out.empty() ? "" : " ") + text(sentence);
  return out;
}

std::string listed(const std::vector<std::string>& remarks) {
  std::string out;
  for (const auto& remark : remarks) out += "<li>" + text(remark) + "</li>\n";
  return out.empty() ? "" : "<ul class=\"remarks\">\n" + out + "</ul>\n";
}

// A section for all runs: the heading once, then each run's part under its name.
template <class Part>
std::string section(const Page& page, const char* heading, Part part) {
  std::string out;
  for (const RunPart& run : page.runs) {
    const std::string content = part(run);
    if (!content.empty()) out += (page.runs.size() > 1 ? "<h3>" + text(run.name) + "</h3>\n" : "") + content;
  }
  return out.empty() ? "" : fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", heading, out);
}

std::string plain_table(const Page& page) {
  if (page.table.size() < 2) return {};
  std::string out = "<table>\n";
  for (std::size_t i = 0; i < page.table.size(); ++i) {
    out += "<tr>";
    for (std::size_t c = 0; c < page.table[i].size(); ++c)
      out += c == 0 || i == 0 ? fmt::format("<th scope=\"{}\">{}</th>", i == 0 ? "col" : "row", text(page.table[i][c])) : "<td>" + text(page.table[i][c]) + "</td>";
    out += "</tr>\n";
  }
  return "<section>\n<h2>Figures</h2>\n<p class=\"small\">Values with their 95 % intervals; the config has no axis to draw them against.</p>\n" +
         scrolling("figures of each arm", out + "</table>\n") + "</section>\n";
}

}  // namespace
}  // namespace html

std::string to_html(const Page& page) {
  using namespace html;
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n";
  if (page.reload_seconds > 0) out += fmt::format("<meta http-equiv=\"refresh\" content=\"{}\"/>\n", page.reload_seconds);
  out += fmt::format("<meta name=\"generator\" content=\"tandem {}\"/>\n<title>{}</title>\n<style>\n{}\n{}</style>\n</head>\n<body>\n<main>\n", host::version,
                     text(page.title), curves_style(), style());
  out += "<h1>" + text(page.title) + "</h1>\n";
  if (!page.verdict.empty()) out += "<p class=\"verdict\">" + paragraphs(page.verdict) + "</p>\n";
  if (page.charts.empty() && page.table.size() < 2) out += "<p class=\"verdict\">No point is finished yet.</p>\n";
  out += listed(page.remarks);
  for (const RunPart& run : page.runs) out += listed(run.remarks);
  out += figures(page) + plain_table(page);
  out += section(page, "Energy", [&](const RunPart& run) { return energy(page, run); });
  out += section(page, "Arms", [&](const RunPart& run) { return arms(page, run); });
  out += section(page, "What came through", [&](const RunPart& run) { return sentences(page, run); });
  out += section(page, "How it was run", [&](const RunPart& run) { return provenance(run); });
  return out + "</main>\n<script>\n" + script() + "</script>\n</body>\n</html>\n";
}

}  // namespace tandem::report
