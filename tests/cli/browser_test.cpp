// The report in a real browser, where one is installed: no error in its script, no part wider than a phone.
#include <cstdlib>

#include "command_test.hpp"

namespace tandem::test {
namespace {

using ::testing::HasSubstr;

std::string browser() {
  const char* path = std::getenv("PATH");
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
    std::string folders = path ? path : "";
    for (std::size_t at = 0; at < folders.size();) {
      const std::size_t end = std::min(folders.find(':', at), folders.size());
      const auto file = std::filesystem::path(folders.substr(at, end - at)) / name;
      if (std::filesystem::exists(file)) return file.string();
      at = end + 1;
    }
  }
  return {};
}

std::string as_attribute(const std::string& page) {
  std::string out;
  for (const char c : page) out += c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  return out;
}

class BrowserTest : public CommandTest {
 protected:
  // What the browser finds out about the page in a window of that width: errors of its script, how much wider than the
  // window it is, what a curve says when it is reached by keyboard.
  std::string measured(const std::string& page, int width) const {
    const std::string listening = "<head>\n<script>addEventListener('error', event => parent.problems.push(event.message))</script>";
    std::string watched = page;
    watched.replace(watched.find("<head>"), 6, listening);
    write("around.html", "<!DOCTYPE html><body><script>window.problems = []</script><iframe width=\"" + std::to_string(width) +
                             "\" height=\"800\" srcdoc=\"" + as_attribute(watched) + R"(" onload="
        const inner = this.contentDocument, root = inner.documentElement;
        for (const part of inner.querySelectorAll('details')) part.open = true;
        const curve = inner.querySelector('figure g[tabindex]');
        const size = root.scrollWidth;
        curve.focus();
        document.body.textContent = 'errors ' + problems.length + ', wider ' + (size - root.clientWidth) + ', said ' + inner.querySelector('.readout').textContent;
        "></iframe></body>)");
    Command looking;
    looking.arguments = {browser(), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--user-data-dir=" + (folder() / "profile").string(),
                         "--dump-dom", "file://" + (folder() / "around.html").string()};
    looking.seconds = 100;
    return run(looking).out;
  }
};

TEST_F(BrowserTest, ThePageFitsAPhoneAndItsScriptRuns) {
  if (browser().empty()) GTEST_SKIP() << "no chromium is installed";
  write("x.json", R"({"title": "Three ways through a channel that has a longer name than a phone is wide", "source": {"text-lines": {"path": "corpus:sample"}},
    "link": {"tokenizer": {"characters": {"text": "corpus:prime"}}, "model": {"static": {"text": "corpus:prime"}}, "coder": "huffman", "modem": "bpsk", "channel": "awgn"},
    "arms": {"huffman": {}, "a-name-without-any-place-to-break-it-anywhere-at-all-0123456789": {"link.model": null, "link.coder": "fixed"},
             "analog": {"link": {"codec": "amplitudes", "modem": "analog", "channel": "awgn"}}},
    "snr": {"unified_snr_db": [0, 4, 8]}, "metrics": ["bleu", "ber", "frame"], "stop": {"frames": 40}})");
  expect(0, {"run", "x.json", "--out", "run"});
  expect(0, {"report", "run"});
  const std::string page = read_file(folder() / "run/report.html");
  for (const int width : {360, 800, 1280}) EXPECT_THAT(measured(page, width), HasSubstr("errors 0, wider 0, said huffman \u00b7 unified_snr_db = 0: ")) << width;
}

}  // namespace
}  // namespace tandem::test
