#include <fmt/format.h>

#include "kit.hpp"

namespace tandem::conformance {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const unsigned char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (c == '\n') out += "&#10;";
    else if (c < 32 || c > 126) out += '?';  // XML has no such characters, or they may be no UTF-8
    else out += static_cast<char>(c);
  }
  return out;
}

}  // namespace

std::string to_junit(const std::vector<Verdict>& verdicts) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (std::size_t begin = 0, end = 0; begin < verdicts.size(); begin = end) {
    const std::string plugin = escaped(verdicts[begin].plugin);
    int failures = 0, skipped = 0;
    std::string cases;
    for (; end < verdicts.size() && verdicts[end].plugin == verdicts[begin].plugin; ++end) {
      const Verdict& verdict = verdicts[end];
      cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"", plugin, verdict.law->name, verdict.seconds);
      if (verdict.kind == Verdict::Kind::kept) {
        cases += "/>\n";
      } else if (verdict.kind == Verdict::Kind::inapplicable) {
        ++skipped;
        cases += fmt::format("><skipped message=\"{}\"/></testcase>\n", escaped(verdict.message));
      } else {
        ++failures;
        cases += fmt::format("><failure message=\"{}\">{}&#10;repeat: {}</failure>", escaped(verdict.message), escaped(verdict.law->says), escaped(verdict.repeat));
        if (!verdict.output.empty()) cases += fmt::format("<system-err>{}</system-err>", escaped(verdict.output));
        cases += "</testcase>\n";
      }
    }
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n{}  </testsuite>\n", plugin, end - begin, failures, skipped, cases);
  }
  return out + "</testsuites>\n";
}

}  // namespace tandem::conformance
