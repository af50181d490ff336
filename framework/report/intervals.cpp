#include "intervals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "svg_text.hpp"

namespace tandem::report {
namespace {

using Part = CodingStep::Part;

const Part& kept(const CodingStep& step) { return *std::ranges::find(step.parts, step.symbol, &Part::symbol); }

// What is cut at a step: all, or what the step before has kept.
Part whole(const Intervals& intervals, std::size_t step) { return step == 0 ? Part{0, 0, 1} : kept(intervals.steps[step - 1]); }

std::string interval(const Part& part) {
  // As many digits as tell its ends apart.
  const int digits = std::clamp(static_cast<int>(std::ceil(2 - std::log10(part.high - part.low))), 3, 15);
  const auto number = [&](double value) {
    std::string text = fmt::format("{:.{}f}", value, digits);
    text.erase(text.find_last_not_of('0') + 1);
    return text.back() == '.' ? text.substr(0, text.size() - 1) : text;
  };
  return fmt::format("[{}, {})", number(part.low), number(part.high));
}

// Digits and the width of what begins with them.
std::pair<double, double> dyadic(const std::string& bits) {
  double low = 0, width = 1;
  for (const char bit : bits) {
    width /= 2;
    if (bit == '1') low += width;
  }
  return {low, width};
}

double information(const Intervals& intervals) {
  const Part& last = kept(intervals.steps.back());
  return -std::log2(last.high - last.low);
}

}  // namespace

std::string intervals_text(const Intervals& intervals) {
  constexpr std::size_t columns = 56;
  std::string out;
  for (std::size_t s = 0; s < intervals.steps.size(); ++s) {
    const CodingStep& step = intervals.steps[s];
    const Part all = whole(intervals, s);
    std::string strip(columns + 1, ' ');
    const auto at = [&](double value) {
      return static_cast<std::size_t>(std::lround(columns * std::clamp((value - all.low) / (all.high - all.low), 0.0, 1.0)));
    };
    for (const Part& part : step.parts) {
      const std::size_t from = at(part.low), to = at(part.high);
      strip[from] = strip[to] = '|';
      const std::string name = intervals.spelled(part.symbol), shown = part.symbol == step.symbol ? "(" + name + ")" : name;
      for (const auto& label : {shown, name})
        if (to > from + label.size() && label.size() == letters_of(label)) {
          strip.replace(from + 1 + (to - from - 1 - label.size()) / 2, label.size(), label);
          break;
        }
    }
    out += fmt::format("{:<4} {}  {:<26} {}\n", intervals.spelled(step.symbol), strip, interval(kept(step)), step.bits);
  }
  return out + fmt::format("\n{} ({} bits; {:.4f} bits of information)\n", intervals.bits, intervals.bits.size(), information(intervals));
}

std::string intervals_svg(const Intervals& intervals, const std::string& title) {
  constexpr double left = 56, width = 480, row = 64, height = 26, top = 56, text = left + width + 20;
  const auto rows = static_cast<double>(intervals.steps.size());
  const double bottom = top + rows * row;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 730 {0:g}\" width=\"730\" height=\"{0:g}\" font-family=\"system-ui, sans-serif\">\n"
      "<style>text{{fill:#222;font-size:13px}}.cell{{text-anchor:middle}}.title{{font-size:15px;font-weight:600}}.small{{fill:#666;font-size:12px}}"
      "rect{{fill:#eef3f8;stroke:#4a6fa5}}rect.kept{{fill:#f6c88f}}rect.sent{{fill:#8fc7b0;stroke:#22775a}}line{{stroke:#8a8a8a;stroke-dasharray:3 3}}"
      "@media (prefers-color-scheme:dark){{text{{fill:#e6e6e6}}.small{{fill:#aaa}}rect{{fill:#1d2733}}rect.kept{{fill:#7a4d17}}rect.sent{{fill:#1d5a45}}}}</style>\n"
      "<text class=\"title\" x=\"{1:g}\" y=\"28\">{2}</text>\n",
      bottom + 64, left, escaped(title));
  const auto place = [&](const Part& all, double value) { return left + width * std::clamp((value - all.low) / (all.high - all.low), 0.0, 1.0); };
  for (std::size_t s = 0; s < intervals.steps.size(); ++s) {
    const CodingStep& step = intervals.steps[s];
    const Part all = whole(intervals, s), &own = kept(step);
    const double y = top + static_cast<double>(s) * row;
    out += fmt::format("<text x=\"16\" y=\"{:g}\">{}</text>\n", y + 18, escaped(intervals.spelled(step.symbol)));
    for (const Part& part : step.parts) {
      const double from = place(all, part.low), to = place(all, part.high);
      const std::string name = intervals.spelled(part.symbol);
      out += fmt::format("<rect{} x=\"{:.1f}\" y=\"{:g}\" width=\"{:.1f}\" height=\"{:g}\"/>", part.symbol == step.symbol ? " class=\"kept\"" : "", from, y,
                         std::max(to - from, 0.5), height);
      if (to - from > 9 * static_cast<double>(letters_of(name)))
        out += fmt::format("<text class=\"cell\" x=\"{:.1f}\" y=\"{:g}\">{}</text>", (from + to) / 2, y + 18, escaped(name));
      out += "\n";
    }
    out += fmt::format("<text x=\"{:g}\" y=\"{:g}\">{}</text><text class=\"small\" x=\"{:g}\" y=\"{:g}\">{}</text>\n", text, y + 12, interval(own), text, y + 28,
                       step.bits.empty() ? "no digit is certain yet" : "begins with 0." + step.bits);
    for (const auto& [from, to] : {std::pair(place(all, own.low), left), std::pair(place(all, own.high), left + width)})
      out += fmt::format("<line x1=\"{:.1f}\" y1=\"{:g}\" x2=\"{:g}\" y2=\"{:g}\"/>\n", from, y + height, to, y + row);
  }
  const Part last = whole(intervals, intervals.steps.size());
  const auto [low, share] = dyadic(intervals.bits);
  const double from = place(last, low), to = place(last, low + share);
  out += fmt::format("<rect x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\"/>", left, bottom, width, height);
  out += fmt::format("<rect class=\"sent\" x=\"{:.1f}\" y=\"{:g}\" width=\"{:.1f}\" height=\"{:g}\"/>", from, bottom, std::max(to - from, 0.5), height);
  out += fmt::format("<text class=\"cell\" x=\"{:.1f}\" y=\"{:g}\">{}</text>\n", (from + to) / 2, bottom + 18, intervals.bits);
  out += fmt::format("<text x=\"{:g}\" y=\"{:g}\">{} bits are sent</text><text class=\"small\" x=\"{:g}\" y=\"{:g}\">{:.4f} bits of information</text>\n", text,
                     bottom + 12, intervals.bits.size(), text, bottom + 28, information(intervals));
  return out + "</svg>\n";
}

}  // namespace tandem::report
