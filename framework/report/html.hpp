#pragma once

#include <string>

#include "page.hpp"

namespace tandem::report::html {

/// Text for a page: escaped, U+FFFD for what is no UTF-8 and for control characters.
std::string text(const std::string& raw);

/// The parts of a page, in its order. Each is well-formed by itself, and empty where there is nothing to show.
std::string figures(const Page& page);
std::string energy(const Page& page, const RunPart& run);
std::string arms(const Page& page, const RunPart& run);
std::string sentences(const Page& page, const RunPart& run);
std::string provenance(const RunPart& run);

/// What the parts look like, and the little that happens when marks are pointed at.
std::string style();
std::string script();

/// The colour class that an arm has on this page.
std::string colour_of(const Page& page, const RunPart& run, const std::string& arm);
/// A box that scrolls by itself, so that the page need not; reachable by keyboard.
std::string scrolling(const std::string& label, const std::string& content);

}  // namespace tandem::report::html
