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

/// Chunks of a row that are predicted side by side, each from a fresh start.
constexpr std::size_t abreast = 64;

/// `code(predictions, stream, position, symbol)` for every symbol of a row cut into chunks; `open(count)` gives predictions. Chunks
/// take turns, symbol by symbol, in groups of `abreast`.
template <class Open, class Code>
void encode_chunks(std::span<const Token> row, std::size_t chunk, const Open& open, const Code& code) {
  for (std::size_t first = 0; first < row.size(); first += abreast * chunk) {
    const auto group = row.subspan(first, std::min(abreast * chunk, row.size() - first));
    const std::size_t count = (group.size() + chunk - 1) / chunk;
    const auto predictions = open(count);
    std::vector<Token> last(count, 0);
    std::vector<std::uint8_t> active(count, 0);
    for (std::size_t place = 0; place < std::min(chunk, group.size()); ++place) {
      if (place != 0) predictions->step(last, active);
      for (std::size_t s = 0; s < count; ++s) {
        const std::size_t at = s * chunk + place;
        active[s] = at < group.size();
        if (active[s]) code(*predictions, s, first + at, last[s] = group[at]);
      }
    }
  }
}

/// `next(predictions, stream, position)` for each of `size` symbols; as soon as one is missing, the row ends where the first is.
template <class Open, class Next>
std::vector<Token> decode_chunks(std::size_t size, std::size_t chunk, const Open& open, const Next& next) {
  std::vector<Token> row;
  for (std::size_t first = 0; first < size; first += abreast * chunk) {
    const std::size_t length = std::min(abreast * chunk, size - first), count = (length + chunk - 1) / chunk;
    const auto predictions = open(count);
    std::vector<Token> group(length), last(count, 0);
    std::vector<std::uint8_t> active(count, 0);
    for (std::size_t place = 0; place < std::min(chunk, length); ++place) {
      if (place != 0) predictions->step(last, active);
      for (std::size_t s = 0; s < count; ++s) {
        const std::size_t at = s * chunk + place;
        active[s] = at < length;
        if (!active[s]) continue;
        const std::optional<Token> symbol = next(*predictions, s, first + at);
        if (!symbol) {
          row.insert(row.end(), group.begin(), group.begin() + static_cast<std::ptrdiff_t>(place));
          return row;
        }
        group[at] = last[s] = *symbol;
      }
    }
    row.insert(row.end(), group.begin(), group.end());
  }
  return row;
}

/// Declares the field of coders that can do this.
inline void declare_chunk(Fields& f, std::size_t& chunk) {
  f("chunk", chunk, std::size_t{0})
      .range(0, 1 << 20)
      .unit("tokens")
      .doc("that are predicted without those in front of them, 64 such chunks of a row side by side, and with the memory of so many streams; 0: each from all of the row before it");
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
