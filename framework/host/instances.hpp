#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tandem/metric.hpp>

#include "graph.hpp"

namespace tandem::host {

/// Creates components, each once: nodes that compute the same share one instance, over arms and points. Thread-safe.
class Instances {
 public:
  Instances(const Catalogue& catalogue, Environment environment) : catalogue_(catalogue), environment_(environment) {}

  /// The component of a node (of the node it is the receiving half of), created, with fields, ready and bound.
  /// Throws Refusal with the node's place for what only the component can judge.
  std::shared_ptr<Component> get(const Graph& graph, const Node& node, const Located& document);
  /// A component without bindings, such as a metric.
  std::shared_ptr<Component> get(const Stage& stage, const Located& document, const std::vector<std::string>& path);

 private:
  std::shared_ptr<Component> create(const Listed& plugin, const Ordered& fields) const;
  std::shared_ptr<Component> make(const Stage& stage, const Located& document, const std::vector<std::string>& path) const;

  const Catalogue& catalogue_;
  Environment environment_;
  std::recursive_mutex mutex_;
  std::map<std::string, std::shared_ptr<Component>> made_;
};

}  // namespace tandem::host
