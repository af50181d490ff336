#include "bench.hpp"

#include "host/example.hpp"
#include "host/library.hpp"

namespace tandem::conformance {

Bench::Bench(Subject subject, const host::Catalogue& catalogue, const host::Registry& registry, std::uint64_t seed)
    : subject_(std::move(subject)), catalogue_(catalogue), registry_(registry), seed_(seed) {}

const host::Library& Bench::library() {
  if (!library_) library_ = host::Library::load(subject_.library);
  return *library_;
}

const host::Manifest& Bench::manifest() {
  if (!manifest_) manifest_ = library().describe();
  return *manifest_;
}

host::Ordered Bench::experiment() { return host::example_experiment(manifest(), subject_.fields); }

Bench::World Bench::make_world() {
  try {
    return make_example();
  } catch (const Inapplicable&) {
    throw;
  } catch (const Violation&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    throw Inapplicable(fmt::format("the example cannot be made: {}", e.what()));
  }
}

Bench::World Bench::make_example() {
  World world;
  world.document = host::Located(host::parse_document(experiment().dump(2), "the example"));
  world.instances = std::make_unique<host::Instances>(catalogue_, Environment{});
  std::vector<host::Problem> problems;
  host::Stage trainer;
  if (manifest().role == "trainer")
    trainer = host::Checker(catalogue_, registry_, world.document, problems).stage(world.document.value["train"], "trainer", {"train"}, "train");
  else
    world.graph = host::build_graph(world.document, catalogue_, registry_, problems);
  host::Stage metric;
  if (manifest().role == "metric" && problems.empty())
    metric = host::Checker(catalogue_, registry_, world.document, problems).stage(world.document.value["metrics"][0], "metric", {"metrics", "0"}, "metrics");
  if (!problems.empty()) {
    const host::Refusal refusal(problems);
    bool missing = true;
    for (const auto& problem : problems) missing = missing && (problem.exit == host::Exit::missing_reference || problem.message.find("does not exist") != std::string::npos);
    if (missing) throw Inapplicable(refusal.what());
    throw refusal;
  }
  for (const auto* stage : {&trainer, &metric})
    if (stage->plugin) world.subject = world.instances->get(*stage, world.document, {stage == &trainer ? "train" : "metrics"});
  for (const auto& node : world.graph.nodes)
    if (!node.receiving() && node.stage.plugin->manifest.name == manifest().name && node.role == manifest().role && !world.subject)
      world.subject = world.instances->get(world.graph, node, world.document);
  if (!world.subject) throw Violation("the plugin is not part of its own example");
  return world;
}

Bench::World& Bench::world() {
  if (!world_) world_ = make_world();
  return *world_;
}

std::shared_ptr<Component> Bench::component(World& world, const std::string& floor) {
  const host::Node* node = world.graph.find(floor);
  if (!node) throw Inapplicable("the example has no " + floor);
  return world.instances->get(world.graph, *node, world.document);
}

host::Link Bench::link() {
  if (!links_) links_ = std::make_unique<host::Links>(catalogue_, 1, seed_);
  return links_->build({world().document, world().graph});
}

}  // namespace tandem::conformance
