#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <set>
#include <string>
#include <tandem/tokenizer.hpp>
#include <vector>

namespace tandem::test {

inline Bytes items_of(const std::vector<std::string>& texts) {
  Bytes items;
  for (const auto& text : texts)
    items.append(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  return items;
}
inline std::vector<Token> encode(const Tokenizer& tokenizer, const std::string& text) {
  const Tokens tokens = tokenizer.encode(items_of({text}));
  return {tokens[0].begin(), tokens[0].end()};
}
inline std::string decode(const Tokenizer& tokenizer, const std::vector<Token>& row) {
  Tokens tokens;
  tokens.append(row);
  const Bytes items = tokenizer.decode(tokens);
  return {items[0].begin(), items[0].end()};
}
inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t stop = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, stop - start));
    start = stop + 1;
  }
  return lines;
}

inline std::string utf8(std::uint32_t code) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0 | code >> 6), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0 | code >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | code >> 18), tail(12), tail(6), tail(0)};
}

/// Random texts of several kinds: any bytes, words, few letters, characters of many classes with stray bytes between.
inline std::vector<std::string> random_texts(std::size_t count, unsigned seed) {
  static const std::vector<std::string> parts = {"'s",
                                                 "'re",
                                                 "'ll",
                                                 "the",
                                                 " of",
                                                 " ",
                                                 "  ",
                                                 "\n",
                                                 "\t",
                                                 "\xC2\xA0",
                                                 "\xE3\x80\x80",
                                                 "1",
                                                 "42",
                                                 "\xC2\xB2",
                                                 "\xC3\xA9",
                                                 "\xE4\xB8\xAD",
                                                 "\xF0\x9F\x98\x80",
                                                 "\xFF",
                                                 "\xC3",
                                                 "\xE2\x82",
                                                 "'",
                                                 "!?",
                                                 "\\",
                                                 "\x1C",
                                                 "\xED\xA0\x80",
                                                 "\xE2\x80\x8B"};
  std::mt19937 random(seed);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text;
    const std::size_t length = random() % (i % 50 == 0 ? 600 : 60);
    while (text.size() < length) {
      switch (i % 4) {
        case 0:
          text += static_cast<char>(random());
          break;
        case 1:
          text += "etaoin shrdlu"[random() % 13];
          break;
        case 2:
          text += "ab"[random() % 2];
          break;
        default:
          text += parts[random() % parts.size()];
      }
    }
    texts.push_back(text);
  }
  return texts;
}

/// Every row comes back; ids are below the size and never the end; damage is decoded; spellings are the decoded tokens.
inline void expect_lossless(const Tokenizer& tokenizer, const std::vector<std::string>& texts) {
  const Vocabulary vocabulary = tokenizer.vocabulary();
  const Bytes items = items_of(texts);
  const Tokens tokens = tokenizer.encode(items);
  ASSERT_EQ(tokens.rows(), items.rows());
  for (const Token token : tokens.values()) {
    ASSERT_LT(token, vocabulary.size);
    ASSERT_NE(token, vocabulary.end);
  }
  EXPECT_TRUE(tokenizer.decode(tokens) == items);
  EXPECT_EQ(tokenizer.spell(vocabulary.end), "");
  EXPECT_EQ(tokenizer.spell(vocabulary.size), "");
  EXPECT_EQ(tokenizer.encode(Bytes{}).rows(), 0u);
  std::mt19937 random(11);
  Tokens damaged;
  for (int row = 0; row < 500; ++row)
    for (Token& token : damaged.append(random() % 20)) token = static_cast<Token>(random() % vocabulary.size);
  EXPECT_EQ(tokenizer.decode(damaged).rows(), 500u);
}

/// Changes bytes, drops, repeats and inserts pieces.
inline std::string mutated(std::string text, std::mt19937& random) {
  static const std::vector<std::string> morsels = {"{",
                                                   "}",
                                                   "[",
                                                   "\"",
                                                   ",",
                                                   ":",
                                                   "\\",
                                                   "\\x",
                                                   "\\xzz",
                                                   " ",
                                                   "\n",
                                                   "-1",
                                                   "1e9",
                                                   "null",
                                                   "99999999999999999999",
                                                   "\x80",
                                                   "\xff",
                                                   std::string(4, '\0'),
                                                   "\x7f\xff\xff\xff"};
  const auto at = [&](std::size_t size) { return static_cast<std::size_t>(random() % (size + 1)); };
  for (auto change = random() % 3 + 1; change > 0; --change) {
    const std::size_t a = at(text.size()), length = std::min<std::size_t>(random() % 40, text.size() - a);
    switch (random() % 6) {
      case 0:
        if (a < text.size()) text[a] = static_cast<char>(random());
        break;
      case 1:
        text.erase(a, length);
        break;
      case 2:
        text.insert(a, text.substr(at(text.size()), length));
        break;
      case 3:
        text.insert(a, morsels[random() % morsels.size()]);
        break;
      case 4:
        if (a < text.size()) text[a] = static_cast<char>(text[a] ^ (1 << random() % 8));
        break;
      default:
        text.resize(a);
        break;
    }
  }
  return text;
}

inline void write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// The sentence with which `action` throws FieldError, or "" when it does not throw.
template <class Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const FieldError& error) {
    return error.what();
  }
  return "";
}

}  // namespace tandem::test
