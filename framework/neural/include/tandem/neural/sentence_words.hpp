#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tandem/batch.hpp>
#include <tandem/neural/sentence_codec.hpp>
#include <vector>

namespace tandem::neural {

/// A list of plain words and their ids: word i is first_word + i. Immutable, const calls are thread-safe.
class SentenceWords final {
 public:
  SentenceWords() = default;
  /// `words` in order. Throws Error for one that is empty, given twice or not of the letters a to z.
  explicit SentenceWords(std::vector<std::string> words);
  /// The `most` commonest words of texts, in alphabetical order; of words as common as each other the first.
  static SentenceWords of(std::span<const std::string> texts, std::size_t most);
  /// As a file of weights holds them: a word a line.
  static SentenceWords of_lines(std::string_view lines);
  std::string lines() const;

  std::size_t vocabulary() const { return first_word + words_.size(); }
  /// The ids of a text's words; unknown ones are `sentence_unknown`.
  std::vector<Token> ids(std::string_view text) const;
  /// Words with a space between them; what is no word is left out.
  std::string text(std::span<const Token> ids) const;

 private:
  std::vector<std::string> words_;
  std::map<std::string, Token, std::less<>> ids_;
};

/// Sentences longer than a network was trained for are sent as several parts of nearly equal length; the number of positions
/// tells the receiver where each ends.
struct SentenceParts final {
  std::size_t longest = 0;   ///< words of a part at most; 0: no limit
  std::size_t frame = 0;     ///< positions that a part has beside its words

  /// Words of each part, one part at least.
  std::vector<std::size_t> of_words(std::size_t words) const;
  /// The parts of the longest sentence that takes up to so many positions; of none that is shorter than an empty one.
  std::vector<std::size_t> of_positions(std::size_t positions) const;
};

}  // namespace tandem::neural
