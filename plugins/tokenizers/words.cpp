// Words of a training text as tokens; other words are spelled in bytes, so that every byte string has its tokens.
#include <algorithm>
#include <tandem/tokenizer.hpp>
#include <unordered_map>

#include "vocabulary_text.hpp"

namespace {
using namespace tandem;

enum class Kind { blank, letter, digit, other };
Kind kind(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  if (byte == ' ') return Kind::blank;
  if (byte >= 0x80 || (byte | 32u) - 'a' < 26u) return Kind::letter;
  return byte - unsigned{'0'} < 10u ? Kind::digit : Kind::other;
}

// The length of the word at the front: letters, or digits, or one byte of another kind, with the blank before it.
// Cutting depends on what follows alone, so joined words are the text again.
std::size_t word_length(std::string_view text) {
  std::size_t i = 0;
  if (kind(text[0]) == Kind::blank) {
    if (text.size() == 1 || kind(text[1]) == Kind::blank) return 1;
    i = 1;
  }
  const Kind first = kind(text[i++]);
  if (first == Kind::other) return i;
  while (i < text.size() && kind(text[i]) == first) ++i;
  return i;
}

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class Value>
using WordMap = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

class WordTokenizer final : public Tokenizer {
 public:
  void fields(Fields& f) override {
    f("text", text_)
        .required()
        .doc(
            "the training text. A word is a run of letters (bytes above 127 are letters) or digits, or one other byte, "
            "with "
            "the blank before it. Ids 0 .. 255 are bytes, 256 is `end`, then come the words, the most frequent first; "
            "a word that is not there is spelled in bytes");
    f("cut", cut_, "lines")
        .choices({"lines", "whole"})
        .doc("lines: each line of the text is cut into words alone; whole: all at once");
    f("min_count", min_count_, std::size_t{2}).range(1, 1e9).doc("how often a word must occur to enter the vocabulary");
    f.example(R"({"text": "corpus:prime", "min_count": 2})");
  }
  void ready(const Environment&) override {
    WordMap<std::size_t> counts;
    const std::string content = tokenizers::read_text(text_);
    tokenizers::each_item(content, cut_, [&](std::string_view item) {
      for (; !item.empty(); item.remove_prefix(word_length(item))) {
        const auto word = item.substr(0, word_length(item));
        if (word.size() == 1) continue;
        if (const auto known = counts.find(word); known != counts.end())
          ++known->second;
        else
          counts.emplace(word, 1);
      }
    });
    std::vector<std::pair<std::size_t, std::string>> ranked;
    for (const auto& [word, count] : counts)
      if (count >= min_count_) ranked.emplace_back(count, word);
    std::ranges::sort(ranked, [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    words_.clear();
    ids_.clear();
    tokenizers::Fingerprint fingerprint("words");
    for (auto& [count, word] : ranked) {
      fingerprint.add(word);
      ids_.emplace(word, static_cast<Token>(first_word + words_.size()));
      words_.push_back(std::move(word));
    }
    fingerprint_ = fingerprint.text();
  }

  Vocabulary vocabulary() const override {
    return {static_cast<std::uint32_t>(first_word + words_.size()), end, fingerprint_};
  }
  Tokens encode(const Bytes& items) const override {
    Tokens tokens;
    std::vector<Token> row_tokens;
    for (std::size_t row = 0; row < items.rows(); ++row) {
      row_tokens.clear();
      std::string_view item(reinterpret_cast<const char*>(items[row].data()), items[row].size());
      while (!item.empty()) {
        const auto word = item.substr(0, word_length(item));
        if (const auto known = ids_.find(word); known != ids_.end())
          row_tokens.push_back(known->second);
        else
          for (const char c : word) row_tokens.push_back(static_cast<std::uint8_t>(c));
        item.remove_prefix(word.size());
      }
      tokens.append(row_tokens);
    }
    return tokens;
  }
  Bytes decode(const Tokens& tokens) const override {
    Bytes items;
    std::vector<std::uint8_t> item;
    for (std::size_t row = 0; row < tokens.rows(); ++row) {
      item.clear();
      for (const Token token : tokens[row])
        if (token < 256)
          item.push_back(static_cast<std::uint8_t>(token));
        else if (const auto* word = find(token))
          item.insert(item.end(), word->begin(), word->end());
      items.append(item);
    }
    return items;
  }
  std::string spell(Token token) const override {
    if (token < 256) return std::string(1, static_cast<char>(token));
    const auto* word = find(token);
    return word ? *word : std::string{};
  }
  Exactness exactness() const override { return Exactness::portable; }

 private:
  static constexpr Token end = 256, first_word = 257;
  const std::string* find(Token token) const {
    return token >= first_word && token - first_word < words_.size() ? &words_[token - first_word] : nullptr;
  }

  File text_;
  std::string cut_, fingerprint_;
  std::size_t min_count_ = 2;
  std::vector<std::string> words_;
  WordMap<Token> ids_;
};

}  // namespace
TANDEM_PLUGIN(WordTokenizer, tandem::Tokenizer, "words", "1.0.0", "the words of a training text as tokens")
