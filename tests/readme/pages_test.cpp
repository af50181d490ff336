// README.md and docs/ against the command: what they show is what it prints. After a change that is meant,
// TANDEM_REFRESH=1 test-readme writes what is printed now into the pages, where no "..." stands in it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "markdown.hpp"
#include "support/process.hpp"
#include "support/support.hpp"

namespace tandem::test {
namespace {

class Page : public testing::TestWithParam<const char*> {
 protected:
  std::filesystem::path path() const { return source_dir() / GetParam(); }
};

bool refreshing() { return std::getenv("TANDEM_REFRESH") != nullptr; }

// A folder that looks like the top of the tree, so that commands leave nothing behind in the real one.
void furnish(const std::filesystem::path& folder) {
  std::filesystem::copy(source_dir() / "configs", folder / "configs");
  for (const char* name : {"framework", "plugins", "registry", "docs", "tests"})
    std::filesystem::create_directory_symlink(source_dir() / name, folder / name);
  std::filesystem::create_directories(folder / ".build");
  std::filesystem::create_directory_symlink(build_dir(), folder / ".build/release");
}

// Only what the page sets is set.
std::string in_clean_environment(const std::string& command) {
  return "unset TANDEM_PLUGIN_PATH TANDEM_REGISTRY TANDEM_DATA\nexport PATH='" + (build_dir() / "bin").string() +
         "':\"$PATH\" XDG_CACHE_HOME=\"$PWD/.cache\"\nset -e\n" + command + "\n";
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// Lines stand for themselves; "..." stands for any number of lines. Returns the first line that is not there.
std::string missing_line(const std::vector<std::string>& shown, const std::vector<std::string>& printed) {
  std::size_t at = 0;
  bool skipping = false;
  for (const auto& line : shown) {
    if (line == "...") {
      skipping = true;
      continue;
    }
    if (skipping)
      while (at < printed.size() && trimmed(printed[at]) != trimmed(line)) ++at;
    if (at == printed.size() || trimmed(printed[at]) != trimmed(line)) return line;
    ++at;
    skipping = false;
  }
  return skipping || at == printed.size() ? "" : "(more lines are printed)";
}

void refresh(const std::filesystem::path& page, const std::map<std::size_t, std::vector<std::string>>& blocks) {
  const auto lines = lines_of(read_file(page));
  std::ofstream out(page);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out << lines[i] << "\n";
    const auto fresh = blocks.find(i + 1);
    if (fresh == blocks.end()) continue;
    for (const auto& line : fresh->second) out << trimmed(line) << "\n";
    while (!lines[i + 1].starts_with("```")) ++i;
  }
}

TEST_P(Page, CommandsPrintWhatItShows) {
  const TemporaryFolder folder;
  furnish(folder.path());
  const auto blocks = blocks_of(read_file(path()));
  std::map<std::size_t, std::vector<std::string>> changed;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto& block = blocks[i];
    if (block.language != "sh" || !block.tested) continue;
    std::string commands;
    for (const auto& line : block.text) commands += line + "\n";
    const auto output = run(in_clean_environment(commands), folder.path());
    EXPECT_EQ(output.exit, 0) << GetParam() << ":" << block.line << ":\n" << commands << output.text;
    if (i + 1 == blocks.size() || blocks[i + 1].language != "text" ||
        blocks[i + 1].line != block.line + block.text.size() + 2)
      continue;
    const auto printed = lines_of(output.text);
    const auto missing = missing_line(blocks[i + 1].text, printed);
    if (refreshing() && !missing.empty() && std::ranges::count(blocks[i + 1].text, "...") == 0)
      changed[blocks[i + 1].line] = printed;
    else
      EXPECT_EQ(missing, "") << GetParam() << ":" << blocks[i + 1].line << ": this line is not printed:\n"
                             << output.text;
  }
  if (!changed.empty()) refresh(path(), changed);
}

TEST_P(Page, ConfigsAreFine) {
  const TemporaryFolder folder;
  furnish(folder.path());
  for (const auto& block : blocks_of(read_file(path()))) {
    if (block.language != "json" || !block.tested) continue;
    std::string text;
    for (const auto& line : block.text) text += line + "\n";
    std::ofstream(folder.path() / "configs/of-the-page.json") << text;
    const auto output = run(in_clean_environment("tandem validate configs/of-the-page.json 2>&1"), folder.path());
    EXPECT_EQ(output.exit, 0) << GetParam() << ":" << block.line << ":\n" << output.text;
  }
}

TEST_P(Page, LinksLeadSomewhere) {
  for (const auto& target : relative_links(read_file(path())))
    EXPECT_TRUE(std::filesystem::exists(path().parent_path() / target)) << GetParam() << " links to " << target;
}

INSTANTIATE_TEST_SUITE_P(Pages, Page,
                         testing::Values("README.md", "docs/compress.md", "docs/findings.md", "docs/guide.md", "docs/joint.md", "docs/method.md", "docs/plugins.md",
                                         "docs/process.md", "docs/roles/block.md", "docs/roles/channel.md",
                                         "docs/roles/code.md", "docs/roles/codec.md", "docs/roles/coder.md",
                                         "docs/roles/decoder.md", "docs/roles/metric.md", "docs/roles/model.md",
                                         "docs/roles/modem.md", "docs/roles/source.md", "docs/roles/tokenizer.md",
                                         "docs/roles/trainer.md"),
                         [](const auto& info) {
                           std::string name = std::filesystem::path(info.param).stem().string();
                           return name;
                         });

// A table behind "<!-- table CONFIG AXIS COLUMN... -->": its first column is the axis, then each arm has its columns.
TEST(TableOfTheReadme, HoldsWhatTheConfigGives) {
  const auto page = source_dir() / "README.md";
  auto lines = lines_of(read_file(page));
  std::size_t at = 0;
  while (at < lines.size() && !lines[at].starts_with("<!-- table ")) ++at;
  ASSERT_LT(at + 4, lines.size());
  std::istringstream words(lines[at].substr(11));
  std::string config, axis;
  words >> config >> axis;
  std::vector<std::string> columns;
  for (std::string word; words >> word && word != "-->";) columns.push_back(word);

  const TemporaryFolder folder;
  furnish(folder.path());
  const auto output = run(in_clean_environment("tandem run " + config + " --json"), folder.path());
  ASSERT_EQ(output.exit, 0) << output.text;
  std::map<double, std::string> rows;
  for (const auto& line : lines_of(output.text)) {
    const auto result = nlohmann::json::parse(line);
    if (!result.contains("point")) continue;
    std::string& row = rows[result["point"][axis].get<double>()];
    for (const auto& column : columns) {
      if (!result["metrics"].contains(column)) {
        row += fmt::format(" {:.2f} |", result[column].get<double>());
        continue;
      }
      const auto& figure = result["metrics"][column];
      const bool none = figure.contains("count") && figure["count"].get<double>() == 0;
      row += none ? fmt::format(" < {:.2g} |", figure["high"].get<double>())
                  : fmt::format(" {:.3g} |", figure["value"].get<double>());
    }
  }
  std::size_t tested = 0;
  for (at += 3; at < lines.size() && lines[at].starts_with("| "); ++at, ++tested) {
    const double value = std::stod(lines[at].substr(2));
    ASSERT_TRUE(rows.contains(value)) << lines[at];
    const auto fresh = fmt::format("| {:g} |{}", value, rows[value]);
    if (refreshing())
      lines[at] = fresh;
    else
      EXPECT_EQ(lines[at], fresh);
  }
  EXPECT_GE(tested, 3u);
  if (!refreshing()) return;
  std::ofstream out(page);
  for (const auto& line : lines) out << line << "\n";
}

}  // namespace
}  // namespace tandem::test
