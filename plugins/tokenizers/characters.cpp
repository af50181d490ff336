// Characters of a training text as tokens; anything else is escaped, so that every byte string has its tokens.
#include <algorithm>
#include <optional>
#include <set>
#include <tandem/tokenizer.hpp>

#include "vocabulary_text.hpp"

namespace {
using namespace tandem;

// The length of the well-formed UTF-8 sequence at the front of `text` (Unicode 15, table 3-7), or 0.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned first = byte(0), second = byte(1);
  if (text.empty()) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0, surrogate = first == 0xED && second > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90, beyond = first == 0xF4 && second > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

class CharacterTokenizer final : public Tokenizer {
 public:
  void fields(Fields& f) override {
    f("text", text_)
        .required()
        .doc(
            "the training text: its characters, in code point order, are ids 0 .. n - 1; then (after 16 ids at least) "
            "come `end` and the escape. A "
            "byte of anything else is the escape and two tokens whose ids are its high and low four bits");
    f("cut", cut_, "lines")
        .choices({"lines", "whole"})
        .doc("lines: line ends are no characters of the text; whole: they are");
    f.example(R"({"text": "corpus:prime"})");
  }
  void ready(const Environment&) override {
    std::set<std::string, std::less<>> found;  // byte order of UTF-8 is code point order
    const std::string content = tokenizers::read_text(text_);
    tokenizers::each_item(content, cut_, [&](std::string_view item) {
      while (!item.empty()) {
        const std::size_t length = sequence_length(item);
        if (const auto character = item.substr(0, length); length != 0 && !found.contains(character))
          found.emplace(character);
        item.remove_prefix(std::max<std::size_t>(length, 1));
      }
    });
    characters_.assign(found.begin(), found.end());
    for (Token& id : ascii_) id = none;
    tokenizers::Fingerprint fingerprint("characters");
    for (Token id = 0; id < characters_.size(); ++id) {
      fingerprint.add(characters_[id]);
      if (characters_[id].size() == 1) ascii_[static_cast<std::uint8_t>(characters_[id][0])] = id;
    }
    fingerprint_ = fingerprint.text();
  }

  Vocabulary vocabulary() const override { return {escape() + 1, end(), fingerprint_}; }
  Tokens encode(const Bytes& items) const override {
    Tokens tokens;
    std::vector<Token> row_tokens;
    for (std::size_t row = 0; row < items.rows(); ++row) {
      row_tokens.clear();
      std::string_view item(reinterpret_cast<const char*>(items[row].data()), items[row].size());
      while (!item.empty()) {
        const std::size_t length = std::max<std::size_t>(sequence_length(item), 1);
        const auto character = item.substr(0, length);
        if (const Token id = find(character); id != none)
          row_tokens.push_back(id);
        else
          for (const char c : character) {
            const Token byte = static_cast<std::uint8_t>(c);
            row_tokens.insert(row_tokens.end(), {escape(), byte >> 4u, byte & 15u});
          }
        item.remove_prefix(length);
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
      const auto ids = tokens[row];
      for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids[i] < characters_.size()) {
          item.insert(item.end(), characters_[ids[i]].begin(), characters_[ids[i]].end());
        } else if (ids[i] == escape() && i + 2 < ids.size()) {
          item.push_back(static_cast<std::uint8_t>((ids[i + 1] & 15) << 4 | (ids[i + 2] & 15)));
          i += 2;
        }
      }
      items.append(item);
    }
    return items;
  }
  std::string spell(Token token) const override {
    return token < characters_.size() ? characters_[token] : std::string{};
  }
  Exactness exactness() const override { return Exactness::portable; }

 private:
  static constexpr Token none = static_cast<Token>(-1);
  // Behind 16 ids at least: four bits of an escaped byte never look like the end.
  Token end() const { return std::max(static_cast<Token>(characters_.size()), Token{16}); }
  Token escape() const { return end() + 1; }
  Token find(std::string_view character) const {
    if (character.size() == 1) return ascii_[static_cast<std::uint8_t>(character[0])];
    const auto place = std::ranges::lower_bound(characters_, character, std::less<>{});
    return place != characters_.end() && *place == character ? static_cast<Token>(place - characters_.begin()) : none;
  }

  File text_;
  std::string cut_, fingerprint_;
  std::vector<std::string> characters_;
  Token ascii_[256] = {};
};

}  // namespace
TANDEM_PLUGIN(CharacterTokenizer, tandem::Tokenizer, "characters", "1.0.0",
              "the characters of a training text as tokens")
