#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::host {

/// What a paper or its code calls "SNR" on its axis, as a rule that turns its label into Es/N0.
struct Convention {
  enum class Label : std::uint8_t {
    per_dimension,   ///< Es/N0 in each real dimension: energy a value over 2 sigma^2
    per_pair,        ///< energy of two real values over the noise in both: Es/N0 of a complex use
    information_bit  ///< Eb/N0 of an information bit
  };
  const char* name;
  Label label;
};

/// The convention of that name, or null.
const Convention* find_convention(const std::string& name);
std::vector<std::string> convention_names();

/// What a use's Es/N0 is larger by than the label, as a ratio: a use has so many real dimensions and information bits.
/// Nothing where the label counts bits and the use carries none.
std::optional<double> es_n0_over_label(const Convention& convention, int dimensions_per_use, double bits_per_use);

}  // namespace tandem::host
