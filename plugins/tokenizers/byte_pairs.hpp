#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tandem/tokenizer.hpp>
#include <unordered_map>
#include <vector>

namespace tandem::tokenizers {

/// The symbols of a byte pair encoding and how they are made: symbols 0 .. 255 are the bytes, symbol 256 + rank joins
/// the two of the merge of that rank. Each merge is made of earlier symbols and spells what no earlier symbol spells,
/// so that the rank order alone fixes the symbols of a piece.
class Merges final {
 public:
  Merges();

  /// Adds the merge of the next rank. Throws Error saying what is wrong with it.
  void add(std::string_view left, std::string_view right);
  void add(std::uint32_t left, std::uint32_t right);

  static constexpr std::size_t longest = 1024;  ///< bytes a symbol may spell
  static constexpr std::uint32_t unknown = static_cast<std::uint32_t>(-1);
  std::uint32_t find(std::string_view spelling) const;

  std::size_t symbols() const { return spellings_.size(); }
  const std::string& spelling(std::uint32_t symbol) const { return spellings_[symbol]; }
  std::uint32_t left(std::size_t rank) const { return pairs_[rank].left; }
  std::uint32_t right(std::size_t rank) const { return pairs_[rank].right; }
  std::size_t ranks() const { return pairs_.size(); }

 private:
  struct Pair {
    std::uint32_t left, right;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::vector<std::string> spellings_;
  std::vector<Pair> pairs_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> known_;
};

/// Bytes <-> tokens by byte pair encoding of GPT-2's pieces (Sennrich et al. 2016; Radford et al. 2019). Const calls
/// are thread-safe. Each call of `encode` borrows a cache of pieces seen before; results do not depend on it.
class BytePairCoder final {
 public:
  /// `ids[symbol]` and `end` are the ids 0 .. symbols, each once.
  BytePairCoder(const Merges& merges, std::vector<Token> ids, Token end, std::string_view name);
  ~BytePairCoder();

  const Vocabulary& vocabulary() const { return vocabulary_; }
  Tokens encode(const Bytes& items) const;
  Bytes decode(const Tokens& tokens) const;
  std::string_view spell(Token token) const {
    if (token >= vocabulary_.size) return {};
    return std::string_view(text_).substr(starts_[token], starts_[token + 1] - starts_[token]);
  }

 private:
  struct Cache;
  class Loan;

  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);
  std::uint32_t rank(std::uint32_t left, std::uint32_t right) const;
  void merge(std::string_view piece, std::vector<std::uint32_t>& symbols) const;
  static void merge_short(const BytePairCoder& coder, std::vector<std::uint32_t>& symbols);
  static void merge_long(const BytePairCoder& coder, std::vector<std::uint32_t>& symbols);
  Token* encode_piece(std::string_view piece, const char* text_end, Loan& loan, Token* out) const;

  struct Slot {
    std::uint64_t pair;
    std::uint32_t rank;
  };
  std::vector<Slot> slots_;  // open addressing; a power of two, at most half full
  int shift_ = 0;
  std::vector<Token> ids_;
  std::string text_;  // of all ids, back to back
  std::vector<std::size_t> starts_;
  Vocabulary vocabulary_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Cache>> idle_;
};

/// The whole content of a vocabulary file of at most `limit` bytes. Throws FieldError on `field`.
std::string read_vocabulary_file(const char* field, const File& file, std::size_t limit);
/// What errors call the file.
const std::string& file_name(const File& file);
/// A spelling as errors print it: quoted, at most some 40 characters, odd bytes as \xHH.
std::string in_quotes(std::string_view spelling);

}  // namespace tandem::tokenizers
