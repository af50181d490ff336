#include "word_alignment.hpp"

#include <algorithm>

namespace tandem::report {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

std::vector<Piece> align_words(const std::string& sent, const std::string& received) {
  const auto a = words_of(sent), b = words_of(received);
  const std::size_t width = b.size() + 1;
  // Of the words behind i of a and j of b.
  std::vector<std::size_t> cost((a.size() + 1) * width);
  for (std::size_t i = a.size() + 1; i-- > 0;)
    for (std::size_t j = width; j-- > 0;) {
      std::size_t& here = cost[i * width + j];
      if (i == a.size() || j == b.size()) {
        here = (a.size() - i) + (b.size() - j);
        continue;
      }
      here = cost[(i + 1) * width + j + 1] + (a[i] != b[j]);
      here = std::min({here, cost[(i + 1) * width + j] + 1, cost[i * width + j + 1] + 1});
    }
  std::vector<Piece> out;
  const auto add = [&](Piece::Kind kind, const std::string& word) {
    if (out.empty() || out.back().kind != kind)
      out.push_back({kind, word});
    else
      out.back().words += " " + word;
  };
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const std::size_t here = cost[i * width + j];
    const bool both = i < a.size() && j < b.size();
    if (both && here == cost[(i + 1) * width + j + 1] + (a[i] != b[j])) {
      add(a[i] == b[j] ? Piece::Kind::same : Piece::Kind::wrong, b[j]);
      ++i, ++j;
    } else if (i < a.size() && here == cost[(i + 1) * width + j] + 1) {
      add(Piece::Kind::missing, a[i++]);
    } else {
      add(Piece::Kind::added, b[j++]);
    }
  }
  return out;
}

}  // namespace tandem::report
