#include "simd.hpp"

#include <cstdlib>
#include <string_view>

namespace {

// Runs while libtandem is loaded, before any plugin asks Highway for a target.
const bool simd_chosen = [] {
  const char* wanted = std::getenv("TANDEM_SIMD");
  const bool floor_only = wanted && std::string_view(wanted) == "avx2";
  if (floor_only) hwy::DisableTargets(HWY_AVX2 - 1);  // a better target has a lower bit
  return floor_only;
}();

}  // namespace
