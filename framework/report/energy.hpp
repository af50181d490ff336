#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run_folder.hpp"

namespace tandem::report {

/// A ratio with its 95 % interval; both limits are the value where it has no spread, or none that is known.
struct Ratio {
  double value = 0, low = 0, high = 0;
};

/// The total energy of one arm relative to the reference, for the same frames at the same energy a use.
struct ArmEnergy {
  std::string arm;
  Ratio a;              ///< ledger A: a use for each real value that an analog modem sends
  Ratio b;              ///< ledger B: 32 binary uses for each of them
  double energy = 0;    ///< of ledger A, over the frames, in uses of energy 1
  bool analog = false;  ///< the ledgers differ
};

struct Energy {
  std::string reference;
  std::uint64_t frames = 0;  ///< that all arms have in common
  bool known_spread = true;  ///< there was more than one sample to take intervals from
  std::vector<ArmEnergy> arms;
  bool of_first_values = false;  ///< a sweep changes the link: that of its first values is meant
};

/// Binary uses that a real value counts for under ledger B: the bits of a float.
inline constexpr double uses_of_a_real = 32;

/// Sum of a over sum of b, and the interval of that ratio over the samples (Cochran: Sampling Techniques, 3rd edition,
/// section 6.10). A sample is a frame, or consecutive frames.
Ratio ratio_of_sums(const std::vector<double>& a, const std::vector<double>& b);

/// From the ledgers of the run's units, or, where they hold too few samples, of single frames, which are then sent again
/// without any noise. Frames that repeat the corpus are left out: they tell nothing new. No arms where the run has no
/// engine, or where frames would have to be sent and `may_send` is false.
Energy energy_of(Run& run, bool may_send = true);

}  // namespace tandem::report
