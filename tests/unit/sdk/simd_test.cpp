#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <tandem/math.hpp>

#include "targets.hpp"

namespace tandem {
namespace {

bool floor_only() { return (hwy::SupportedTargets() & (HWY_AVX2 - 1)) == 0; }

// Run by the test below in an environment of its own; it says nothing in any other.
TEST(Simd, FollowsTheEnvironment) {
  const char* wanted = std::getenv("TANDEM_SIMD");
  if (wanted && std::string(wanted) == "avx2") {
    EXPECT_TRUE(floor_only());
  }
  EXPECT_EQ(math::log(1.0), 0);  // links libtandem, which reads the variable
}

TEST(Simd, TheEnvironmentForbidsAvx512) {
  if (!test::has_avx512()) GTEST_SKIP() << "needs AVX-512";
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command =
      "TANDEM_SIMD=avx2 '" + program + "' --gtest_filter=Simd.FollowsTheEnvironment > /dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0);
  EXPECT_FALSE(floor_only());
}

}  // namespace
}  // namespace tandem
