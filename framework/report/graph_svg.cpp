#include "graph_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "svg_text.hpp"

namespace tandem::report {
namespace {

constexpr int box_width = 190, box_height = 46, row_height = 66, left = 24, top = 64, gap = 70;

struct Spot {
  int x = 0, y = 0;
};

std::string box(const host::Node& node, const host::Graph& graph, Spot spot) {
  const auto& plain = node.receiving() ? *graph.find(node.name.substr(1)) : node;
  const std::string plugin = plain.stage.plugin->manifest.name;
  return fmt::format(
      "<g class=\"{}\"><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>"
      "<text x=\"{}\" y=\"{}\" class=\"plugin\">{}</text><text x=\"{}\" y=\"{}\" class=\"node\">{}</text></g>\n",
      node.role == "channel" ? "channel" : node.in.empty() && node.role != "source" ? "bound" : "floor",
      escaped(plain.stage.fields.dump()), spot.x, spot.y, box_width, box_height, spot.x + box_width / 2, spot.y + 20, escaped(plugin),
      spot.x + box_width / 2, spot.y + 37, escaped(node.name));
}

}  // namespace

std::string graph_svg(const host::Graph& graph, const std::string& title) {
  std::size_t channel = 0;
  while (graph.nodes[graph.chain[channel]].role != "channel") ++channel;
  const auto down = static_cast<int>(channel), up = static_cast<int>(graph.chain.size() - channel) - 1;
  const int rows = std::max(down, up);
  const int middle = left + box_width + gap, right = middle + box_width + gap;
  std::map<std::string, Spot> spots;
  for (int i = 0; i < down; ++i) spots[graph.nodes[graph.chain[static_cast<std::size_t>(i)]].name] = {left, top + (rows - down + i) * row_height};
  spots[graph.nodes[graph.chain[channel]].name] = {middle, top + rows * row_height};
  for (int i = 1; i <= up; ++i) spots[graph.nodes[graph.chain[channel + static_cast<std::size_t>(i)]].name] = {right, top + (rows - i) * row_height};
  int bound_row = 0;
  for (const auto& node : graph.nodes)
    if (!spots.contains(node.name)) spots[node.name] = {middle, top + bound_row++ * row_height};

  const int width = right + box_width + left, height = top + std::max(rows + 1, bound_row) * row_height + 10;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" font-family=\"system-ui, sans-serif\">\n"
      "<style>text{{fill:#222;text-anchor:middle}}.plugin{{font-size:14px;font-weight:600}}.node{{font-size:11px;fill:#666}}"
      "rect{{fill:#eef3f8;stroke:#4a6fa5}}.channel rect{{fill:#fbeee0;stroke:#c8791b}}.bound rect{{fill:none;stroke:#8a8a8a;stroke-dasharray:4 3}}"
      "path{{fill:none;stroke:#4a6fa5;stroke-width:1.5}}path.with{{stroke:#8a8a8a;stroke-dasharray:4 3}}.title{{font-size:15px;text-anchor:start}}"
      "@media (prefers-color-scheme:dark){{text{{fill:#e6e6e6}}.node{{fill:#aaa}}rect{{fill:#1d2733}}.channel rect{{fill:#3a2a17}}}}</style>\n"
      "<defs><marker id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" orient=\"auto\"><path d=\"M1,1 L7,4 L1,7\"/></marker></defs>\n"
      "<text x=\"{2}\" y=\"32\" class=\"title\">{3}</text>\n",
      width, height, left, escaped(title));
  for (const auto& node : graph.nodes) {
    const Spot to = spots[node.name];
    if (!node.in.empty()) {
      const Spot from = spots[node.in];
      if (from.x == to.x) {
        const bool falling = from.y < to.y;
        out += fmt::format("<path d=\"M{},{} V{}\" marker-end=\"url(#tip)\"/>\n", from.x + box_width / 2, from.y + (falling ? box_height : 0), to.y + (falling ? 0 : box_height));
      } else if (node.role == "channel") {
        out += fmt::format("<path d=\"M{},{} V{} H{}\" marker-end=\"url(#tip)\"/>\n", from.x + box_width / 2, from.y + box_height, to.y + box_height / 2, to.x);
      } else {
        out += fmt::format("<path d=\"M{},{} H{} V{}\" marker-end=\"url(#tip)\"/>\n", from.x + box_width, from.y + box_height / 2, to.x + box_width / 2, to.y + box_height);
      }
    }
    for (const auto& with : node.with) {
      const Spot other = spots[with];
      const bool leftwards = other.x < to.x;
      if (other.x == to.x) continue;
      out += fmt::format("<path class=\"with\" d=\"M{},{} L{},{}\"/>\n", to.x + (leftwards ? 0 : box_width), to.y + box_height / 2, other.x + (leftwards ? box_width : 0), other.y + box_height / 2);
    }
  }
  for (const auto& node : graph.nodes) out += box(node, graph, spots[node.name]);
  return out + "</svg>\n";
}

}  // namespace tandem::report
