#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem::report {

/// Words that came out alike, or not.
struct Piece {
  enum class Kind : std::uint8_t {
    same,
    wrong,    ///< received instead of others
    added,    ///< received without a counterpart
    missing   ///< sent, and not received
  };
  Kind kind = Kind::same;
  std::string words;

  bool operator==(const Piece&) const = default;
};

/// The fewest words exchanged, added and left out that make `received` of `sent` (Levenshtein 1966); words are what stands
/// between spaces. Neighbours of one kind are one piece.
std::vector<Piece> align_words(const std::string& sent, const std::string& received);

}  // namespace tandem::report
