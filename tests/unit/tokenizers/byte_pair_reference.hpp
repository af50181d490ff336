#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../plugins/tokenizers/byte_pieces.hpp"

namespace tandem::test {

using Spellings = std::vector<std::string>;

inline Spellings pieces_of(std::string_view text) {
  Spellings pieces;
  for (tokenizers::Pieces cut(text); !cut.done();) pieces.emplace_back(cut.next());
  return pieces;
}
inline Spellings bytes_of(const std::string& piece) {
  Spellings bytes;
  for (const char byte : piece) bytes.emplace_back(1, byte);
  return bytes;
}
/// Joins every place of a pair, from left to right.
inline Spellings joined(const Spellings& symbols, const std::pair<std::string, std::string>& pair) {
  Spellings out;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const bool here = i + 1 < symbols.size() && symbols[i] == pair.first && symbols[i + 1] == pair.second;
    out.push_back(here ? symbols[i] + symbols[i + 1] : symbols[i]);
    i += here ? 1 : 0;
  }
  return out;
}

/// Byte pair encoding as the paper words it, on strings and without any shortcut.
struct SlowBytePairs {
  std::map<std::pair<std::string, std::string>, std::size_t> ranks;

  Spellings encode_piece(const std::string& piece) const {
    Spellings symbols = bytes_of(piece);
    for (;;) {
      auto best = ranks.end();
      for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
        const auto found = ranks.find({symbols[i], symbols[i + 1]});
        if (found != ranks.end() && (best == ranks.end() || found->second < best->second)) best = found;
      }
      if (best == ranks.end()) return symbols;
      symbols = joined(symbols, best->first);
    }
  }
  Spellings encode(const std::string& text) const {
    Spellings symbols;
    for (const auto& piece : pieces_of(text))
      for (auto& symbol : encode_piece(piece)) symbols.push_back(std::move(symbol));
    return symbols;
  }
};

}  // namespace tandem::test
