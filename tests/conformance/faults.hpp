#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace tandem::test {

/// A plugin of this folder that breaks a law, and how the kit is to say so.
struct BrokenLaw {
  std::string plugin, fault;      ///< the value of its field `fault`; empty: the library as such is broken
  std::string law;
  std::string says;               ///< words of the message
  bool kills = false;                  ///< ends the process that checks it: cannot be repeated in ours
  std::vector<std::string> more = {};  ///< arguments of `tandem check`
};

inline void PrintTo(const BrokenLaw& broken, std::ostream* out) { *out << broken.plugin << ' ' << broken.fault << ' ' << broken.law; }

/// Every fault of every plugin here, at least one for each law there is.
const std::vector<BrokenLaw>& faults();
/// Libraries that are broken as such.
const std::vector<BrokenLaw>& broken_libraries();

}  // namespace tandem::test
