#include "curves_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "curves_style.hpp"
#include "names.hpp"
#include "plot.hpp"
#include "svg_text.hpp"

namespace tandem::report {
namespace {

constexpr double left = 70, top = 46, width = Plot::width, label_height = 17, letter_width = 7.1, arrow = 11;
constexpr double key = left + width + 16, label_at = key + 30;  // the sample of a curve, and its name
constexpr std::size_t longest_label = 40, longest_title = 60, longest_with_name = 48;

// Names that the field writes with indices.
std::string axis_title(const std::string& name) {
  constexpr const char* ratio =
      "<tspan font-style=\"italic\">E</tspan><tspan class=\"small\" dy=\"3\">{}</tspan><tspan dy=\"-3\">/</tspan>"
      "<tspan font-style=\"italic\">N</tspan><tspan class=\"small\" dy=\"3\">0</tspan><tspan dx=\"4\" dy=\"-3\">(dB)</tspan>";
  if (name == "es_n0_db") return fmt::format(ratio, "s");
  if (name == "eb_n0_db") return fmt::format(ratio, "b");
  return escaped(shortened(axis_words(name), longest_title));
}

std::string metric_title(const std::string& name) {
  const std::string title = metric_words(name);
  const std::string both = title + " (" + name + ")";
  return escaped(shortened(title == name || both.size() > longest_with_name ? title : both, longest_title));
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

// A sample of each curve's line with its name, for where there is no room beside the plot.
std::string legend_of(const Chart& chart, const std::vector<Drawing>& drawings) {
  std::string out;
  for (const std::size_t i : label_order(drawings)) {
    const Curve& curve = chart.curves[i];
    out += fmt::format("<li><svg class=\"{}\" width=\"32\" height=\"12\" aria-hidden=\"true\"><path class=\"line{}\" d=\"M3,6h26\"/>",
                       drawings[i].colour, dashes_of(curve));
    if (curve.kind == Curve::Kind::measured) out += fmt::format("<path class=\"mark\" d=\"{}\"/>", shape(drawings[i].shape, {16, 6}));
    out += "</svg> " + escaped(shown_label(curve, drawings[i])) + "</li>\n";
  }
  return out;
}

Picture draw(const Chart& chart, bool alone) {
  const Plot plot = plot_of(chart, label_height);
  Pen pen(chart, plot);
  std::vector<Drawing> drawings;
  std::size_t arms = 0, longest = 0;
  for (const Curve& curve : chart.curves) {
    const std::size_t look = curve.look.value_or(arms);
    arms += curve.kind == Curve::Kind::measured;
    drawings.push_back(pen.draw(curve, look));
    drawings.back().shape = look;
    drawings.back().colour = curve.kind == Curve::Kind::measured ? "c" + std::to_string(look % curve_colours) : "other";
    longest = std::max(longest, letters_of(shown_label(curve, drawings.back())));
  }
  const double above = alone ? 0 : top - 12;  // a page has the title elsewhere
  Picture picture;
  picture.width = std::ceil(label_at + letter_width * static_cast<double>(longest) + 8);
  picture.plot_width = left + width + 10;
  const double all_height = top + plot.height + (alone ? 48 : 54);  // a phone's letters are larger

  std::string& out = picture.svg;
  out = fmt::format("<svg class=\"curves\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 {1:g} {0:g} {2:g}\" width=\"{0:g}\" height=\"{2:g}\"{3}>\n",
                    picture.width, above, all_height - above,
                    alone ? "" : fmt::format(" role=\"group\" aria-label=\"{}\"", metric_title(chart.metric) + " against " + escaped(axis_words(chart.axis))));
  if (alone)
    out += fmt::format("<style>{2}</style>\n<rect class=\"ground\" width=\"{0:g}\" height=\"{1:g}\"/>\n<text class=\"title\" x=\"{3:g}\" y=\"26\">{4}</text>\n",
                       picture.width, all_height, curves_style(), left, escaped(shortened(chart.title, longest_title)));
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
  for (std::size_t i = 0; i < drawings.size(); ++i) {
    if (drawings[i].marks.empty()) continue;
    const std::string reached = alone ? "" : fmt::format(" tabindex=\"0\" role=\"group\" aria-label=\"{}\"", escaped(chart.curves[i].label));
    out += fmt::format("<g class=\"{}\"{}>\n{}</g>\n", drawings[i].colour, reached, drawings[i].marks);
  }
  out += "</g>\n" + labels(chart, drawings, plot) + "</svg>\n";
  if (!alone) picture.legend = legend_of(chart, drawings);
  return picture;
}

}  // namespace

std::string curves_svg(const Chart& chart) { return draw(chart, true).svg; }

Picture curves_for_page(const Chart& chart) { return draw(chart, false); }

}  // namespace tandem::report
