#include <fmt/format.h>

#include "html.hpp"

namespace tandem::report::html {
namespace {

std::string pairs(const char* heading, const std::vector<std::pair<std::string, std::string>>& lines, const char* first, const char* second) {
  if (lines.empty()) return {};
  std::string out = fmt::format("<table class=\"hashes\">\n<tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr>\n", first, second);
  for (const auto& [name, value] : lines) out += "<tr><td>" + text(name) + "</td><td><code>" + text(value) + "</code></td></tr>\n";
  return fmt::format("<details>\n<summary>{}</summary>\n{}</details>\n", heading, scrolling(heading, out + "</table>\n"));
}

}  // namespace

std::string provenance(const RunPart& run) {
  const Provenance& p = run.provenance;
  std::string out = "<p>To run it again, or to go on with it:</p>\n" + scrolling("command", "<pre><code>" + text(p.command) + "</code></pre>\n") + "<dl class=\"facts\">\n";
  for (const auto& [name, value] : p.lines) out += "<dt>" + text(name) + "</dt><dd>" + text(value) + "</dd>\n";
  out += "</dl>\n" + pairs("Files and their SHA-256", p.files, "file", "SHA-256") + pairs("Plugins and their builds", p.plugins, "plugin", "build id");
  if (!p.config.empty()) out += "<details>\n<summary>Config</summary>\n" + scrolling("config", "<pre><code>" + text(p.config) + "</code></pre>\n") + "</details>\n";
  return out;
}

}  // namespace tandem::report::html
