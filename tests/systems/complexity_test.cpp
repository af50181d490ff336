// What the arms of a config cost, counted through the whole host.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "host/complexity.hpp"
#include "support/process.hpp"
#include "support/support.hpp"

namespace tandem::test {
namespace {

TEST(Complexity, OfShippedArms) {
  const host::Catalogue catalogue({build_dir() / "lib/tandem/plugins"});
  const host::Registry registry((source_dir() / "registry").string());
  const auto plan = host::make_plan(host::load_config(source_dir() / "configs/trans-sscc.json", {}, {}), catalogue, registry);
  std::map<std::string, host::ArmComplexity> arms;
  for (auto& arm : host::complexity_of(plan, catalogue, 20)) arms[arm.arm] = arm;
  ASSERT_TRUE(arms.contains("trans-sscc") && arms.contains("trans-sscc+bp") && arms.contains("huffman+bp"));

  // 0.33 M, as published; 82,671 of them and 11,642,554 operations a block are the decoder's.
  const auto &both = arms["trans-sscc"], &model = arms["trans-sscc+bp"];
  EXPECT_EQ(both.parameters, 330'991u);
  EXPECT_EQ(both.parameters - model.parameters, 82'671u);
  const double blocks = (both.published - model.published) / 11'642'554 * 20;
  EXPECT_NEAR(blocks, std::round(blocks), 1e-6);
  EXPECT_GE(blocks, 20);
  EXPECT_GT(both.published, both.kept);
  EXPECT_EQ(both.frames, 20u);
  EXPECT_EQ(arms["huffman+bp"].parameters, 0u);
  EXPECT_EQ(arms["huffman+bp"].kept, 0);
}

}  // namespace
}  // namespace tandem::test
