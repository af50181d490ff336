#include "instances.hpp"

#include <fmt/format.h>

namespace tandem::host {

std::shared_ptr<Component> Instances::create(const Listed& plugin, const Ordered& fields) const {
  auto component = catalogue_.library(plugin)->create();
  Fields::Resolver resolver;
  resolver.file = [](const FieldSpec&, const std::string& json) {
    const auto given = nlohmann::json::parse(json);
    return File{given.value("reference", ""), given.value("path", ""), given.value("keyword", ""), given.value("sha256", "")};
  };
  resolver.part = [this](const FieldSpec& spec, const std::string& json) {
    const auto given = Ordered::parse(json);
    const auto& part = catalogue_.find(given.at("plugin").get<std::string>() + "@" + given.at("version").get<std::string>(), spec.role.empty() ? given.at("role").get<std::string>() : spec.role);
    try {
      return create(part, given.at("fields"));
    } catch (const FieldError& e) {
      throw FieldError(spec.name + "." + e.field(), e.message(), e.hint());
    }
  };
  assign(*component, fields.dump(), resolver);
  component->ready(environment_);
  return component;
}

std::shared_ptr<Component> Instances::make(const Stage& stage, const Located& document, const std::vector<std::string>& path) const {
  const std::string address = fmt::format("{}", fmt::join(path, "."));
  auto inner = path;
  inner.push_back(stage.plugin->manifest.name);
  try {
    return create(*stage.plugin, stage.fields);
  } catch (const FieldError& e) {
    inner.push_back(e.field());
    throw Refusal(Problem{document.place(inner), address + "." + e.field(), e.message(), e.hint(), Exit::usage});
  } catch (const Catalogue::Missing& e) {
    throw Refusal(Problem{document.place(path), address, e.message(), e.hint(), static_cast<Exit>(e.exit_code)});
  } catch (const Error& e) {
    // An error of the library itself begins with its path.
    const bool library = e.where() == stage.plugin->path.string();
    throw Refusal(Problem{document.place(path), address, e.what(), {}, library ? Exit::unusable_library : Exit::usage});
  } catch (const std::exception& e) {
    throw Refusal(Problem{document.place(path), address, fmt::format("\"{}\" failed: {}", stage.plugin->manifest.name, e.what()), {}, Exit::failed});
  }
}

std::shared_ptr<Component> Instances::get(const Graph& graph, const Node& node, const Located& document) {
  if (node.receiving()) return get(graph, *graph.find(node.name.substr(1)), document);
  const std::lock_guard lock(mutex_);
  auto& made = made_[canonical(graph, node)];
  if (made) return made;
  const auto component = make(node.stage, document, node.path);
  for (const auto& with : node.with) {
    const auto other = get(graph, *graph.find(with), document);
    try {
      component->bind(*other);
    } catch (const FieldError& e) {
      auto path = node.path;
      path.push_back(node.stage.plugin->manifest.name);
      path.push_back(e.field());
      throw Refusal(Problem{document.place(path), fmt::format("{}.{}", fmt::join(node.path, "."), e.field()), e.message(), e.hint(), Exit::usage});
    } catch (const std::exception& e) {
      throw Refusal(Problem{document.place(node.path), fmt::format("{}", fmt::join(node.path, ".")), fmt::format("cannot be bound to \"{}\": {}", with, e.what()), {}, Exit::usage});
    }
  }
  return made_[canonical(graph, node)] = component;
}

std::shared_ptr<Component> Instances::get(const Stage& stage, const Located& document, const std::vector<std::string>& path) {
  const std::lock_guard lock(mutex_);
  auto& made = made_[stage.plugin->manifest.name + stage.plugin->manifest.build_id + stage.canonical.dump()];
  if (!made) made = make(stage, document, path);
  return made;
}

}  // namespace tandem::host
