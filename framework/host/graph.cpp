#include "graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace tandem::host {
namespace {

using Path = std::vector<std::string>;

struct Floor {
  const char* name;
  int rank;
};
// A floor's rank is its place in the stack; a block stands behind the floor written before it.
constexpr Floor floors[] = {{"codec", 0}, {"tokenizer", 0}, {"model", 1}, {"coder", 2}, {"code", 3}, {"decoder", 4}, {"modem", 5}, {"channel", 6}};

int rank_of(const std::string& key) {
  for (const auto& floor : floors)
    if (key == floor.name) return floor.rank;
  return -1;
}

class Builder {
 public:
  Builder(const Located& arm, const Catalogue& catalogue, const Registry& registry, std::vector<Problem>& problems)
      : arm_(arm), catalogue_(catalogue), checker_(catalogue, registry, arm, problems), problems_(problems) {}

  Graph build() {
    const std::size_t before = problems_.size();
    if (arm_.value.contains("graph"))
      read_graph();
    else
      unfold();
    if (problems_.size() == before) order();
    if (problems_.size() == before) check_bindings();
    if (problems_.size() == before) check_ports();
    return std::move(graph_);
  }

 private:
  Node& add(const std::string& name, const std::string& role, const Ordered& stage, const Path& path) {
    graph_.nodes.push_back({name, role, checker_.stage(stage, role, path, address_of(path)), {}, {}, path});
    return graph_.nodes.back();
  }
  void add_receiving(const std::string& of, const std::string& role, std::string& last) {
    graph_.nodes.push_back({"~" + of, role, {}, last, {}, graph_.find(of)->path});
    last = "~" + of;
  }
  static std::string address_of(const Path& path) { return fmt::format("{}", fmt::join(path, ".")); }

  // The short form: the named floors have fixed places, blocks stand where they are written.
  void unfold() {
    const Ordered& link = arm_.value["link"];
    if (!link.is_object()) return checker_.problem({"link"}, "link", "must be an object of floors");
    if (link.size() > 1000) return checker_.problem({"link"}, "link", "has more than 1000 floors");
    struct Item {
      std::string key;
      double place;
    };
    std::vector<Item> items;
    double place = -0.5;
    for (const auto& [key, stage] : link.items()) {
      const int rank = rank_of(key);
      place = rank >= 0 ? rank : place + 1e-3;
      if (rank < 0 && !stage.is_null()) items.push_back({key, place + 0.1});
      if (rank >= 0 && !stage.is_null()) items.push_back({key, static_cast<double>(rank)});
    }
    std::ranges::stable_sort(items, {}, &Item::place);
    const auto has = [&](const char* key) { return link.contains(key) && !link[key].is_null(); };
    if (!has("channel")) checker_.problem({"link"}, "link", "there is no channel", "for example \"channel\": \"awgn\"");
    if (!has("modem")) checker_.problem({"link"}, "link", "there is no modem", "for example \"modem\": \"bpsk\"");
    if (has("codec"))
      for (const char* key : {"tokenizer", "model", "coder"})
        if (has(key)) checker_.problem({"link", key}, std::string("link.") + key, "stands beside a codec, which takes its place", "write null to take it out");
    if (has("decoder") && !has("code")) checker_.problem({"link", "decoder"}, "link.decoder", "there is no code to decode", "write null to take it out");
    if (has("model") && !has("tokenizer")) checker_.problem({"link", "model"}, "link.model", "there is no tokenizer to give it symbols");
    if (has("coder") && !has("tokenizer")) checker_.problem({"link", "coder"}, "link.coder", "there is no tokenizer to give it tokens");

    std::string last = "source";
    add("source", "source", arm_.value["source"], {"source"});
    std::vector<std::string> back;  // what the receiver undoes, first the topmost
    for (const auto& item : items) {
      const bool block = rank_of(item.key) < 0;
      if (item.key == "decoder") continue;
      if (block && !usable_block(item.key)) continue;
      Node& node = add(item.key, block ? "block" : item.key, link[item.key], {"link", item.key});
      if (item.key == "model") {
        node.with = {"tokenizer"};
        continue;
      }
      node.in = last;
      if (item.key == "coder") node.with = {has("model") ? "model" : "tokenizer"};
      last = item.key;
      if (item.key != "channel") back.push_back(item.key);
    }
    for (; !back.empty(); back.pop_back()) {
      const std::string& key = back.back();
      if (key != "code") {
        add_receiving(key, rank_of(key) < 0 ? "block" : key, last);
      } else if (!has("decoder")) {
        add_default_decoder(last);
      } else {
        Node& decoder = add("decoder", "decoder", link["decoder"], {"link", "decoder"});
        decoder.in = last;
        decoder.with = {"code"};
        last = "decoder";
      }
    }
  }

  bool usable_block(const std::string& key) {
    std::vector<std::string> known;
    for (const auto& floor : floors) known.emplace_back(floor.name);
    const Ordered& stage = arm_.value["link"][key];
    const std::string plugin = stage.is_string() ? stage.get<std::string>() : stage.is_object() && stage.size() == 1 ? stage.begin().key() : key;
    const std::string name = plugin.substr(0, plugin.find('@'));
    for (const auto& listed : catalogue_.all())
      if (listed.manifest.name == name && (listed.manifest.role == "block" || !listed.problem.empty())) return true;
    checker_.problem({"link", key}, "link." + key, "is neither a floor nor a block", did_you_mean(key, known));
    return false;
  }

  void add_default_decoder(std::string& last) {
    const Node* code = graph_.find("code");
    if (!code->stage.plugin) return;
    const std::string name = code->stage.plugin->manifest.default_decoder;
    if (name == "self") return add_receiving("code", "code", last);
    if (name.empty())
      return checker_.problem({"link", "code"}, "link.code", "this code needs a decoder", "add \"decoder\" to the link");
    Node& decoder = add("decoder", "decoder", name, {"link", "code"});
    decoder.in = last;
    decoder.with = {"code"};
    last = "decoder";
  }

  void read_graph() {
    const Ordered& nodes = arm_.value["graph"];
    if (!nodes.is_object()) return checker_.problem({"graph"}, "graph", "must be an object of nodes");
    if (nodes.size() > 1000) return checker_.problem({"graph"}, "graph", "has more than 1000 nodes");
    Ordered all = nodes;
    if (!all.contains("source") && arm_.value.contains("source")) {
      add("source", "source", arm_.value["source"], {"source"});
    }
    for (const auto& [name, node] : nodes.items()) read_node(name, node);
    for (const auto& node : graph_.nodes)
      for (const auto& [other, what] : references_of(node))
        if (!graph_.find(other)) {
          std::vector<std::string> names;
          for (const auto& n : graph_.nodes) names.push_back(n.name);
          checker_.problem(node.path, address_of(node.path), fmt::format("\"{}\" names the node \"{}\", which there is not", what, other), did_you_mean(other, names));
        }
  }

  static std::vector<std::pair<std::string, std::string>> references_of(const Node& node) {
    std::vector<std::pair<std::string, std::string>> out;
    if (!node.in.empty()) out.emplace_back(node.in, "in");
    for (const auto& with : node.with) out.emplace_back(with, "with");
    if (node.receiving()) out.emplace_back(node.name.substr(1), node.name);
    return out;
  }

  void read_node(const std::string& name, const Ordered& node) {
    const Path path{"graph", name};
    const auto problem = [&](const std::string& message, const std::string& hint = {}) { checker_.problem(path, address_of(path), message, hint); };
    if (!node.is_object()) return problem("a node is an object: {\"plugin\": {fields}, \"in\": \"node\"}");
    Node out;
    out.name = name;
    out.path = path;
    std::vector<std::string> plugins;
    for (const auto& [key, value] : node.items()) {
      if (key == "in") {
        if (!value.is_string()) return problem("\"in\" must be the name of a node");
        out.in = value.get<std::string>();
      } else if (key == "with") {
        for (const auto& with : value.is_array() ? value : Ordered::array({value})) {
          if (!with.is_string()) return problem("\"with\" must be the name of a node or a list of names");
          out.with.push_back(with.get<std::string>());
        }
      } else {
        plugins.push_back(key);
      }
    }
    if (out.receiving()) {
      if (!plugins.empty()) return problem(fmt::format("a receiving half has no plugin of its own, but \"{}\"", plugins[0]));
      out.role = "~";
      graph_.nodes.push_back(std::move(out));
      return;
    }
    if (plugins.size() != 1) return problem(plugins.empty() ? "names no plugin" : fmt::format("names two plugins, \"{}\" and \"{}\"", plugins[0], plugins[1]));
    const std::string plugin = plugins[0].substr(0, plugins[0].find('@'));
    for (const auto& listed : catalogue_.all())
      if (listed.manifest.name == plugin) out.role = listed.manifest.role;
    if (out.role.empty()) {
      std::vector<std::string> names;
      for (const auto& listed : catalogue_.all()) names.push_back(listed.manifest.name);
      return problem(fmt::format("there is no plugin \"{}\"", plugin), did_you_mean(plugin, names));
    }
    out.stage = checker_.stage(Ordered::object({{plugins[0], node[plugins[0]]}}), out.role, path, address_of(path));
    graph_.nodes.push_back(std::move(out));
  }

  // One chain from the source to a last node that nobody takes from; all else is only bound.
  void order() {
    std::map<std::string, std::vector<std::size_t>> takers;
    std::size_t source = graph_.nodes.size();
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      auto& node = graph_.nodes[i];
      if (node.receiving()) {
        node.role = graph_.find(node.name.substr(1))->role;
        if (node.in.empty()) return checker_.problem(node.path, address_of(node.path), "a receiving half needs \"in\"");
      }
      if (node.role == "source") {
        if (source < graph_.nodes.size()) return checker_.problem(node.path, address_of(node.path), "there are two sources");
        source = i;
      } else if (!node.in.empty()) {
        takers[node.in].push_back(i);
      } else if (node.role != "model" && node.role != "code" && node.role != "tokenizer") {
        return checker_.problem(node.path, address_of(node.path), fmt::format("a {} needs \"in\"", node.role));
      }
    }
    if (source == graph_.nodes.size()) return checker_.problem({"graph"}, "graph", "there is no source");
    std::set<std::size_t> seen;
    int channels = 0;
    for (std::size_t at = source;;) {
      graph_.chain.push_back(at);
      seen.insert(at);
      channels += graph_.nodes[at].role == "channel" && !graph_.nodes[at].receiving();
      const auto next = takers.find(graph_.nodes[at].name);
      if (next == takers.end()) break;
      if (next->second.size() > 1) {
        const Node& second = graph_.nodes[next->second[1]];
        return checker_.problem(second.path, address_of(second.path), fmt::format("takes from \"{}\", as \"{}\" does already: a graph is one chain", graph_.nodes[at].name, graph_.nodes[next->second[0]].name));
      }
      at = next->second[0];
    }
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
      if (!graph_.nodes[i].in.empty() && !seen.contains(i))
        return checker_.problem(graph_.nodes[i].path, address_of(graph_.nodes[i].path), "no chain from the source leads here", "a cycle?");
    if (channels != 1) checker_.problem(arm_.value.contains("graph") ? Path{"graph"} : Path{"link"}, "graph", channels == 0 ? "there is no channel" : "there are two channels");
  }

  void check_bindings() {
    // Bound nodes form no cycle, and each role is bound to what it can use.
    for (const auto& node : graph_.nodes) {
      std::set<std::string> above;
      const Node* at = &node;
      std::vector<const Node*> open{at};
      while (!open.empty()) {
        at = open.back();
        open.pop_back();
        for (const auto& with : at->with) {
          if (with == node.name) return checker_.problem(node.path, address_of(node.path), "is bound to itself in a circle");
          if (above.insert(with).second) open.push_back(graph_.find(with));
        }
      }
      for (const auto& with : node.with)
        if (graph_.find(with)->receiving()) return checker_.problem(node.path, address_of(node.path), fmt::format("cannot be bound to \"{}\"", with), "bind it to \"" + with.substr(1) + "\"");
      if (node.role == "decoder" && !node.receiving() && (node.with.size() != 1 || graph_.find(node.with[0])->role != "code"))
        return checker_.problem(node.path, address_of(node.path), "a decoder is bound to one code", "add \"with\": \"code\"");
    }
  }

  static std::string takes(const Node& node) {
    static const std::map<std::string, std::string> plain = {{"tokenizer", "items"}, {"coder", "tokens"}, {"code", "bits"}, {"decoder", "reception"}, {"channel", "symbols"}, {"codec", "items"}};
    if (node.role == "block" || node.role == "modem") return node.stage.plugin->manifest.takes;
    const auto found = plain.find(node.role);
    return found == plain.end() ? "" : found->second;
  }
  static std::string gives(const Node& node) {
    static const std::map<std::string, std::string> plain = {{"tokenizer", "tokens"}, {"coder", "bits"}, {"code", "bits"}, {"decoder", "bits"}, {"channel", "observation"}, {"codec", "features"}, {"modem", "symbols"}};
    if (node.role == "block" || node.role == "source") return node.stage.plugin->manifest.gives;
    const auto found = plain.find(node.role);
    return found == plain.end() ? "" : found->second;
  }

  void check_ports() {
    std::string port;
    bool behind_channel = false, coded = false;
    for (const std::size_t index : graph_.chain) {
      const Node& node = graph_.nodes[index];
      const Node& plain = node.receiving() ? *graph_.find(node.name.substr(1)) : node;
      if (node.role == "source") {
        port = gives(node);
        continue;
      }
      std::string wants = takes(plain), yields = gives(plain);
      if (wants.empty()) return checker_.problem(node.path, address_of(node.path), fmt::format("a {} cannot stand in the chain", node.role), "bind it by \"with\"");
      if (node.receiving()) {
        std::swap(wants, yields);
        if (node.role == "modem") {
          wants = "observation";
          yields = yields == "features" ? "features" : "reception";
        }
        if (node.role == "code") wants = "reception";
        // Bits in doubt stay soft through a block that can undo them softly.
        if (node.role == "block" && port == "reception" && wants == "bits" && yields == "bits") wants = yields = "reception";
      }
      coded = coded || (node.role == "code" && !node.receiving());
      if (node.role == "block" && !node.receiving() && coded && !node.stage.plugin->manifest.soft)
        return checker_.problem(node.path, address_of(node.path), fmt::format("\"{}\" cannot undo a soft reception", plain.stage.plugin->manifest.name), "put it before the code");
      if (node.role == "decoder" && !behind_channel) return checker_.problem(node.path, address_of(node.path), "a decoder stands behind the channel");
      // Without a decoder the bits are the signs.
      if (port == "reception" && wants == "bits") port = "bits";
      if (port != wants)
        return checker_.problem(node.path, address_of(node.path), fmt::format("\"{}\" takes {}, but \"{}\" gives {}", node.name, wants, node.in, port));
      port = yields;
      behind_channel = behind_channel || node.role == "channel";
    }
    const Node& source = graph_.nodes[graph_.chain[0]];
    const Node& last = graph_.nodes[graph_.chain.back()];
    if (port == "reception") port = "bits";
    if (port != gives(source))
      checker_.problem(last.path, address_of(last.path), fmt::format("the last node \"{}\" gives {}, but the source gives {}", last.name, port, gives(source)),
                       gives(source) == "bits" ? "a source of bits needs no tokenizer and no coder" : "what sends text needs a tokenizer and a coder, or a codec");
  }

  const Located& arm_;
  const Catalogue& catalogue_;
  Checker checker_;
  std::vector<Problem>& problems_;
  Graph graph_;
};

nlohmann::json canonical_json(const Graph& graph, const Node& node) {
  nlohmann::json out;
  if (node.receiving()) return {{"receives", canonical_json(graph, *graph.find(node.name.substr(1)))}};
  const auto& manifest = node.stage.plugin->manifest;
  out["plugin"] = manifest.name;
  out["build"] = manifest.build_id;
  out["fields"] = nlohmann::json::parse(node.stage.canonical.dump());
  for (const auto& with : node.with) out["with"].push_back(canonical_json(graph, *graph.find(with)));
  return out;
}

}  // namespace

const Node* Graph::find(const std::string& name) const {
  const auto found = std::ranges::find(nodes, name, &Node::name);
  return found == nodes.end() ? nullptr : &*found;
}

Graph build_graph(const Located& arm, const Catalogue& catalogue, const Registry& registry, std::vector<Problem>& problems) {
  return Builder(arm, catalogue, registry, problems).build();
}

bool sends_values(const Graph& graph) {
  return std::ranges::any_of(graph.nodes, [](const Node& node) {
    return node.role == "modem" && node.stage.plugin && node.stage.plugin->manifest.takes == name(Port::features);
  });
}

Ordered to_json(const Graph& graph) {
  Ordered out = Ordered::object();
  for (const auto& node : graph.nodes) {
    Ordered shown = Ordered::object();
    if (!node.receiving()) {
      Ordered fields = node.stage.fields;
      for (auto& field : fields)
        if (field.is_object() && field.contains("reference")) field = field["reference"];
      shown[node.stage.plugin->manifest.name] = fields;
    }
    if (!node.in.empty()) shown["in"] = node.in;
    if (node.with.size() == 1) shown["with"] = node.with[0];
    if (node.with.size() > 1) shown["with"] = node.with;
    out[node.name] = shown;
  }
  return out;
}

std::string canonical(const Graph& graph, const Node& node) { return canonical_json(graph, node).dump(); }

std::string canonical_chain(const Graph& graph, std::size_t last) {
  nlohmann::json out = nlohmann::json::array();
  for (std::size_t i = 0; i <= last; ++i) {
    const Node& node = graph.nodes[graph.chain[i]];
    // Random nodes draw from noise addressed by their names.
    out.push_back({{"name", node.name}, {"is", canonical_json(graph, node)}});
  }
  return out.dump();
}

}  // namespace tandem::host
