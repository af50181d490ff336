#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem::report {

/// A token of a text, and what it cost the model that predicted it.
struct TokenCost {
  std::string spelled;     ///< its bytes
  double bits = 0;         ///< -log2 of its probability
  std::uint32_t rank = 0;  ///< tokens that were more probable
};

/// A token that may come next.
struct Candidate {
  std::string spelled;
  double probability = 0;
  bool end = false;  ///< of the text
};

/// How well a model follows a text, and what it expects behind it.
struct Surprise {
  std::string title;
  std::size_t bytes = 0;  ///< of the text
  std::vector<TokenCost> tokens;
  std::vector<Candidate> next;  ///< the most probable first
};

/// Bytes as a reader of one line sees them: spaces as they are, control characters and what is no UTF-8 as \xHH.
std::string visible(const std::string& bytes);

/// The text on coloured ground, dearer tokens redder, where `colours`; then a line a token where not; then the candidates.
std::string surprise_text(const Surprise& surprise, bool colours);
/// The same as a page that needs nothing else: each token tells its bits and its rank.
std::string surprise_html(const Surprise& surprise);

}  // namespace tandem::report
