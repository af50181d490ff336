// Plugins that were written and built without the source tree: the project tests/elsewhere against an installation.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <sstream>

#include "installation.hpp"
#include "support/support.hpp"

namespace tandem::test {
namespace {
namespace fs = std::filesystem;
using ::testing::HasSubstr;

void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

/// The rows that the installed command prints for a config, with the stranger's plugins beside its own.
std::vector<nlohmann::json> run_config(const std::string& config) {
  const auto& installation = Installation::get();
  const auto folder = installation.scratch("experiment");
  write(folder / "x.json", config);
  const Ended ended = installation.tandem(
      {"--plugins", installation.build() / "plugins", "run", folder / "x.json", "--json", "--out", folder / "out"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  std::vector<nlohmann::json> rows;
  std::istringstream lines(ended.out);
  for (std::string line; std::getline(lines, line);)
    if (auto row = nlohmann::json::parse(line); row.contains("metrics")) rows.push_back(row);
  return rows;
}

TEST(Elsewhere, SourcesAreShort) {
  const auto code_lines = [](const char* name) {
    std::istringstream text(read_file(source_dir() / "tests/elsewhere" / name));
    std::size_t lines = 0;
    for (std::string line; std::getline(text, line);) {
      const auto first = line.find_first_not_of(' ');
      lines += first != std::string::npos && line.compare(first, 2, "//") != 0;
      EXPECT_LE(line.size(), 120u) << name << ": " << line;
    }
    return lines;
  };
  EXPECT_LE(code_lines("cauchy.cpp"), 30u);
  EXPECT_LE(code_lines("gradient_flip.cpp"), 80u);
  EXPECT_LE(code_lines("cache_bigram.cpp"), 80u);
}

// Each line is a command that must work on what was built elsewhere.
TEST(Elsewhere, CommandsTakeThePlugins) {
  const auto& installation = Installation::get();
  const std::string plugins = installation.build() / "plugins";
  for (const std::vector<std::string>& command : std::initializer_list<std::vector<std::string>>{
           {"list"},
           {"doctor"},
           {"describe", "cauchy"},
           {"describe", "gradient-flip"},
           {"describe", "cache-bigram"},
           {"check", "cauchy", "gradient-flip", "cache-bigram"},
       }) {
    std::vector<std::string> arguments = {"--plugins", plugins};
    arguments.insert(arguments.end(), command.begin(), command.end());
    const Ended ended = installation.tandem(arguments);
    EXPECT_EQ(ended.code, 0) << fmt::format("{}\n", fmt::join(command, " ")) << ended.out << ended.err;
  }
  std::map<std::string, std::string> found;
  for (const auto& plugin : nlohmann::json::parse(installation.tandem({"--plugins", plugins, "list", "--json"}).out)) {
    EXPECT_EQ(plugin["problem"], "");
    if (plugin["path"].get<std::string>().starts_with(plugins)) found[plugin["name"]] = plugin["role"];
  }
  EXPECT_EQ(found, (std::map<std::string, std::string>{
                       {"cauchy", "channel"}, {"gradient-flip", "decoder"}, {"cache-bigram", "model"}}));
}

// A decision by the sign is wrong where Cauchy noise of width w goes past 1: with probability 1/2 - atan(1 / w) / pi.
// The width is sqrt(N0 / (4 exp(Euler's constant))), that of the geometric power of Gaussian noise.
TEST(Elsewhere, ChannelMakesTheNoiseItPromises) {
  const auto rows =
      run_config(R"({"source": {"random-bits": {"length": 1000}}, "link": {"modem": "bpsk", "channel": "cauchy"},
    "snr": {"es_n0_db": [0, 10, 20]}, "metrics": ["ber"], "stop": {"frames": 1000}})");
  ASSERT_EQ(rows.size(), 3u);
  for (const auto& row : rows) {
    const double n0 = std::pow(10, -row["es_n0_db"].get<double>() / 10),
                 width = std::sqrt(n0 / (4 * std::exp(std::numbers::egamma)));
    const double expected = 0.5 - std::atan(1 / width) / std::numbers::pi;
    const auto& rate = row["metrics"]["ber.info"];
    EXPECT_NEAR(rate["value"].get<double>(), expected, 5 * std::sqrt(expected / rate["of"].get<double>())) << row;
  }
}

// All three in one link, that of README.md but for them: wrong where the noise is strong, right where it is weak.
TEST(Elsewhere, PluginsWorkTogether) {
  const auto rows = run_config(R"({"source": {"text-lines": {"path": "corpus:sample"}},
    "link": {"tokenizer": "bytes", "model": {"cache-bigram": {"text": "corpus:prime"}}, "coder": "arithmetic",
             "code": {"array-ldpc": {"p": 7, "rows": 4}}, "decoder": "gradient-flip",
             "modem": "bpsk", "channel": "cauchy"},
    "arms": {"three": {},
             "ours": {"link.decoder": "min-sum", "link.model": {"markov": {"text": "corpus:prime", "order": 1}}},
             "gaussian": {"link.channel": "awgn"}},
    "snr": {"es_n0_db": [0, 40]}, "metrics": ["bler", "frame", "bleu", "compression"], "stop": {"frames": 300}})");
  ASSERT_EQ(rows.size(), 6u);
  const auto value = [&](std::size_t row, const char* metric) {
    return rows[row]["metrics"][metric]["value"].get<double>();
  };
  const auto describe = [&](std::size_t row) { return rows[row].dump(); };
  for (const std::size_t arm : {0u, 2u, 4u}) {
    EXPECT_GT(value(arm, "bler.code"), 0.05) << describe(arm);
    EXPECT_LT(value(arm + 1, "bler.code"), 1e-3) << describe(arm + 1);
    EXPECT_GT(value(arm + 1, "bleu.1"), 0.99) << describe(arm + 1);
  }
  // What a bigram of a page of English is worth, and no more than a cache of ten per cent can spoil or gain.
  const double three = value(1, "compression.bits-per-character"), ours = value(3, "compression.bits-per-character");
  EXPECT_NEAR(three, ours, 0.15 * ours);
}

TEST(Elsewhere, ProjectIsInstalled) {
  const auto& installation = Installation::get();
  const auto other = installation.scratch("other");
  succeed(installation.command({TANDEM_CMAKE, "--install", installation.build(), "--prefix", other}));
  const auto plugins = other / "lib/tandem/plugins";
  for (const char* name : {"cauchy.so", "cauchy.json"}) EXPECT_TRUE(fs::exists(plugins / name)) << name;
  EXPECT_THAT(succeed(installation.command({"readelf", "-d", plugins / "cauchy.so"})), HasSubstr("[$ORIGIN/../..]"));
  const Ended described = installation.tandem({"--plugins", plugins, "describe", "cauchy"});
  EXPECT_EQ(described.code, 0) << described.err;
  EXPECT_THAT(described.out, HasSubstr(plugins.string()));
}

// Ours under another name: what pkg-config says to pass makes it compute what it computes as built in the tree.
TEST(Elsewhere, CompilerAloneBuildsAPlugin) {
  const auto& installation = Installation::get();
  if (run(installation.command({"pkg-config", "--version"})).code != 0) GTEST_SKIP() << "there is no pkg-config";
  const auto folder = installation.scratch("alone");
  std::string text = read_file(source_dir() / "plugins/channels/laplace.cpp");
  text.replace(text.find("\"laplace\""), 9, "\"again\"");
  write(folder / "again.cpp", text);
  Command compile = installation.command(
      {"sh", "-ec",
       TANDEM_COMPILER " -O2 -shared $(pkg-config --cflags tandem) again.cpp $(pkg-config --libs tandem) -o again.so\n"
                       "\"$TANDEM\"-manifest --role channel --name again again.so\n"
                       "\"$TANDEM\" --plugins . describe again\n"});
  compile.environment["PKG_CONFIG_PATH"] = installation.prefix() / "lib/pkgconfig";
  compile.environment["TANDEM"] = installation.prefix() / "bin/tandem";
  compile.directory = folder;
  EXPECT_THAT(succeed(compile), HasSubstr("library: ./again.so"));
  const auto symbols = succeed(installation.command({"nm", "-D", "--defined-only", folder / "again.so"}));
  EXPECT_EQ(std::ranges::count(symbols, '\n'), 1) << symbols;

  const auto results = [&](const std::string& channel) {
    const auto config = installation.prefix() / "share/tandem/configs/bpsk-awgn.json";
    const Ended ended =
        installation.tandem({"--plugins", folder, "run", config, "--set", "link.channel=" + channel, "--set",
                             "snr.es_n0_db=4", "--set", "stop.frames=1000", "--out", folder / ("out-" + channel)});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return read_file(folder / ("out-" + channel) / "results.csv");
  };
  const auto again = results("again");
  EXPECT_THAT(again, HasSubstr("portable"));
  EXPECT_EQ(again, results("laplace"));
}

TEST(Elsewhere, MistakesAreSentences) {
  const auto& installation = Installation::get();
  const auto project = installation.scratch("mistaken");
  fs::copy(installation.project() / "cauchy.cpp", project / "cauchy.cpp");
  const auto configure = [&](const std::string& version, const std::string& role) {
    write(project / "CMakeLists.txt",
          "cmake_minimum_required(VERSION 3.25)\nproject(Mistaken LANGUAGES CXX)\nfind_package(Tandem " + version +
              " REQUIRED)\ntandem_add_plugin(cauchy " + role + " cauchy.cpp)\n");
    const Ended ended = run(installation.command(installation.configure(project)));
    std::string words;  // CMake breaks lines where it likes
    std::istringstream text(ended.out + ended.err);
    for (std::string word; text >> word;) words += word + " ";
    return std::pair(ended.code, words);
  };
  auto [code, says] = configure("0.2", "channel");
  EXPECT_NE(code, 0);
  EXPECT_THAT(says, HasSubstr("compatible with requested version \"0.2\""));
  EXPECT_THAT(says, HasSubstr("version: " TANDEM_VERSION));

  std::tie(code, says) = configure("0.1", "chanel");
  EXPECT_NE(code, 0);
  EXPECT_THAT(says, HasSubstr("there is no role \"chanel\"; the roles are source, tokenizer, model, "));

  std::tie(code, says) = configure("0.1", "decoder");
  EXPECT_EQ(code, 0) << says;
  const Ended built = run(installation.command({TANDEM_CMAKE, "--build", project / "build"}));
  EXPECT_NE(built.code, 0);
  EXPECT_THAT(built.out + built.err,
              HasSubstr("cauchy.so: its source makes it the channel \"cauchy\", its build the decoder \"cauchy\""));
  EXPECT_FALSE(fs::exists(project / "build/plugins/cauchy.json"));
}

}  // namespace
}  // namespace tandem::test
