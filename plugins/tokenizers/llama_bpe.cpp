// The byte pair encoding of Llama models in the file format of llama2.c, made lossless.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <queue>
#include <tandem/tokenizer.hpp>
#include <unordered_map>
#include <vector>

#include "byte_pairs.hpp"
#include "vocabulary_text.hpp"

namespace {
using namespace tandem;
using tokenizers::in_quotes;

constexpr std::size_t largest_file = std::size_t{1} << 26, largest_vocabulary = std::size_t{1} << 20,
                      longest_piece = 1024;
// Ids 0 .. 2 are <unk>, <s> (the start of a text, which ends the one before) and </s>; byte b is b + 3.
constexpr Token end = 1, first_byte = 3, first_piece = first_byte + 256;

class LlamaTokenizer final : public Tokenizer {
 public:
  void fields(Fields& f) override {
    f("tokenizer", file_)
        .required()
        .doc(
            "tokenizer.bin of llama2.c: the length of the longest piece (int32), then for each id its score (float32), "
            "length (int32) and bytes. `end` is 1, the model's <s>; the tokens of an item are those after it");
    f.source("karpathy/llama2.c run.c, encode and decode; Kudo, Richardson 2018");
    f.example(R"({"tokenizer": "data:tok512"})");
  }
  void ready(const Environment&) override {
    const std::string content = tokenizers::read_vocabulary_file("tokenizer", file_, largest_file);
    read(content);
    tokenizers::Fingerprint fingerprint("llama-bpe");
    for (const auto& piece : pieces_) fingerprint.add(piece);
    fingerprint_ = fingerprint.text();
  }

  Vocabulary vocabulary() const override { return {static_cast<std::uint32_t>(pieces_.size()), end, fingerprint_}; }
  // An item that is not empty starts with a blank put before it, which `decode` takes away again: the first token
  // always starts with it, be it a byte. Characters without a token are spelled in bytes. So every item comes back.
  Tokens encode(const Bytes& items) const override {
    Tokens tokens;
    std::string text;
    std::vector<Symbol> symbols;
    std::vector<Token> row_tokens;
    for (std::size_t row = 0; row < items.rows(); ++row) {
      row_tokens.clear();
      if (!items[row].empty()) {
        text.assign(1, ' ').append(items[row].begin(), items[row].end());
        cut(text, symbols);
        merge(text, symbols);
        for (const auto& symbol : symbols)
          if (symbol.token != gone) row_tokens.push_back(symbol.token);
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
      Token before = end;
      for (const Token token : tokens[row]) {
        std::string_view piece = token < pieces_.size() ? pieces_[token] : std::string_view{};
        if (before == end && piece.starts_with(' ')) piece.remove_prefix(1);
        item.insert(item.end(), piece.begin(), piece.end());
        before = token;
      }
      items.append(item);
    }
    return items;
  }
  std::string spell(Token token) const override { return token < pieces_.size() ? pieces_[token] : std::string{}; }
  Exactness exactness() const override { return Exactness::portable; }

 private:
  static constexpr Token gone = static_cast<Token>(-1);
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  struct Symbol {
    Token token;
    std::size_t begin, stop;   // in the text
    std::size_t before, next;  // neighbours
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  [[noreturn]] void fail(const std::string& message) const {
    throw FieldError("tokenizer", tokenizers::file_name(file_) + ": " + message);
  }
  void read(const std::string& content) {
    std::size_t at = 0;
    const auto take = [&](auto& value, const std::string& what) {
      if (content.size() - at < sizeof value) fail("ends in " + what);
      std::memcpy(&value, content.data() + at, sizeof value);
      at += sizeof value;
    };
    std::int32_t longest = 0;
    take(longest, "the length of the longest piece");
    if (longest < 1 || static_cast<std::size_t>(longest) > longest_piece)
      fail("the longest piece must have 1 to 1024 bytes, not " + std::to_string(longest));
    longest_ = static_cast<std::size_t>(longest);
    pieces_.clear();
    scores_.clear();
    ids_.clear();
    while (at < content.size()) {
      const std::string what = "token " + std::to_string(pieces_.size());
      float score = 0;
      std::int32_t length = 0;
      take(score, what);
      take(length, what);
      if (!std::isfinite(score)) fail(what + ": its score is not finite");
      if (length < 1 || length > longest)
        fail(what + ": its length must be from 1 to " + std::to_string(longest) + ", not " + std::to_string(length));
      if (content.size() - at < static_cast<std::size_t>(length)) fail("ends in " + what);
      if (pieces_.size() == largest_vocabulary) fail("has more than 2^20 tokens");
      add(what, content.substr(at, static_cast<std::size_t>(length)), score);
      at += static_cast<std::size_t>(length);
    }
    if (pieces_.size() < first_piece) fail("has " + std::to_string(pieces_.size()) + " tokens, not even all bytes");
  }
  // Only pieces are looked up: a text that spells the name of a byte or of a mark is made of other tokens.
  void add(const std::string& what, std::string piece, float score) {
    const auto id = static_cast<Token>(pieces_.size());
    if (id < first_byte) {
      piece.clear();
    } else if (id < first_piece) {
      const auto byte = static_cast<std::uint8_t>(id - first_byte);
      const std::string name = {'<', '0', 'x', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15], '>'};
      if (piece != name) fail(what + ": must be " + name + ", not " + in_quotes(piece));
      piece.assign(1, static_cast<char>(byte));
    } else if (const auto [place, added] = ids_.emplace(piece, id); !added) {
      fail(what + ": " + in_quotes(piece) + " is token " + std::to_string(place->second) + " already");
    }
    pieces_.push_back(std::move(piece));
    scores_.push_back(score);
  }

  // Characters as llama2.c takes them: a byte and up to three 10xxxxxx behind it.
  void cut(std::string_view text, std::vector<Symbol>& symbols) const {
    symbols.clear();
    const auto put = [&](Token token, std::size_t begin, std::size_t stop) {
      symbols.push_back({token, begin, stop, symbols.size() - 1, symbols.size() + 1});
    };
    for (std::size_t begin = 0, stop = 0; begin < text.size(); begin = stop) {
      for (stop = begin + 1; stop < text.size() && stop < begin + 4 && (text[stop] & 0xC0) == 0x80;) ++stop;
      if (const auto known = ids_.find(text.substr(begin, stop - begin)); known != ids_.end())
        put(known->second, begin, stop);
      else
        for (std::size_t i = begin; i < stop; ++i) put(static_cast<std::uint8_t>(text[i]) + first_byte, i, i + 1);
    }
    symbols.back().next = nowhere;
  }
  // Joins the neighbours whose joined piece has the highest score, of equals the first, until no two can be joined.
  void merge(std::string_view text, std::vector<Symbol>& symbols) const {
    struct Candidate {
      float score;
      std::size_t left, stop;
      Token token;
      bool operator<(const Candidate& other) const {
        return score != other.score ? score < other.score : left > other.left;
      }
    };
    std::priority_queue<Candidate> queue;
    const auto look = [&](std::size_t left) {
      if (left == nowhere || symbols[left].next == nowhere) return;
      const Symbol &a = symbols[left], &b = symbols[a.next];
      if (a.token < first_piece || b.token < first_piece || b.stop - a.begin > longest_) return;
      const auto joined = ids_.find(text.substr(a.begin, b.stop - a.begin));
      if (joined != ids_.end()) queue.push({scores_[joined->second], left, b.stop, joined->second});
    };
    for (std::size_t i = 0; i < symbols.size(); ++i) look(i);
    while (!queue.empty()) {
      const Candidate best = queue.top();
      queue.pop();
      Symbol& left = symbols[best.left];
      // One of the two went into another merge, which moved a border.
      if (left.token == gone || left.next == nowhere || symbols[left.next].stop != best.stop) continue;
      Symbol& right = symbols[left.next];
      left.token = best.token;
      left.stop = right.stop;
      left.next = right.next;
      right.token = gone;
      if (left.next != nowhere) symbols[left.next].before = best.left;
      look(left.before);
      look(best.left);
    }
  }

  File file_;
  std::string fingerprint_;
  std::size_t longest_ = 0;
  std::vector<std::string> pieces_;  // what each id stands for
  std::vector<float> scores_;
  std::unordered_map<std::string, Token, Hash, std::equal_to<>> ids_;  // of pieces, without bytes and marks
};

}  // namespace
TANDEM_PLUGIN(LlamaTokenizer, tandem::Tokenizer, "llama-bpe", "1.0.0", "the byte pair encoding of llama2.c's models")
