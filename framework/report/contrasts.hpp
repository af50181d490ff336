#pragma once

#include <string>
#include <vector>

#include "host/counted.hpp"

namespace tandem::report {

/// An arm at one combination of the axes but the SNR: a curve, a point an SNR.
struct Chain {
  std::string name;                ///< the arm, and the values of the axes
  std::string label;               ///< what it has at the address that is compared
  std::vector<std::size_t> lanes;  ///< of the run, by rising SNR
};

/// Which curves of a run are compared: those that are alike but for what stands at one address.
struct Contrasts {
  struct Pair {
    std::size_t baseline = 0, other = 0;  ///< chains
  };
  std::vector<Chain> chains;
  std::vector<Pair> pairs;
  std::vector<std::string> left_out;  ///< sentences on the chains that are in no pair
};

/// `by`: "arm" compares all arms; else an address as configs have it (`link.decoder`, `link.decoder.iterations`), an
/// axis of `sweep` among them: chains whose other stages are the same, each against the first, or against the one that
/// has `baseline` at the address (a label, the name of an arm or of a plugin). Throws host::Refusal with `run` as its
/// place.
Contrasts contrasts_by(const host::CountedRun& counted, const std::string& by, const std::string& baseline,
                       const std::string& run);

/// Every address at which some arm has something.
std::vector<std::string> addresses_of(const host::CountedRun& counted);

/// The axis of the SNR in a run's points, or none.
std::optional<std::size_t> snr_axis(const host::CountedRun& run);
/// A lane's SNR; 0 where there is none.
double snr_of(const host::CountedRun& run, const host::CountedRun::Lane& lane);

}  // namespace tandem::report
