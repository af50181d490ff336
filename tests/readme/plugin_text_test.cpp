// The plugin that README.md shows, from its text there to the noise it makes; project and test that docs/plugins.md shows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <tandem/channel.hpp>

#include "host/library.hpp"
#include "markdown.hpp"
#include "support/process.hpp"
#include "support/support.hpp"

namespace tandem::test {
namespace {

std::string text_of(const char* language, const char* page) {
  std::string text;
  for (const auto& block : blocks_of(read_file(source_dir() / page)))
    if (block.language == language && block.tested)
      for (const auto& line : block.text) text += line + "\n";
  return text;
}
std::string plugin_text() { return text_of("cpp", "README.md"); }

TEST(PluginOfTheReadme, IsTheFileItNames) {
  EXPECT_EQ(plugin_text(), read_file(source_dir() / "plugins/channels/laplace.cpp"));
}

TEST(ProjectOfThePage, IsTheFileItNames) {
  EXPECT_EQ(text_of("cmake", "docs/plugins.md"), read_file(source_dir() / "tests/elsewhere/CMakeLists.txt"));
}

TEST(TestOfThePage, IsTheFileItNames) {
  EXPECT_EQ(text_of("cpp", "docs/plugins.md"), read_file(source_dir() / "tests/elsewhere/cauchy_test.cpp"));
}

TEST(PluginOfTheReadme, HasAtMostFortyLines) {
  const auto text = plugin_text();
  EXPECT_GT(text.size(), 0u);
  EXPECT_LE(std::ranges::count(text, '\n'), 40);
}

TEST(PluginOfTheReadme, CompilesLoadsAndMakesTheNoiseItPromises) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "plugin.cpp") << plugin_text();
  const auto sdk = source_dir() / "framework/sdk";
  const std::string compiled = std::string(TANDEM_COMPILER " " TANDEM_COMPILE_FLAGS) + " -I '" +
                               (sdk / "include").string() +
                               "' -shared plugin.cpp '" TANDEM_LIBRARY
                               "' -Wl,--build-id -Wl,--no-undefined"
                               " -Wl,--version-script='" +
                               (sdk / "plugin.map").string() + "' " TANDEM_LINK_FLAGS " -o plugin.so 2>&1";
  const auto compiler = run(compiled, folder.path());
  ASSERT_EQ(compiler.exit, 0) << compiled << "\n" << compiler.text;

  const auto library = host::Library::load(folder.path() / "plugin.so");
  EXPECT_STREQ(library->descriptor().role, "channel");
  const auto component = library->create();
  host::assign(*component, R"({"scale": 2})", {});
  component->ready({});
  const auto& channel = dynamic_cast<const Channel&>(*component);

  constexpr float n0 = 0.5f;
  constexpr std::size_t frames = 1000, length = 1000;
  Symbols sent{Ragged<float>(frames, length), 1};
  std::ranges::fill(sent.values.values(), 1.0f);
  const auto received = channel.transmit(sent, n0, Noise(1, "channel", 0));
  ASSERT_EQ(received.y.values.rows(), frames);
  ASSERT_EQ(received.y.values.size(), frames * length);
  double sum = 0, square = 0, magnitude = 0;
  for (const float y : received.y.values.values()) {
    const double noise = static_cast<double>(y) - 1;
    sum += noise;
    square += noise * noise;
    magnitude += std::abs(noise);
  }
  // Laplace of scale b has variance 2 b^2, E |x| = b and kurtosis 6. Twice the amplitude: variance 4 N0 / 2 = 1.
  const double count = frames * length, b = std::sqrt(0.5);
  EXPECT_NEAR(sum / count, 0, 5 / std::sqrt(count));
  EXPECT_NEAR(square / count, 1, 5 * std::sqrt(5 / count));
  EXPECT_NEAR(magnitude / count, b, 5 * b / std::sqrt(count));
}

}  // namespace
}  // namespace tandem::test
