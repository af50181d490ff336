#pragma once

#include <algorithm>
#include <optional>
#include <tandem/model.hpp>
#include <vector>

#include "bound.hpp"

/// Rows that a model predicts side by side, for coders that look at one symbol after the other. What predicts moves past symbols
/// by `step`, as Session::step does.
namespace tandem::coders {

/// `code(stream, symbol)` for every symbol of rows first .. first + count - 1, and for `end` behind each; row by row in order.
template <class Predictions, class Code>
void encode_in_lockstep(const Tokens& tokens, std::size_t first, std::size_t count, Token end, Predictions& predictions, const Code& code) {
  std::vector<Token> last(count, end);
  std::vector<std::uint8_t> active(count, 1);
  for (std::size_t position = 0, running = count; running != 0; ++position) {
    for (std::size_t s = 0; s < count; ++s) {
      if (!active[s]) continue;
      const auto row = tokens[first + s];
      last[s] = position < row.size() ? row[position] : end;
      code(s, last[s]);
      if (position == row.size()) active[s] = 0, --running;
    }
    if (running != 0) predictions.step(last, active);
  }
}

/// `next(stream)` until it gives `end`, nothing, or `max_tokens` symbols of a row; appends `count` rows.
template <class Predictions, class Next>
void decode_in_lockstep(std::size_t count, Token end, std::size_t max_tokens, Predictions& predictions, const Next& next, Recovered& out) {
  std::vector<std::vector<Token>> rows(count);
  std::vector<Token> last(count, end);
  std::vector<std::uint8_t> active(count, 1), clean(count, 0);
  for (std::size_t running = count; running != 0;) {
    for (std::size_t s = 0; s < count; ++s) {
      if (!active[s]) continue;
      const std::optional<Token> symbol = next(s);
      clean[s] = symbol && *symbol == end;
      if (symbol && !clean[s] && rows[s].size() < max_tokens) {
        rows[s].push_back(last[s] = *symbol);
        continue;
      }
      active[s] = 0, --running;
    }
    if (running != 0) predictions.step(last, active);
  }
  for (const auto& row : rows) out.tokens.append(row);
  out.clean.insert(out.clean.end(), clean.begin(), clean.end());
}

/// All rows, so many at a time: `code(row, stream, distribution, symbol)`.
template <class Code>
void encode_rows(const Model& model, const Tokens& tokens, std::size_t streams, const Code& code) {
  for (std::size_t first = 0; first < tokens.rows(); first += streams) {
    const std::size_t count = std::min(streams, tokens.rows() - first);
    const auto session = open_distribution(model, count);
    encode_in_lockstep(tokens, first, count, model.vocabulary().end, *session,
                       [&](std::size_t s, Token symbol) { code(first + s, s, session->distribution(), symbol); });
  }
}

/// All rows, so many at a time: `next(row, stream, distribution)`.
template <class Next>
Recovered decode_rows(const Model& model, std::size_t rows, std::size_t streams, std::size_t max_tokens, const Next& next) {
  Recovered out;
  for (std::size_t first = 0; first < rows; first += streams) {
    const std::size_t count = std::min(streams, rows - first);
    const auto session = open_distribution(model, count);
    decode_in_lockstep(count, model.vocabulary().end, max_tokens, *session,
                       [&](std::size_t s) { return next(first + s, s, session->distribution()); }, out);
  }
  return out;
}

}  // namespace tandem::coders
