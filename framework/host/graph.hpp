#pragma once

#include <string>
#include <tandem/batch.hpp>
#include <vector>

#include "check.hpp"

namespace tandem::host {

/// One node of what runs: a component, or the receiving half (`~name`) of one.
struct Node {
  std::string name;
  std::string role;
  Stage stage;                       ///< empty for a receiving half
  std::string in;                    ///< the node whose output it takes; empty for the source and what is only bound
  std::vector<std::string> with;     ///< the nodes it is bound to, in order
  std::vector<std::string> path;     ///< where it stands in the document
  bool receiving() const { return name.starts_with('~'); }
};

/// The unfolded stack: the source, the chain down to the channel and back up, and what is bound to it.
struct Graph {
  std::vector<Node> nodes;
  /// The chain in order: source first, channel in the middle. Indices of nodes.
  std::vector<std::size_t> chain;

  const Node* find(const std::string& name) const;
};

/// Unfolds an arm's `link`, or reads its `graph`, and checks stages, names, bindings and ports against the manifests.
/// Problems are appended; the graph is only complete when none were.
Graph build_graph(const Located& arm, const Catalogue& catalogue, const Registry& registry, std::vector<Problem>& problems);

/// Whether its modem sends real values and not bits.
bool sends_values(const Graph& graph);
/// As JSON in the form that `graph` takes in a config.
Ordered to_json(const Graph& graph);
/// Everything that fixes what a node computes: plugin, build, fields with defaults, what it is bound to. Sorted keys.
std::string canonical(const Graph& graph, const Node& node);
/// The same of the chain up to and including the node at `last` (an index into chain).
std::string canonical_chain(const Graph& graph, std::size_t last);

}  // namespace tandem::host
