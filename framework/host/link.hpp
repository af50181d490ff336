#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plan.hpp"
#include "receiver.hpp"
#include "transmitter.hpp"

namespace tandem::host {

/// One variant of an arm with its components: what runs.
struct Link {
  std::shared_ptr<Transmitter> transmitter;
  std::shared_ptr<Receiver> receiver;
  std::string identity;                    ///< fixes every result of it, but for seed and SNR
  std::string transmitter_identity;
  int dimensions_per_use = 1;
  double bits_per_use = 0;                 ///< information bits a use: k / n x bits a symbol; 0 for analog links
};

/// Builds links; those whose transmitters compute the same share one. Not thread-safe.
class Links {
 public:
  Links(const Catalogue& catalogue, int threads, std::uint64_t seed);

  /// Throws Refusal for what only components can judge.
  Link build(const Variant& variant);
  Instances& instances() { return instances_; }

 private:
  Instances instances_;
  std::uint64_t seed_;
  std::map<std::string, std::shared_ptr<Transmitter>> transmitters_;
};

/// Fixed names of the ledger's sums, in order.
inline constexpr const char* ledger_names[] = {"source_bits", "side_bits", "genie_bits", "coded_bits",
                                               "uses",        "dimensions", "energy",    "decode_failures"};
inline constexpr std::size_t ledger_size = 8;
void add(std::vector<double>& sums, const Ledger& ledger);

/// N0 at an Es/N0 in dB, for symbols of energy 1; the same bits everywhere.
float noise_density(double es_n0_db);
/// 10 log10(ratio), the same bits everywhere.
double decibels(double ratio);

}  // namespace tandem::host
