#include "curves_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "plot.hpp"
#include "svg_text.hpp"

namespace tandem::report {
namespace {

constexpr double left = 70, top = 46, width = Plot::width, label_height = 17, letter_width = 7.1, arrow = 11;
constexpr double key = left + width + 16, label_at = key + 30;  // the sample of a curve, and its name
constexpr std::size_t longest_label = 40, longest_title = 60, colours = 8;

// One rule of the style sheet. The second declarations are for dark ground.
struct Rule {
  const char *selector, *light, *dark = "";
};

// Okabe and Ito's colours without yellow, which nothing makes readable on white, and with grey.
constexpr Rule rules[] = {
    {"text", "font:12px system-ui,sans-serif;fill:#222", "fill:#e6e6e6"},
    {".title", "font-size:15px;font-weight:600"},
    {".x", "text-anchor:middle"},
    {".y", "text-anchor:end"},
    {".small", "font-size:9px"},
    {".ground", "fill:#fff", "fill:#14181d"},
    {".frame", "fill:none;stroke:#666", "stroke:#999"},
    {".minor", "stroke:#f2f2f2", "stroke:#1d2228"},
    {".major", "stroke:#dcdcdc", "stroke:#30363d"},
    {".line", "fill:none;stroke:currentColor;stroke-width:1.7;stroke-linejoin:round"},
    {".dotted", "stroke-dasharray:.1 4;stroke-linecap:round"},
    {".dashed", "stroke-dasharray:6 4;stroke-width:1.3"},
    {".band", "fill:currentColor;opacity:.15"},
    {".limit", "fill:none;stroke:currentColor;stroke-width:1.4"},
    {".mark", "fill:currentColor;stroke:#fff;stroke-width:.8", "stroke:#14181d"},
    {".lead", "fill:none;stroke:currentColor;stroke-width:.7;opacity:.45"},
    {".other", "color:#444", "color:#bbb"},
    {".c0", "color:#0072b2", "color:#3d9bdc"},
    {".c1", "color:#d55e00", "color:#f0803c"},
    {".c2", "color:#009e73", "color:#1fc295"},
    {".c3", "color:#cc79a7"},
    {".c4", "color:#e69f00"},
    {".c5", "color:#56b4e9", "color:#9ad7fb"},
    {".c6", "color:#000", "color:#fff"},
    {".c7", "color:#888", "color:#999"},
};

// The rules hold in our pictures alone, also where one stands in a page.
std::string style() {
  std::string light, dark;
  for (const Rule& rule : rules) {
    light += fmt::format(".curves {}{{{}}}", rule.selector, rule.light);
    if (*rule.dark) dark += fmt::format(".curves {}{{{}}}", rule.selector, rule.dark);
  }
  return light + "@media(prefers-color-scheme:dark){" + dark + "}";
}

// Names that the field writes with indices, or that have more to say than their name.
std::string axis_title(const std::string& name) {
  constexpr const char* ratio =
      "<tspan font-style=\"italic\">E</tspan><tspan class=\"small\" dy=\"3\">{}</tspan><tspan dy=\"-3\">/</tspan>"
      "<tspan font-style=\"italic\">N</tspan><tspan class=\"small\" dy=\"3\">0</tspan><tspan dx=\"4\" dy=\"-3\">(dB)</tspan>";
  if (name == "es_n0_db") return fmt::format(ratio, "s");
  if (name == "eb_n0_db") return fmt::format(ratio, "b");
  if (name == "unified_snr_db") return "unified SNR (dB)";
  if (name == "label_db") return "SNR as labelled (dB)";
  return escaped(shortened(name, longest_title));
}

std::string metric_title(const std::string& name) {
  static const std::map<std::string, std::string> words = {
      {"ber.info", "bit error rate of the message"},       {"ber.code", "bit error rate of the codeword"},
      {"bler.info", "block error rate of the message"},    {"bler.code", "block error rate"},
      {"bler.undetected", "undetected block error rate"},  {"frame.errors", "frame error rate"},
      {"frame.undetected", "undetected frame error rate"}, {"decoder.iterations", "iterations a block"}};
  const auto found = words.find(name);
  std::string title = name;
  // The two are never to be taken for each other.
  if (name.starts_with("bleu.corpus-"))
    title = "BLEU-" + name.substr(12) + " of the corpus";
  else if (name.starts_with("bleu."))
    title = "BLEU-" + name.substr(5) + ", mean of sentences";
  else if (found != words.end())
    title = found->second;
  return escaped(shortened(title == name ? name : title + " (" + name + ")", longest_title));
}

// Shapes 8 px wide around a point, as paths; a colour that comes a second time comes with another shape.
std::string shape(std::size_t index, Spot at, double size = 1) {
  static constexpr const char* paths[] = {"m-3.5,0a3.5,3.5 0 1 0 7,0a3.5,3.5 0 1 0 -7,0z", "m-3.2,-3.2h6.4v6.4h-6.4z",
                                          "m0,-4.4l4.4,4.4l-4.4,4.4l-4.4,-4.4z", "m0,-4.2l4.1,7.2h-8.2z", "m0,4.2l4.1,-7.2h-8.2z"};
  if (size < 1) return "M" + pair(at) + "m-2.2,0a2.2,2.2 0 1 0 4.4,0a2.2,2.2 0 1 0 -4.4,0z";
  return "M" + pair(at) + paths[index % std::size(paths)];
}

std::string told(const Curve& curve, const Mark& mark, const std::string& axis, bool limit) {
  std::string text = fmt::format("{}\n{} = {:g}: ", curve.label, axis, mark.x);
  if (curve.kind != Curve::Kind::measured) return escaped(text + fmt::format("{:.4g}", mark.value));
  text += limit ? fmt::format("below {:.3g}", mark.high) : fmt::format("{:.4g} [{:.4g}, {:.4g}]", mark.value, mark.low, mark.high);
  if (mark.count && mark.of) text += fmt::format("\n{:.15g} of {:.15g}", *mark.count, *mark.of);
  return escaped(text + fmt::format("{}{:.15g} frames", mark.count ? ", " : "\n", mark.frames));
}

std::string grid(const char* kind, const Plot& plot, const std::vector<double>& xs, const std::vector<double>& ys) {
  std::string path;
  for (const double x : xs) path += fmt::format("M{},0v{}", number(plot.at(x, plot.y.high).x), number(plot.height));
  for (const double y : ys) path += fmt::format("M0,{}h{}", number(plot.at(plot.x.low, y).y), number(width));
  return path.empty() ? "" : fmt::format("<path class=\"{}\" d=\"{}\"/>\n", kind, path);
}

std::string axis_numbers(const Plot& plot) {
  std::string out;
  for (const double x : plot.x.major)
    out += fmt::format("<text class=\"x\" x=\"{}\" y=\"{}\">{}</text>", number(left + plot.at(x, plot.y.high).x),
                       number(top + plot.height + 17), shown(x, plot.x.decimals));
  out += "\n";
  for (const double y : plot.y.major) {
    const std::string text = plot.y.logarithmic ? "10<tspan class=\"small\" dy=\"-4\">" + shown(std::round(std::log10(y)), 0) + "</tspan>"
                                                : shown(y, plot.y.decimals);
    out += fmt::format("<text class=\"y\" x=\"{}\" y=\"{}\">{}</text>", number(left - 7), number(top + plot.at(plot.x.low, y).y + 4), text);
  }
  return out + "\n";
}

const char* dashes_of(const Curve& curve) {
  return curve.kind == Curve::Kind::bound ? " dotted" : curve.kind == Curve::Kind::published ? " dashed" : "";
}

// One curve: its lines and bands, which the plot cuts off; its marks, which it does not; where its label belongs.
struct Drawing {
  std::string bands, lines, marks;
  std::string colour;     // its class
  std::size_t shape = 0;  // of its markers
  Spot end;
  bool ends = false;  // somewhere inside
};

class Pen {
 public:
  Pen(const Chart& chart, const Plot& plot) : chart_(chart), plot_(plot) {}

  Drawing draw(const Curve& curve, std::size_t index) {
    Drawing out;
    std::vector<const Mark*> joined;
    for (const Mark& mark : curve.marks) {
      if (!plot_.drawable(mark)) continue;
      if (!plot_.is_limit(mark)) {
        joined.push_back(&mark);
        continue;
      }
      join(curve, joined, out);
      joined.clear();
      // Of a bound there is nothing to draw where it is 0.
      if (curve.kind == Curve::Kind::measured) limit(curve, mark, out);
    }
    join(curve, joined, out);
    for (const Mark& mark : curve.marks) {
      const bool limit = plot_.is_limit(mark);
      if (!plot_.drawable(mark) || limit || curve.kind == Curve::Kind::bound) continue;
      const Spot spot = plot_.at(mark.x, mark.value);
      if (!plot_.inside(spot)) continue;
      out.marks += fmt::format("<path class=\"mark\" d=\"{}\"><title>{}</title></path>\n",
                               shape(index, spot, curve.kind == Curve::Kind::measured ? 1 : 0.6), told(curve, mark, chart_.axis, false));
    }
    return out;
  }

 private:
  const Chart& chart_;
  const Plot& plot_;
  std::vector<Spot> limits_;

  void join(const Curve& curve, const std::vector<const Mark*>& marks, Drawing& out) const {
    if (marks.empty()) return;
    std::string line, above, below;
    Spot before;
    for (std::size_t i = 0; i < marks.size(); ++i) {
      const Mark& mark = *marks[i];
      const Spot spot = plot_.at(mark.x, mark.value);
      line += (i ? "L" : "M") + pair(spot);
      above += (i ? "L" : "M") + pair(plot_.at(mark.x, mark.high));
      below = "L" + pair(plot_.at(mark.x, mark.low)) + below;
      Spot end;
      if (plot_.last_inside(i ? before : spot, spot, end)) out.end = end, out.ends = true;
      before = spot;
    }
    if (curve.kind == Curve::Kind::measured) {
      // A mark without neighbours has a bar for a band.
      if (marks.size() == 1)
        out.bands += fmt::format("<path class=\"limit\" d=\"{}{}\"/>\n", above, below);
      else
        out.bands += fmt::format("<path class=\"band\" d=\"{}{}z\"/>\n", above, below);
    }
    if (marks.size() > 1) out.lines += fmt::format("<path class=\"line{}\" d=\"{}\"/>\n", dashes_of(curve), line);
  }

  void limit(const Curve& curve, const Mark& mark, Drawing& out) {
    Spot spot = plot_.at(mark.x, mark.high);
    if (!out.ends) out.end = spot;  // the label's place if nothing better comes
    // Arms with the same number of frames have the same limit: side by side instead of on each other.
    const auto taken = [&] {
      return std::ranges::any_of(limits_, [&](Spot s) { return std::abs(s.x - spot.x) < 6.5 && std::abs(s.y - spot.y) < arrow; });
    };
    const double middle = spot.x;
    for (int i = 1; i < 24 && (taken() || spot.x > width - 4 || spot.x < 4); ++i) spot.x = middle + (i % 2 ? -7.0 : 7.0) * (i / 2 + i % 2);
    limits_.push_back(spot);
    out.marks += fmt::format("<path class=\"limit\" d=\"M{}m-3,0h6m-3,0v{}m-3,-4l3,4l3,-4\"><title>{}</title></path>\n", pair(spot),
                             number(arrow), told(curve, mark, chart_.axis, true));
  }
};

std::string shown_label(const Curve& curve, const Drawing& drawing) {
  const bool nothing = !drawing.ends && drawing.marks.empty();
  return shortened(curve.label, longest_label) + (nothing ? " (out of range)" : "");
}

// Labels from top to bottom by where the curves end; of curves that end at the same height the one that ends first
// comes last, so that its leader passes below the others.
std::vector<std::size_t> label_order(const std::vector<Drawing>& drawings) {
  std::vector<std::size_t> order(drawings.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    const Spot p = drawings[a].end, q = drawings[b].end;
    return std::pair(std::round(p.y), -std::round(p.x)) < std::pair(std::round(q.y), -std::round(q.x));
  });
  return order;
}

// The curves' names, each with a sample of its line: there is no legend to look things up in.
std::string labels(const Chart& chart, const std::vector<Drawing>& drawings, const Plot& plot) {
  const auto order = label_order(drawings);
  std::vector<double> wanted;
  for (const std::size_t i : order) wanted.push_back(top + drawings[i].end.y);
  const auto heights = moved_apart(wanted, label_height, top, top + plot.height);
  std::string out;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Curve& curve = chart.curves[order[i]];
    const Drawing& drawing = drawings[order[i]];
    const double y = heights[i];
    out += fmt::format("<g class=\"{}\">", drawing.colour);
    if (drawing.ends)
      out += fmt::format("<path class=\"lead\" d=\"M{}L{}\"/>", pair({left + drawing.end.x, top + drawing.end.y}), pair({key - 3, y}));
    out += fmt::format("<path class=\"line{}\" d=\"M{}h24\"/>", dashes_of(curve), pair({key, y}));
    if (curve.kind == Curve::Kind::measured) out += fmt::format("<path class=\"mark\" d=\"{}\"/>", shape(drawing.shape, {key + 12, y}));
    out += fmt::format("<text class=\"label\" x=\"{}\" y=\"{}\">{}", number(label_at), number(y + 4), escaped(shown_label(curve, drawing)));
    if (letters_of(curve.label) > longest_label) out += "<title>" + escaped(curve.label) + "</title>";
    out += "</text></g>\n";
  }
  return out;
}

}  // namespace

std::string curves_svg(const Chart& chart) {
  const Plot plot = plot_of(chart, label_height);
  Pen pen(chart, plot);
  std::vector<Drawing> drawings;
  std::size_t arms = 0, longest = 0;
  for (const Curve& curve : chart.curves) {
    drawings.push_back(pen.draw(curve, arms));
    drawings.back().shape = arms;
    drawings.back().colour = curve.kind == Curve::Kind::measured ? "c" + std::to_string(arms++ % colours) : "other";
    longest = std::max(longest, letters_of(shown_label(curve, drawings.back())));
  }
  const double all_width = std::ceil(label_at + letter_width * static_cast<double>(longest) + 8);
  const double all_height = top + plot.height + 48;

  std::string out = fmt::format(
      "<svg class=\"curves\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
      "height=\"{1:g}\">\n<style>{2}</style>\n"
      "<rect class=\"ground\" width=\"{0:g}\" height=\"{1:g}\"/>\n<text class=\"title\" x=\"{3:g}\" y=\"26\">{4}</text>\n",
      all_width, all_height, style(), left, escaped(shortened(chart.title, longest_title)));
  // A nested picture cuts off what is outside.
  const std::string inner = fmt::format("<svg x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\">\n", left, top, width, plot.height);
  out += inner + grid("minor", plot, plot.x.minor, plot.y.minor) + grid("major", plot, plot.x.major, plot.y.major);
  for (const auto part : {&Drawing::bands, &Drawing::lines})
    for (std::size_t i = 0; i < drawings.size(); ++i)
      if (!(drawings[i].*part).empty()) out += fmt::format("<g class=\"{}\">{}</g>\n", drawings[i].colour, drawings[i].*part);
  out +=
      fmt::format("</svg>\n<rect class=\"frame\" x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\"/>\n", left, top, width, plot.height) +
      axis_numbers(plot);
  out += fmt::format("<text class=\"x\" x=\"{:g}\" y=\"{:g}\">{}</text>\n", left + width / 2, all_height - 11, axis_title(chart.axis));
  out += fmt::format("<text class=\"x\" transform=\"translate(18,{:g})rotate(-90)\">{}</text>\n", top + plot.height / 2,
                     metric_title(chart.metric));

  out += fmt::format("<g transform=\"translate({:g},{:g})\">\n", left, top);
  for (std::size_t i = 0; i < drawings.size(); ++i)
    if (!drawings[i].marks.empty()) out += fmt::format("<g class=\"{}\">\n{}</g>\n", drawings[i].colour, drawings[i].marks);
  out += "</g>\n";
  return out + labels(chart, drawings, plot) + "</svg>\n";
}

}  // namespace tandem::report
