#pragma once

#include <functional>
#include <string>
#include <tandem/explain.hpp>
#include <vector>

namespace tandem::report {

/// What a coder did with a row, to be shown.
struct Intervals {
  std::vector<CodingStep> steps;
  std::string bits;                           ///< that were sent
  std::function<std::string(Token)> spelled;  ///< a symbol as people read it
};

/// A line a step: the strip that is cut, the interval that is kept, and the digits that are certain.
std::string intervals_text(const Intervals& intervals);
/// The strips below each other, each the enlarged part of the one above; an SVG file of its own.
std::string intervals_svg(const Intervals& intervals, const std::string& title);

}  // namespace tandem::report
