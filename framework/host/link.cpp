#include "link.hpp"

#include <fmt/format.h>

#include <tandem/math.hpp>

namespace tandem::host {

Links::Links(const Catalogue& catalogue, int threads, std::uint64_t seed)
    : instances_(catalogue, {.threads = threads}), seed_(seed) {}

Link Links::build(const Variant& variant) {
  const Graph& graph = variant.graph;
  Link link;
  std::size_t channel = 0;
  while (graph.nodes[graph.chain[channel]].role != "channel") ++channel;
  link.transmitter_identity = canonical_chain(graph, channel - 1);
  link.identity = canonical_chain(graph, graph.chain.size() - 1);
  // What digital modems send costs what it costs.
  const std::uint64_t uses_a_value = sends_values(graph) ? variant.uses_a_value : 1;
  if (uses_a_value != 1)
    for (auto* identity : {&link.transmitter_identity, &link.identity}) *identity += fmt::format(" uses_a_value {}", uses_a_value);
  // Transmitters remember what undamaged rows come out as, so the floors above the decoder belong to them too.
  std::string key = link.transmitter_identity;
  bool upper = false;
  for (std::size_t i = channel + 1; i < graph.chain.size(); ++i) {
    const Node& above = graph.nodes[graph.chain[i]];
    if (above.role == "decoder" || above.role == "modem" || above.role == "code") upper = true;
    else if (upper) key += canonical(graph, above);
  }
  auto& transmitter = transmitters_[key];
  try {
    if (!transmitter) transmitter = std::make_shared<Transmitter>(graph, instances_, variant.document, seed_, uses_a_value);
    link.transmitter = transmitter;
    link.receiver = std::make_shared<Receiver>(graph, instances_, variant.document, seed_, transmitter);
  } catch (const Refusal&) {
    throw;
  } catch (const Error& e) {
    throw Refusal(Problem{variant.document.place({}), {}, e.what(), {}, Exit::usage});
  }
  link.dimensions_per_use = transmitter->modem()->dimensions_per_use();
  if (const auto* digital = transmitter->digital()) {
    link.bits_per_use = static_cast<double>(digital->bits_per_use());
    if (const Code* code = transmitter->code()) link.bits_per_use *= static_cast<double>(code->k()) / static_cast<double>(code->n());
  }
  return link;
}

void add(std::vector<double>& sums, const Ledger& ledger) {
  sums.resize(ledger_size, 0.0);
  const std::uint64_t counts[] = {ledger.source_bits, ledger.side_bits, ledger.genie_bits, ledger.coded_bits, ledger.uses, ledger.dimensions};
  for (std::size_t i = 0; i < 6; ++i) sums[i] += static_cast<double>(counts[i]);
  sums[6] += ledger.energy;
  sums[7] += static_cast<double>(ledger.decode_failures);
}

namespace {
constexpr double ln10 = 2.302585092994045684;
}

float noise_density(double es_n0_db) { return static_cast<float>(math::exp(-es_n0_db * (ln10 / 10))); }
double decibels(double ratio) { return 10 * math::log(ratio) / ln10; }

}  // namespace tandem::host
