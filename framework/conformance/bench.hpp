#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <tandem/component.hpp>
#include <tandem/noise.hpp>

#include "host/catalogue.hpp"
#include "host/graph.hpp"
#include "host/link.hpp"
#include "host/registry.hpp"
#include "law.hpp"

namespace tandem::conformance {

/// What is checked: a library, and how its plugin is configured.
struct Subject {
  std::filesystem::path library;
  host::Ordered fields;                ///< an object of fields; null: the plugin's example
  std::filesystem::path command;       ///< the tandem command, for laws that need a process of another kind; empty: none
  std::vector<std::string> arguments;  ///< what it is to be given besides: plugin folders, the registry
};

/// A plugin in the smallest experiment that uses it, for one check of one law. Everything is made when it is first asked
/// for: a library that cannot be loaded still has an ELF header to look at. What throws on the way breaks the law.
class Bench {
 public:
  /// The catalogue holds the plugins that stand around the subject, and the subject itself.
  Bench(Subject subject, const host::Catalogue& catalogue, const host::Registry& registry, std::uint64_t seed);

  const Subject& subject() const { return subject_; }
  std::uint64_t seed() const { return seed_; }
  /// Random numbers for one purpose of this check.
  Noise noise(const char* purpose, std::uint64_t first = 0) const { return {seed_, purpose, first}; }

  const host::Library& library();
  /// What the library says of itself.
  const host::Manifest& manifest();
  /// As the example is written: `tandem run` takes it.
  host::Ordered experiment();

  /// A world of its own: every component of the experiment made anew. Throws Inapplicable when the example's files are
  /// not there, or when it cannot be made: that breaks the law of examples, and only that.
  struct World {
    host::Graph graph;
    host::Located document;
    std::unique_ptr<host::Instances> instances;
    std::shared_ptr<Component> subject;
  };
  World make_world();
  /// The same, but what goes wrong is thrown as it is.
  World make_example();
  /// The world that a check uses if one is enough.
  World& world();
  /// The plugin itself, bound and ready.
  template <class Role>
  const Role& plugin() {
    return as<Role>(*world().subject);
  }
  /// The component of another floor of the experiment; throws Inapplicable where there is none.
  template <class Role>
  const Role& beside(const std::string& floor) {
    return as<Role>(*component(world(), floor));
  }
  static std::shared_ptr<Component> component(World& world, const std::string& floor);

  /// Both halves of the experiment, as the host runs them; valid while the bench is.
  host::Link link();

 private:
  template <class Role>
  const Role& as(const Component& component) {
    const auto* role = dynamic_cast<const Role*>(&component);
    if (!role) throw Violation("the component does not have the class of its role");
    return *role;
  }

  Subject subject_;
  const host::Catalogue& catalogue_;
  const host::Registry& registry_;
  std::uint64_t seed_;
  std::shared_ptr<host::Library> library_;
  std::optional<host::Manifest> manifest_;
  std::optional<World> world_;
  std::unique_ptr<host::Links> links_;
};

}  // namespace tandem::conformance
