#pragma once

#include <hwy/targets.h>

namespace tandem::test {

/// Lets vector code run for one set of targets while it lives.
class OnTarget {
 public:
  explicit OnTarget(std::int64_t targets) { hwy::SetSupportedTargetsForTest(targets); }
  ~OnTarget() { hwy::SetSupportedTargetsForTest(0); }
  OnTarget(const OnTarget&) = delete;
  OnTarget& operator=(const OnTarget&) = delete;
};

inline bool has_avx512() { return (hwy::SupportedTargets() & HWY_AVX3) != 0; }

}  // namespace tandem::test
