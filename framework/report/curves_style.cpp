#include "curves_style.hpp"

#include <fmt/format.h>

namespace tandem::report {
namespace {

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

}  // namespace

std::string curves_style() {
  std::string light, dark;
  for (const Rule& rule : rules) {
    light += fmt::format(".curves {}{{{}}}", rule.selector, rule.light);
    if (*rule.dark) dark += fmt::format(".curves {}{{{}}}", rule.selector, rule.dark);
  }
  return light + "@media(prefers-color-scheme:dark){" + dark + "}";
}

}  // namespace tandem::report
