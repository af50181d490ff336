#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <tandem/model.hpp>
#include <vector>

#include "bound.hpp"

/// Rows that a model predicts side by side, for coders that look at one symbol after the other.
namespace tandem::coders {

/// `code(row, stream, distribution, symbol)` for every symbol of every row, and for `end` behind it; row by row in order.
inline void encode_rows(const Model& model, const Tokens& tokens, std::size_t streams,
                        const std::function<void(std::size_t, std::size_t, const Distribution&, Token)>& code) {
  const Token end = model.vocabulary().end;
  for (std::size_t first = 0; first < tokens.rows(); first += streams) {
    const std::size_t count = std::min(streams, tokens.rows() - first);
    const auto session = open_distribution(model, count);
    std::vector<Token> last(count, end);
    std::vector<std::uint8_t> active(count, 1);
    for (std::size_t position = 0, running = count; running != 0; ++position) {
      for (std::size_t s = 0; s < count; ++s) {
        if (!active[s]) continue;
        const auto row = tokens[first + s];
        last[s] = position < row.size() ? row[position] : end;
        code(first + s, s, session->distribution(), last[s]);
        if (position == row.size()) active[s] = 0, --running;
      }
      if (running != 0) session->step(last, active);
    }
  }
}

/// `next(row, stream, distribution)` until it gives `end`, nothing, or `max_tokens` symbols of a row.
inline Recovered decode_rows(const Model& model, std::size_t rows, std::size_t streams, std::size_t max_tokens,
                             const std::function<std::optional<Token>(std::size_t, std::size_t, const Distribution&)>& next) {
  const Token end = model.vocabulary().end;
  Recovered out;
  for (std::size_t first = 0; first < rows; first += streams) {
    const std::size_t count = std::min(streams, rows - first);
    const auto session = open_distribution(model, count);
    std::vector<std::vector<Token>> decoded(count);
    std::vector<Token> last(count, end);
    std::vector<std::uint8_t> active(count, 1), clean(count, 0);
    for (std::size_t running = count; running != 0;) {
      for (std::size_t s = 0; s < count; ++s) {
        if (!active[s]) continue;
        const auto symbol = next(first + s, s, session->distribution());
        clean[s] = symbol && *symbol == end;
        if (symbol && !clean[s] && decoded[s].size() < max_tokens) {
          decoded[s].push_back(last[s] = *symbol);
          continue;
        }
        active[s] = 0, --running;
      }
      if (running != 0) session->step(last, active);
    }
    for (const auto& row : decoded) out.tokens.append(row);
    out.clean.insert(out.clean.end(), clean.begin(), clean.end());
  }
  return out;
}

}  // namespace tandem::coders
