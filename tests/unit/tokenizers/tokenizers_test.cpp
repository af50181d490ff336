#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <tandem/tokenizer.hpp>

#include "support/support.hpp"

namespace {
using namespace tandem;
using test::make;

Bytes items_of(const std::vector<std::string>& texts) {
  Bytes items;
  for (const auto& text : texts)
    items.append(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  return items;
}
std::vector<Token> encode(const Tokenizer& tokenizer, const std::string& text) {
  const Tokens tokens = tokenizer.encode(items_of({text}));
  return {tokens[0].begin(), tokens[0].end()};
}
std::string decode(const Tokenizer& tokenizer, const std::vector<Token>& row) {
  Tokens tokens;
  tokens.append(row);
  const Bytes items = tokenizer.decode(tokens);
  return {items[0].begin(), items[0].end()};
}
// A file of the test's own, removed with it.
class TextFile {
 public:
  explicit TextFile(const std::string& content) {
    static int number = 0;
    path_ = testing::TempDir() + "tandem-tokenizers-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TextFile() { std::filesystem::remove(path_); }
  std::string fields(const std::string& more = "") const { return R"({"text": ")" + path_ + "\"" + more + "}"; }

 private:
  std::string path_;
};
std::vector<std::string> hard_texts() {
  std::mt19937 random(7);
  std::vector<std::string> texts = {"",
                                    " ",
                                    "  ",
                                    "   a  b ",
                                    "don't stop",
                                    "\r\n\t\n",
                                    "caf\xC3\xA9 na\xC3\xAFve",
                                    "\xF0\x9F\x98\x80",
                                    "\xC3",
                                    "\xC3(",
                                    "\xED\xA0\x80",
                                    "\xF4\x90\x80\x80",
                                    "\xC0\xAF",
                                    "\xE2\x82",
                                    std::string(3, '\0')};
  for (int i = 0; i < 300; ++i) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = static_cast<char>(i % 2 ? random() : "ab 1.\xC3\xA9\n"[random() % 8]);
    texts.push_back(text);
  }
  return texts;
}

void expect_lossless(const Tokenizer& tokenizer) {
  const Vocabulary vocabulary = tokenizer.vocabulary();
  const Bytes items = items_of(hard_texts());
  const Tokens tokens = tokenizer.encode(items);
  ASSERT_EQ(tokens.rows(), items.rows());
  for (const Token token : tokens.values()) {
    ASSERT_LT(token, vocabulary.size);
    ASSERT_NE(token, vocabulary.end);
  }
  EXPECT_TRUE(tokenizer.decode(tokens) == items);
  EXPECT_EQ(tokenizer.spell(vocabulary.end), "");
  EXPECT_EQ(tokenizer.encode(Bytes{}).rows(), 0u);
}
void expect_damage_is_decoded(const Tokenizer& tokenizer) {
  std::mt19937 random(11);
  const Vocabulary vocabulary = tokenizer.vocabulary();
  Tokens rows;
  for (int row = 0; row < 500; ++row)
    for (Token& token : rows.append(random() % 20))
      token = static_cast<Token>(random() % 3 ? random() % vocabulary.size : vocabulary.size - 1 - random() % 3);
  EXPECT_EQ(tokenizer.decode(rows).rows(), 500u);
}

TEST(Bytes, ExtraEndIsTheDefault) {
  const auto tokenizer = make<Tokenizer>("bytes");
  EXPECT_EQ(tokenizer->vocabulary().size, 257u);
  EXPECT_EQ(tokenizer->vocabulary().end, 256u);
  EXPECT_EQ(encode(*tokenizer, "Az\xFF"), (std::vector<Token>{65, 122, 255}));
  EXPECT_EQ(tokenizer->spell(65), "A");
  expect_lossless(*tokenizer);
  expect_damage_is_decoded(*tokenizer);
}
TEST(Bytes, AByteThatMarksTheEndIsRefusedInItems) {
  const auto tokenizer = make<Tokenizer>("bytes", R"({"end": 10})");
  EXPECT_EQ(tokenizer->vocabulary().size, 256u);
  EXPECT_EQ(tokenizer->vocabulary().end, 10u);
  EXPECT_EQ(decode(*tokenizer, {65, 10, 66}), "AB");
  EXPECT_NE(tokenizer->vocabulary().fingerprint, make<Tokenizer>("bytes")->vocabulary().fingerprint);
  try {
    tokenizer->encode(items_of({"good", "b\nad"}));
    FAIL() << "a row with the end's byte was taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("row 1"), std::string::npos) << error.what();
  }
}
TEST(Bytes, OtherEndsAreRefused) {
  for (const char* end : {"256", "-1", "1.5", "\"none\"", "null", "[10]", "1e1", "99999999999999999999"})
    EXPECT_THROW(make<Tokenizer>("bytes", std::string(R"({"end": )") + end + "}"), FieldError) << end;
}

TEST(Characters, IdsAreCodePointsInOrder) {
  const TextFile text(
      "ba\xC3\xA9\n\xE2\x82\xAC"
      "abcdefghijklmnopqrst\n");
  const auto tokenizer = make<Tokenizer>("characters", text.fields());
  const Vocabulary vocabulary = tokenizer->vocabulary();
  EXPECT_EQ(vocabulary.size, 22u + 2);  // a .. t, e acute, the euro sign; the end and the escape
  EXPECT_EQ(vocabulary.end, 22u);
  EXPECT_EQ(encode(*tokenizer, "at\xC3\xA9\xE2\x82\xAC"), (std::vector<Token>{0, 19, 20, 21}));
  EXPECT_EQ(encode(*tokenizer, "aZ"), (std::vector<Token>{0, 23, 5, 10}));  // 'Z' is 0x5A
  EXPECT_EQ(tokenizer->spell(21), "\xE2\x82\xAC");
  EXPECT_EQ(make<Tokenizer>("characters", text.fields(R"(, "cut": "whole")"))->vocabulary().size,
            25u);  // and the line end
  expect_lossless(*tokenizer);
  expect_damage_is_decoded(*tokenizer);
}
TEST(Characters, AShortTextLeavesRoomForEscapes) {
  for (const char* content : {"", "a", "ab\n\n"}) {
    const TextFile text(content);
    const auto tokenizer = make<Tokenizer>("characters", text.fields());
    EXPECT_EQ(tokenizer->vocabulary().size, 18u);
    expect_lossless(*tokenizer);
    expect_damage_is_decoded(*tokenizer);
  }
}
TEST(Characters, IllFormedUtf8IsNoCharacter) {
  // Unicode 15, table 3-7: overlong forms, surrogates, values past U+10FFFF, cut sequences, lone tails.
  const TextFile text(
      "\xC0\xAF \xE0\x9F\xBF \xED\xA0\x80 \xF0\x8F\xBF\xBF \xF4\x90\x80\x80 \xF5\x80\x80\x80 \xE2\x82 \x80 \xFF");
  EXPECT_EQ(make<Tokenizer>("characters", text.fields())->vocabulary().end, 16u);  // nothing but the blank
  EXPECT_EQ(decode(*make<Tokenizer>("characters", text.fields()), {0, 1, 0}), "  ");
  const TextFile edges("\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
  EXPECT_EQ(encode(*make<Tokenizer>("characters", edges.fields()), "\xF4\x8F\xBF\xBF\xC2\x80"),
            (std::vector<Token>{6, 0}));
}

TEST(Words, TheFrequentOnesComeFirst) {
  const TextFile text("the cat and the dog\nthe cat, the end 12 12\n");
  const auto tokenizer = make<Tokenizer>("words", text.fields());
  // " the" twice and "the" twice, " cat" and " 12" twice; the others once.
  EXPECT_EQ(tokenizer->vocabulary().size, 257u + 4);
  EXPECT_EQ(tokenizer->vocabulary().end, 256u);
  EXPECT_EQ(tokenizer->spell(257), " 12");
  EXPECT_EQ(tokenizer->spell(258), " cat");
  EXPECT_EQ(tokenizer->spell(259), " the");
  EXPECT_EQ(tokenizer->spell(260), "the");
  EXPECT_EQ(encode(*tokenizer, "the cat  the"), (std::vector<Token>{260, 258, ' ', 259}));
  EXPECT_EQ(encode(*tokenizer, "thee"), (std::vector<Token>{'t', 'h', 'e', 'e'}));
  EXPECT_EQ(make<Tokenizer>("words", text.fields(R"(, "min_count": 1)"))->vocabulary().size, 257u + 7);
  expect_lossless(*tokenizer);
  expect_damage_is_decoded(*tokenizer);
}
TEST(Words, AnEmptyTextLeavesBytes) {
  const TextFile text("");
  const auto tokenizer = make<Tokenizer>("words", text.fields());
  EXPECT_EQ(tokenizer->vocabulary().size, 257u);
  expect_lossless(*tokenizer);
}
TEST(Words, ShippedTextRoundTrips) {
  const auto prime = (test::source_dir() / "registry/corpora/prime.txt").string();
  const std::string sample = test::read_file(test::source_dir() / "registry/corpora/sample.txt");
  for (const char* name : {"words", "characters"}) {
    const auto tokenizer = make<Tokenizer>(name, R"({"text": ")" + prime + R"("})");
    const auto tokens = encode(*tokenizer, sample);
    EXPECT_LT(tokens.size(), sample.size() + 200) << name;
    EXPECT_EQ(decode(*tokenizer, tokens), sample) << name;
  }
}
TEST(Vocabularies, FingerprintsFollowTheContent) {
  const TextFile one("abc def def"), two("abc xyz xyz"), same("abc def def");
  for (const char* name : {"words", "characters"}) {
    const auto fingerprint = [&](const TextFile& text) {
      return make<Tokenizer>(name, text.fields())->vocabulary().fingerprint;
    };
    EXPECT_EQ(fingerprint(one), fingerprint(same)) << name;
    EXPECT_NE(fingerprint(one), fingerprint(two)) << name;
  }
}
TEST(Vocabularies, AFileThatIsNotThereIsAnError) {
  for (const char* name : {"words", "characters"})
    EXPECT_THROW(make<Tokenizer>(name, R"({"text": "/nowhere/at/all"})"), FieldError) << name;
}

}  // namespace
