#include <map>

#include "law.hpp"

namespace tandem::conformance {

const std::vector<Law>& general_laws() {
  static const std::vector<Law> laws = [] {
    std::vector<Law> all;
    for (const auto* part : {&library_laws, &life_laws, &call_laws}) all.insert(all.end(), part->begin(), part->end());
    return all;
  }();
  return laws;
}

namespace {
const std::map<std::string, const std::vector<Law>*>& by_role() {
  static const std::map<std::string, const std::vector<Law>*> laws = {
      {"source", &source_laws},   {"tokenizer", &tokenizer_laws}, {"model", &model_laws},     {"coder", &coder_laws},
      {"code", &code_laws},       {"decoder", &decoder_laws},     {"modem", &modem_laws},     {"channel", &channel_laws},
      {"codec", &codec_laws},     {"block", &block_laws},         {"metric", &metric_laws},   {"trainer", &trainer_laws}};
  return laws;
}
}  // namespace

const std::vector<Law>& laws_of(const std::string& role) {
  static const std::vector<Law> none;
  const auto found = by_role().find(role);
  return found == by_role().end() ? none : *found->second;
}

std::vector<const Law*> all_laws() {
  std::vector<const Law*> all;
  for (const auto& law : general_laws()) all.push_back(&law);
  for (const auto& [role, laws] : by_role())
    for (const auto& law : *laws) all.push_back(&law);
  return all;
}

const Law* find_law(const std::string& name) {
  for (const auto* law : all_laws())
    if (law->name == name) return law;
  return nullptr;
}

}  // namespace tandem::conformance
