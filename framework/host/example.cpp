#include "example.hpp"

#include <tandem/batch.hpp>
#include <tandem/metric.hpp>

namespace tandem::host {
namespace {

const Ordered text_source = {{"text-lines", {{"path", "corpus:sample"}, {"max_length", 80}}}};
const Ordered bit_source = {{"random-bits", {{"length", 48}}}};

// What carries items or tokens to the modem, in place of what the plugin and its neighbours bring.
Ordered text_link() { return {{"tokenizer", "bytes"}, {"model", nullptr}, {"coder", "fixed"}, {"code", nullptr}, {"modem", "bpsk"}, {"channel", "awgn"}}; }
Ordered bit_link() { return {{"code", nullptr}, {"modem", "bpsk"}, {"channel", "awgn"}}; }
Ordered joint_link() { return {{"codec", "amplitudes"}, {"modem", "analog"}, {"channel", "awgn"}}; }

struct Surroundings {
  Ordered source, link;
  const char* floor;   // of the plugin
};

Surroundings around(const Manifest& m) {
  const bool features = m.takes == name(Port::features);
  if (m.role == "source") return {nullptr, m.gives == name(Port::bits) ? bit_link() : text_link(), ""};
  if (m.role == "model") {
    auto link = text_link();
    link["coder"] = "arithmetic";
    return {text_source, link, "model"};
  }
  if (m.role == "coder") {
    auto link = text_link();
    link["model"] = {{"markov", {{"text", "corpus:prime"}, {"order", 1}}}};
    return {text_source, link, "coder"};
  }
  if (m.role == "decoder") {
    auto link = bit_link();
    link["code"] = {{"array-ldpc", {{"p", 7}, {"rows", 4}}}};
    return {bit_source, link, "decoder"};
  }
  if (m.role == "codec") return {text_source, joint_link(), "codec"};
  if (m.role == "modem" && features) return {text_source, joint_link(), "modem"};
  if (m.role == "block" && (features || m.takes == name(Port::tokens) || m.takes == name(Port::items))) {
    auto link = features ? joint_link() : text_link();
    if (features && m.gives == name(Port::bits)) link["modem"] = "bpsk";
    Ordered with_block = Ordered::object();  // a block stands behind the floor written before it
    if (m.takes == name(Port::items)) with_block["block"] = nullptr;
    for (const auto& [key, stage] : link.items()) {
      with_block[key] = stage;
      if (key == "codec" || (key == "tokenizer" && m.takes == name(Port::tokens))) with_block["block"] = nullptr;
    }
    return {text_source, with_block, "block"};
  }
  if (m.role == "block") {
    Ordered link = {{"block", nullptr}};
    link.update(bit_link());
    return {bit_source, link, "block"};
  }
  if (m.role == "metric" && m.needs & (Metric::items | Metric::tokens)) return {text_source, text_link(), ""};
  if (m.role == "metric") {
    auto link = bit_link();
    link["code"] = {{"array-ldpc", {{"p", 7}, {"rows", 4}}}};
    return {bit_source, link, ""};
  }
  if (m.role == "tokenizer") return {text_source, text_link(), "tokenizer"};
  return {bit_source, bit_link(), m.role == "code" ? "code" : m.role == "modem" ? "modem" : "channel"};
}

}  // namespace

Ordered example_experiment(const Manifest& m, const Ordered& fields) {
  const Ordered stage = {{m.name, fields.is_object() ? fields : Ordered::parse(m.example)}};
  if (m.role == "trainer") return {{"title", "An example of " + m.name}, {"train", stage}};
  auto [source, link, floor] = around(m);
  if (m.role == "source") source = stage;
  if (*floor) link[floor] = stage;
  const auto beside = Ordered::parse(m.beside);
  for (const auto& [key, value] : beside.items()) (key == "source" ? source : link[key]) = value;
  Ordered out = {{"title", "An example of " + m.name}, {"source", source}, {"link", Ordered::object()}};
  for (const auto& [key, floor_stage] : link.items())
    if (!floor_stage.is_null()) out["link"][key] = floor_stage;
  if (m.role != "channel" || m.has_snr) out["snr"] = {{"es_n0_db", {0, 4, 8}}};
  out["metrics"] = {m.role == "metric" ? stage : Ordered("frame")};
  out["stop"] = {{"frames", 200}};
  return out;
}

}  // namespace tandem::host
