#include <fmt/format.h>

#include "html.hpp"
#include "names.hpp"
#include "svg_text.hpp"
#include "word_alignment.hpp"

namespace tandem::report::html {
namespace {

constexpr std::size_t longest = 600;

std::string marked(const std::string& sent, const std::string& received) {
  std::string out;
  for (const Piece& piece : align_words(sent, received)) {
    if (!out.empty()) out += " ";
    const std::string words = text(piece.words);
    switch (piece.kind) {
      case Piece::Kind::same: out += words; break;
      case Piece::Kind::wrong: out += "<mark>" + words + "</mark>"; break;
      case Piece::Kind::added: out += "<ins>" + words + "</ins>"; break;
      case Piece::Kind::missing: out += "<del>" + words + "</del>"; break;
    }
  }
  return out;
}

std::string received(const Page& page, const RunPart& run, const Sentences::Frame& frame, const Sentences::At& at) {
  std::string out = at.point.empty() ? "" : "<h4>" + text(at.point) + "</h4>\n";
  out += "<dl class=\"received\">\n";
  for (const auto& arm : at.arms) {
    const std::string sent = shortened(frame.sent, longest), came = shortened(arm.text, longest);
    out += fmt::format("<dt class=\"curves\"><span class=\"{}\">\u25a0</span> {}</dt><dd>", colour_of(page, run, arm.arm), text(arm.arm));
    if (arm.failed)
      out += "<em>not received: " + text(arm.text) + "</em>";
    else if (arm.as_sent)
      out += "<span class=\"fine\">\u2713 as sent</span>";
    else if (came == sent)
      out += "<em>differs beyond what is shown</em>";
    else
      out += marked(sent, came);
    out += "</dd>\n";
  }
  return out + "</dl>\n";
}

}  // namespace

std::string sentences(const Page& page, const RunPart& run) {
  const Sentences& s = run.sentences;
  if (!s.left_out.empty()) return "<p>" + text(s.left_out) + "</p>\n";
  if (s.frames.empty()) return {};
  std::string out = "<p>The run's own frames, sent again through the same noise. <mark>Wrong</mark> words were received instead of others, <ins>added</ins> ones have no "
                    "counterpart, <del>missing</del> ones were sent and not received.</p>\n";
  for (const auto& frame : s.frames) {
    out += "<blockquote>" + text(shortened(frame.sent, longest)) + "</blockquote>\n";
    for (const auto& at : frame.points)
      if (!at.arms.empty()) out += received(page, run, frame, at);
  }
  return out;
}

}  // namespace tandem::report::html
