#pragma once

#include <string>

namespace tandem::host {

/// GNU build-id of the libtandem that runs.
std::string library_build_id();
/// Vendor, family and widest vector unit: what `build` exactness is tied to.
std::string cpu_family();

}  // namespace tandem::host
