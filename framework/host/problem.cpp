#include "problem.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tandem::host {

std::string to_text(const Problem& problem) {
  std::string text;
  if (!problem.place.file.empty()) {
    text = problem.place.file;
    if (problem.place.line > 0)
      text += ":" + std::to_string(problem.place.line) + ":" + std::to_string(problem.place.column);
    text += ": ";
  }
  if (!problem.address.empty()) text += problem.address + ": ";
  text += problem.message;
  if (!problem.hint.empty()) text += " (" + problem.hint + ")";
  return text;
}

namespace {
std::string joined(const std::vector<Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + to_text(problem);
  return text;
}

// Letters put in, left out, changed, or two neighbours swapped.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}
}  // namespace

Refusal::Refusal(std::vector<Problem> problems) : Error(joined(problems)), problems_(std::move(problems)) {}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  if (word.size() > 200) return {};
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  const std::string* found = nullptr;
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best) best = distance, found = &candidate;
  }
  return found ? "did you mean \"" + *found + "\"?" : "";
}

}  // namespace tandem::host
