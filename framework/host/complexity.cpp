#include "complexity.hpp"

#include <algorithm>
#include <tandem/complexity.hpp>

#include "link.hpp"

namespace tandem::host {
namespace {

ArmComplexity complexity_of(const PlannedArm& arm, Links& links, std::uint64_t frames) {
  const Variant& variant = arm.variants.at(arm.points.at(0).variant);
  const Link link = links.build(variant);
  if (const std::uint64_t items = link.transmitter->items()) frames = std::min(frames, items);
  ArmComplexity out{.arm = arm.name, .frames = frames};
  const auto sent = link.transmitter->send(0, frames);
  for (const Node& node : variant.graph.nodes) {
    if (node.receiving()) continue;
    const auto component = links.instances().get(variant.graph, node, variant.document);
    const auto* complexity = dynamic_cast<const Complexity*>(component.get());
    if (!complexity) continue;
    out.parameters += complexity->parameters();
    for (std::size_t frame = 0; frame < frames; ++frame) {
      const Workload workload{.item = std::as_const(sent->items)[frame],
                              .tokens = sent->tokens.rows() ? sent->tokens.row_length(frame) : 0,
                              .blocks = sent->blocks.empty() ? 0 : sent->blocks[frame]};
      out.published += complexity->operations(workload, Counting::published) / static_cast<double>(frames);
      out.anew += complexity->operations(workload, Counting::anew) / static_cast<double>(frames);
      out.kept += complexity->operations(workload, Counting::kept) / static_cast<double>(frames);
    }
  }
  return out;
}

}  // namespace

std::vector<ArmComplexity> complexity_of(const Plan& plan, const Catalogue& catalogue, std::uint64_t frames) {
  Links links(catalogue, 1, plan.config.seed);
  std::vector<ArmComplexity> out;
  for (const auto& arm : plan.arms)
    if (arm.skipped.empty() && !arm.points.empty()) out.push_back(complexity_of(arm, links, frames));
  return out;
}

}  // namespace tandem::host
