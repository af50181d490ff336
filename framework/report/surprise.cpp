#include "surprise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "svg_text.hpp"

namespace tandem::report {
namespace {

// Classes of bits: a certain token, a good guess, one of a few, of many, a surprise.
constexpr std::array<double, 5> steps = {0.5, 1.5, 3, 6, 10};
constexpr std::array<int, 6> ground = {22, 58, 94, 130, 124, 88};  // of the 256 colours of a terminal
constexpr std::array<const char*, 6> hues = {"#d8efe2", "#e9f0c9", "#fbeab5", "#fbd3a0", "#f6b09a", "#e98a8a"};
constexpr std::array<const char*, 6> dark = {"#17392a", "#343d17", "#4a3c10", "#583512", "#5f2a1c", "#6e1f24"};

std::size_t level_of(double bits) {
  return static_cast<std::size_t>(std::ranges::upper_bound(steps, bits) - steps.begin());
}

double sum_of(const Surprise& surprise) {
  double sum = 0;
  for (const auto& token : surprise.tokens) sum += token.bits;
  return sum;
}

std::string total(const Surprise& s) {
  const double bits = sum_of(s);
  return fmt::format("{} tokens, {} bytes: {:.2f} bits, {:.3f} a token, {:.3f} a byte", s.tokens.size(), s.bytes, bits,
                     bits / static_cast<double>(std::max<std::size_t>(s.tokens.size(), 1)), bits / static_cast<double>(std::max<std::size_t>(s.bytes, 1)));
}

}  // namespace

std::string visible(const std::string& bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    const std::size_t size = character_length(bytes, at);
    if (size == 0 || byte < 32 || byte == 127) {
      out += byte == '\n' ? std::string("\\n") : byte == '\t' ? std::string("\\t") : fmt::format("\\x{:02x}", byte);
      ++at;
    } else {
      out += bytes.substr(at, size);
      at += size;
    }
  }
  return out;
}

std::string surprise_text(const Surprise& surprise, bool colours) {
  std::string out;
  if (colours) {
    for (const auto& token : surprise.tokens) {
      out += fmt::format("\x1b[48;5;{};38;5;255m{}\x1b[0m", ground[level_of(token.bits)], visible(token.spelled));
      if (token.spelled.find('\n') != std::string::npos) out += "\n";
    }
    out += "\n\n";
    for (std::size_t i = 0; i <= steps.size(); ++i)
      out += fmt::format("\x1b[48;5;{};38;5;255m {} \x1b[0m", ground[i], i < steps.size() ? fmt::format("up to {:g}", steps[i]) : "more bits");
    out += "\n";
  } else {
    out += fmt::format("{:<24} {:>8} {:>6}\n", "token", "bits", "rank");
    for (const auto& token : surprise.tokens) out += fmt::format("{:<24} {:>8.3f} {:>6}\n", "\"" + visible(token.spelled) + "\"", token.bits, token.rank);
  }
  out += total(surprise) + "\n";
  if (!surprise.next.empty()) out += "\nnext\n";
  for (const auto& candidate : surprise.next) out += fmt::format("{:<24} {:>8.4f}\n", (candidate.end ? "end" : "\"" + visible(candidate.spelled) + "\""), candidate.probability);
  return out;
}

std::string surprise_html(const Surprise& surprise) {
  std::string rules, legend;
  for (std::size_t i = 0; i < hues.size(); ++i) {
    rules += fmt::format(".b{}{{background:{}}}", i, hues[i]);
    legend += fmt::format("<span class=\"b{}\">{}</span> ", i, i < steps.size() ? fmt::format("up to {:g} bits", steps[i]) : "more");
  }
  std::string night;
  for (std::size_t i = 0; i < dark.size(); ++i) night += fmt::format(".b{}{{background:{}}}", i, dark[i]);
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{0}</title>\n<style>\nbody{{max-width:46rem;margin:1.5rem auto;padding:0 1rem;font:17px/1.9 "
      "system-ui,sans-serif;color:#1d2227;background:#fff}}\nh1{{font-size:1.3rem}}\np.text{{white-space:pre-wrap;overflow-wrap:anywhere}}\nspan{{border-radius:3px;"
      "padding:.1em 0}}\n.small{{font-size:.85rem}}.small span{{padding:.2em .5em}}\ntd,th{{text-align:left;padding:0 1rem 0 0}}\n{1}\n@media(prefers-color-scheme:dark)"
      "{{body{{color:#e8eaed;background:#14181d}}{2}}}\n</style>\n</head>\n<body>\n<h1>{0}</h1>\n<p class=\"text\">",
      escaped(surprise.title, "\ufffd"), rules, night);
  for (const auto& token : surprise.tokens) {
    const std::string title = fmt::format("{:.2f} bits, rank {}", token.bits, token.rank);
    const bool line_end = token.spelled.ends_with('\n');
    const std::string shown = line_end ? visible(token.spelled.substr(0, token.spelled.size() - 1)) + "\u21b5" : visible(token.spelled);
    out += fmt::format("<span class=\"b{}\" title=\"{}\">{}</span>{}", level_of(token.bits), title, escaped(shown, "\ufffd"), line_end ? "\n" : "");
  }
  out += fmt::format("</p>\n<p class=\"small\">{}</p>\n<p>{}.</p>\n", legend, total(surprise));
  if (!surprise.next.empty()) {
    out += "<table>\n<tr><th scope=\"col\">next</th><th scope=\"col\">probability</th></tr>\n";
    for (const auto& candidate : surprise.next)
      out += fmt::format("<tr><td><code>{}</code></td><td>{:.4f}</td></tr>\n", escaped((candidate.end ? "end" : "\"" + visible(candidate.spelled) + "\""), "\ufffd"), candidate.probability);
    out += "</table>\n";
  }
  return out + "</body>\n</html>\n";
}

}  // namespace tandem::report
