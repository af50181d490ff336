// What libtandem shows: all that the first SDK showed, and nothing that is not ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "host/elf.hpp"
#include "support/support.hpp"

namespace tandem::test {
namespace {

std::set<std::string> symbols() {
  const auto all = host::exported_symbols(build_dir() / "lib/libtandem.so");
  return {all.begin(), all.end()};
}

TEST(Symbols, AllOfTheFirstSdkAreThere) {
  const auto now = symbols();
  std::ifstream in(std::filesystem::path(TANDEM_FIRST_SDK) / "symbols");
  std::size_t count = 0;
  for (std::string symbol; std::getline(in, symbol); ++count) EXPECT_TRUE(now.contains(symbol)) << "gone: " << symbol;
  EXPECT_GT(count, 200u);
}

TEST(Symbols, AreOurs) {
  // Functions, type information, names and tables of tandem:: and, as templates of it, of std:: over tandem:: types.
  for (const auto& symbol : symbols()) EXPECT_THAT(symbol, ::testing::HasSubstr("6tandem")) << "another library could define it too";
}

}  // namespace
}  // namespace tandem::test
