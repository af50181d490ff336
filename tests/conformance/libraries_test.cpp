// Libraries that are broken as such, built so or damaged here.
#include "check_test.hpp"

namespace tandem::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class LibrariesTest : public CheckTest {
 protected:
  // A good library of our own to damage, with its manifest.
  fs::path good() const {
    for (const char* extension : {".so", ".json"}) fs::copy_file(library("broken-library").replace_extension(extension), folder() / ("broken-library" + std::string(extension)), fs::copy_options::overwrite_existing);
    return folder() / "broken-library.so";
  }
  void expect_broken_law(const std::string& law, const std::string& says, const fs::path& library) const {
    const Json found = verdicts(5, command({"check", library.string(), "--case", law, "--json"}));
    ASSERT_EQ(found.size(), 1u) << found.dump(1);
    EXPECT_EQ(found[0]["case"], law);
    EXPECT_EQ(found[0]["ok"], false);
    EXPECT_THAT(found[0]["message"].get<std::string>(), HasSubstr(says));
  }
};

class LibrariesOfManyKindsTest : public CheckTest, public ::testing::WithParamInterface<BrokenLaw> {};

TEST_P(LibrariesOfManyKindsTest, BreakALaw) { expect_broken(GetParam()); }
INSTANTIATE_TEST_SUITE_P(All, LibrariesOfManyKindsTest, ::testing::ValuesIn(broken_libraries()), [](const auto& info) {
  std::string out = info.param.plugin;
  std::ranges::replace(out, '-', '_');
  return out;
});

TEST_F(LibrariesTest, WithoutManifest) {
  const auto library = good();
  fs::remove(folder() / "broken-library.json");
  expect_broken_law("library.manifest", "tandem-manifest broken-library.so writes it", library);
}

TEST_F(LibrariesTest, WithAManifestThatLies) {
  const auto library = good();
  const Json honest = Json::parse(read_file(folder() / "broken-library.json"));
  const auto lie = [&](const std::string& key, const Json& value) {
    Json manifest = honest;
    manifest[key] = value;
    write("broken-library.json", manifest.dump());
    expect_broken_law("library.manifest", "does not say what the library itself says", library);
  };
  lie("exactness", "portable");
  lie("has_snr", true);
  lie("build_id", std::string(40, 'a'));
  lie("fields", Json::array());
  lie("example", {{"gain", 2}});
  write("broken-library.json", "{");
  expect_broken_law("library.manifest", "is not a plugin's manifest", library);
}

TEST_F(LibrariesTest, ThatAreCutShort) {
  const auto library = good();
  for (const std::uintmax_t size : {fs::file_size(library) / 2, std::uintmax_t{100}, std::uintmax_t{0}}) {
    fs::resize_file(library, size);
    expect_broken_law("library.elf", "is truncated", library);
    expect_broken_law("library.loads", size < 1000 ? "cannot be loaded" : "was ended by signal", library);
  }
  write("text.so", "This is a text that is somewhat longer than the header of an ELF file is, so that nobody finds it too short.");
  expect_broken_law("library.elf", "is not a 64-bit ELF library", folder() / "text.so");
}

TEST_F(LibrariesTest, ThatAreCalledOtherwise) {
  fs::rename(good(), folder() / "another.so");
  expect_broken_law("library.named", "is called another.so: it would not be found by its name", folder() / "another.so");
}

// Nothing more can be said of a library that cannot be loaded.
TEST_F(LibrariesTest, EndTheCheckWhenTheyCannotBeUsed) {
  for (const auto& [name, law] : {std::pair("wrong-abi", "library.loads"), {"factory-of-nothing", "library.role"}}) {
    const Json found = verdicts(5, check({library(name).string(), "--json"}));
    EXPECT_LE(found.size(), 6u);
    bool broken = false;
    for (const auto& verdict : found) broken = broken || (verdict["case"] == law && verdict["ok"] == false);
    EXPECT_TRUE(broken) << found.dump(1);
  }
}

}  // namespace
}  // namespace tandem::test
