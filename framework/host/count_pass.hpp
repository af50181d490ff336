#pragma once

#include <string>
#include <vector>

#include "link.hpp"
#include "plan.hpp"
#include "store.hpp"

namespace tandem::host {

/// Where the count pass keeps what it counted.
struct CountStore {
  Store* store = nullptr;  ///< may be null
  bool writes = true;
  std::string version;     ///< of whatever else fixes a count: counts of another one are not used
};

/// Fills in every point's Es/N0, which may follow from what an arm sends: before any noise, transmitters run over the frames
/// that are counted. `built`: by arm and variant. Throws Refusal for an arm that its axis means nothing to.
void fill_snr(Plan& plan, const std::vector<std::vector<Link>>& built, Links& links, const CountStore& known);

}  // namespace tandem::host
