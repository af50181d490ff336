// Where the members of public structs stand.
#include <cstddef>
#include <cstdio>

#define AT(Type, member) std::printf(#Type "." #member " %zu %zu\n", offsetof(tandem::Type, member), sizeof(tandem::Type::member));

int main() {
  AT(Symbols, values) AT(Symbols, dimensions_per_use)
  AT(Observation, y) AT(Observation, h) AT(Observation, csi) AT(Observation, n0)
  AT(Reception, llr) AT(Reception, y)
  AT(Decoded, codeword) AT(Decoded, info) AT(Decoded, converged) AT(Decoded, iterations)
  AT(Batch, port) AT(Batch, bytes) AT(Batch, tokens) AT(Batch, reals) AT(Batch, trusted)
  AT(Coded, bits) AT(Coded, side_bits) AT(Recovered, tokens) AT(Recovered, clean)
  AT(Vocabulary, size) AT(Vocabulary, end) AT(Vocabulary, fingerprint)
  AT(Interval, cumulative) AT(Interval, frequency)
  AT(Environment, threads)
  AT(File, reference) AT(File, path) AT(File, keyword) AT(File, sha256) AT(Json, text) AT(Part, component)
  AT(FieldSpec, name) AT(FieldSpec, kind) AT(FieldSpec, default_value) AT(FieldSpec, required) AT(FieldSpec, low)
  AT(FieldSpec, high) AT(FieldSpec, choices) AT(FieldSpec, role) AT(FieldSpec, unit) AT(FieldSpec, doc)
  AT(Ledger, source_bits) AT(Ledger, side_bits) AT(Ledger, genie_bits) AT(Ledger, coded_bits) AT(Ledger, uses)
  AT(Ledger, dimensions) AT(Ledger, energy) AT(Ledger, decode_failures)
  AT(Exchange, frames) AT(Exchange, items_sent) AT(Exchange, items_received) AT(Exchange, tokens_sent)
  AT(Exchange, tokens_received) AT(Exchange, bits_sent) AT(Exchange, bits_received) AT(Exchange, k) AT(Exchange, n)
  AT(Exchange, blocks) AT(Exchange, block_bits) AT(Exchange, information_errors) AT(Exchange, code_errors)
  AT(Exchange, converged) AT(Exchange, iterations) AT(Exchange, wrong) AT(Exchange, trusted) AT(Exchange, ledger)
  AT(Row, name) AT(Row, kind) AT(Row, numerator) AT(Row, denominator) AT(Row, unit) AT(Row, doc)
  AT(Task, settings) AT(Task, folder) AT(Task, seed) AT(Task, threads) AT(Task, checkpoint_seconds)
  AT(PluginDescriptor, size) AT(PluginDescriptor, abi) AT(PluginDescriptor, sdk_major) AT(PluginDescriptor, sdk_minor)
  AT(PluginDescriptor, pointer_size) AT(PluginDescriptor, cxx11_strings) AT(PluginDescriptor, batch_layout)
  AT(PluginDescriptor, toolchain) AT(PluginDescriptor, name) AT(PluginDescriptor, version) AT(PluginDescriptor, role)
  AT(PluginDescriptor, summary) AT(PluginDescriptor, create) AT(PluginDescriptor, destroy)
  std::printf("enums %d %d %d %d %d\n", static_cast<int>(tandem::Port::reception), static_cast<int>(tandem::Exactness::portable),
              static_cast<int>(tandem::Needs::both), static_cast<int>(tandem::FieldSpec::Kind::component),
              static_cast<int>(tandem::Row::Kind::function));
}
