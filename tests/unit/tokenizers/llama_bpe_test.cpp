#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tandem/tokenizer.hpp>

#include "support/process.hpp"
#include "support/support.hpp"
#include "texts.hpp"

namespace {
using namespace tandem;
using nlohmann::json;
using test::decode;
using test::encode;
using testing::HasSubstr;

struct Entry {
  float score;
  std::string piece;
};
std::string to_file(const std::vector<Entry>& entries, std::int32_t longest) {
  std::string out(reinterpret_cast<const char*>(&longest), 4);
  for (const auto& [score, piece] : entries) {
    const auto length = static_cast<std::int32_t>(piece.size());
    out.append(reinterpret_cast<const char*>(&score), 4).append(reinterpret_cast<const char*>(&length), 4) += piece;
  }
  return out;
}
std::vector<Entry> entries_of(const std::string& file) {
  std::vector<Entry> entries;
  for (std::size_t at = 4; at < file.size();) {
    float score = 0;
    std::int32_t length = 0;
    std::memcpy(&score, &file[at], 4);
    std::memcpy(&length, &file[at + 4], 4);
    entries.push_back({score, file.substr(at + 8, static_cast<std::size_t>(length))});
    at += 8 + static_cast<std::size_t>(length);
  }
  return entries;
}
// The marks and bytes that every such file starts with, and then these pieces.
std::vector<Entry> small(const std::vector<Entry>& pieces) {
  std::vector<Entry> entries = {{0, "<unk>"}, {0, "\n<s>\n"}, {0, "\n</s>\n"}};
  for (unsigned byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", byte);
    entries.push_back({0, name});
  }
  entries.insert(entries.end(), pieces.begin(), pieces.end());
  return entries;
}

// run.c's encode, step by step on whole lists, without its <s>: look up characters, then always join the best pair.
std::vector<Token> slowly(const std::vector<Entry>& entries, const std::string& item) {
  if (item.empty()) return {};
  std::map<std::string, Token> ids;
  for (Token id = 259; id < entries.size(); ++id) ids[entries[id].piece] = id;
  const std::string text = " " + item;
  std::vector<Token> tokens;
  std::string character;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xC0) != 0x80) character.clear();
    character += text[i];
    if (i + 1 < text.size() && (text[i + 1] & 0xC0) == 0x80 && character.size() < 4) continue;
    if (ids.contains(character))
      tokens.push_back(ids[character]);
    else
      for (const char c : character) tokens.push_back(static_cast<std::uint8_t>(c) + 3u);
    character.clear();
  }
  for (;;) {
    float best_score = -1e10f;
    std::size_t best = tokens.size();
    Token best_id = 0;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      const auto joined = ids.find(entries[tokens[i]].piece + entries[tokens[i + 1]].piece);
      if (joined == ids.end() || entries[joined->second].score <= best_score) continue;
      best_score = entries[joined->second].score;
      best = i;
      best_id = joined->second;
    }
    if (best == tokens.size()) return tokens;
    tokens[best] = best_id;
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

class VocabularyFile {
 public:
  std::shared_ptr<Tokenizer> make(const std::string& content) const {
    test::write_file(folder_.path() / "t.bin", content);
    return test::make<Tokenizer>("llama-bpe", json{{"tokenizer", (folder_.path() / "t.bin").string()}}.dump());
  }
  std::string refused(const std::string& content) const {
    return test::refusal([&] { make(content); });
  }

 private:
  test::TemporaryFolder folder_;
};
std::shared_ptr<Tokenizer> published() {
  return test::make<Tokenizer>("llama-bpe", json{{"tokenizer", test::data("models/tok512.bin").string()}}.dump());
}

TEST(LlamaBpe, TheGoldenTextsAreExact) {
  TANDEM_REQUIRE_DATA(path, "models/stories260K_golden.json");
  const auto tokenizer = published();
  EXPECT_EQ(tokenizer->vocabulary().size, 512u);
  EXPECT_EQ(tokenizer->vocabulary().end, 1u);
  const json golden = json::parse(test::read_file(path));
  EXPECT_GE(golden.at("texts").size(), 3u);
  for (const auto& item : golden.at("texts")) {
    const auto text = item.at("text").get<std::string>();
    auto ids = item.at("ids").get<std::vector<Token>>();
    ASSERT_EQ(ids.front(), 1u);
    ids.erase(ids.begin());
    EXPECT_EQ(encode(*tokenizer, text), ids) << text;
    EXPECT_EQ(decode(*tokenizer, ids), text);
  }
  const auto greedy = golden.at("greedy");
  auto ids = greedy.at("ids").get<std::vector<Token>>();
  EXPECT_EQ(decode(*tokenizer, ids), greedy.at("text"));
  ids.insert(ids.begin(), 1);  // the mark itself stands for nothing
  EXPECT_EQ(decode(*tokenizer, ids), greedy.at("text"));
}
TEST(LlamaBpe, TheStoriesAreAsLongAsTheyWere) {
  TANDEM_REQUIRE_DATA(path, "models/stories260K_golden.json");
  TANDEM_REQUIRE_DATA(text, "text/tinystories_sample.txt");
  const std::string stories = test::read_file(text), mark = "<|endoftext|>";
  const auto tokenizer = published();
  std::size_t start = 0;
  const json golden = json::parse(test::read_file(path));
  for (const auto& story : golden.at("stories").at("items")) {
    const std::size_t stop = stories.find(mark, start), first = stories.find_first_not_of("\n ", start),
                      last = stories.find_last_not_of("\n ", stop - 1);
    const auto item = stories.substr(first, last + 1 - first);
    ASSERT_EQ(item.size(), story.at("utf8_bytes"));
    const auto ids = encode(*tokenizer, item);
    EXPECT_EQ(ids.size() + 1, story.at("tokens_with_bos"));
    EXPECT_EQ(std::accumulate(ids.begin(), ids.end(), 1u), story.at("ids_sum"));
    start = stop + mark.size();
  }
}
TEST(LlamaBpe, AnyBytesRoundTripAndAgreeWithTheSlowReference) {
  TANDEM_REQUIRE_DATA(path, "models/tok512.bin");
  const auto tokenizer = published();
  const auto entries = entries_of(test::read_file(path));
  auto texts = test::random_texts(2000, 31);
  for (const char* text : {"", " ", "  ", " a", "a", "<s>", "\n<s>\n", "<0x41>", "<unk>", "\xE2\x80\x9C", "\xE2\x80",
                           "a\x80", "\xC3\xA9\x80\x80\x80", "\x01\x02\x03", "<0x0A>\n"})
    texts.push_back(text);
  test::expect_lossless(*tokenizer, texts);
  for (const auto& text : texts) ASSERT_EQ(encode(*tokenizer, text), slowly(entries, text)) << text;
}
TEST(LlamaBpe, EqualScoresAndOddOrders) {
  // Scores that rise with what a merge makes, fall, or are equal; a piece that spells a mark, one with two blanks.
  const auto entries =
      small({{-1, " "}, {-2, "a"},  {-3, "b"},     {-4, "c"},    {5, "ab"},  {5, "bc"},        {7, "abc"},
             {5, "aa"}, {9, "aab"}, {-0.0f, "ca"}, {0.0f, "cc"}, {8, "  "},  {6, "   "},       {1, " a"},
             {-9, "<"}, {-9, "s"},  {-9, ">"},     {1, "<s"},    {2, "<s>"}, {-5, "\xC3\xA9"}, {3, "a\xC3\xA9"}});
  const VocabularyFile file;
  const auto tokenizer = file.make(to_file(entries, 6));
  std::mt19937 random(37);
  std::vector<std::string> texts;
  for (int i = 0; i < 4000; ++i) {
    std::string text;
    for (std::size_t n = random() % 12; n > 0; --n)
      text += std::vector<std::string>{"a", "b", "c", " ", "<s>", "\xC3\xA9", "\xC3", "x"}[random() % 8];
    texts.push_back(text);
  }
  test::expect_lossless(*tokenizer, texts);
  for (const auto& text : texts) ASSERT_EQ(encode(*tokenizer, text), slowly(entries, text)) << text;
  EXPECT_EQ(decode(*tokenizer, {259, 1, 272, 0, 2, 260}),
            "a"
            "a");
  EXPECT_EQ(tokenizer->spell(0), "");
  EXPECT_EQ(tokenizer->spell(3 + 'x'), "x");
  EXPECT_EQ(tokenizer->spell(272), " a");
  EXPECT_NE(file.make(to_file(small({{0, " "}}), 6))->vocabulary().fingerprint, tokenizer->vocabulary().fingerprint);
}
TEST(LlamaBpe, OneHugeItemIsEncodedSoon) {
  TANDEM_REQUIRE_DATA(path, "text/tinyshakespeare.txt");
  TANDEM_REQUIRE_DATA(vocabulary, "models/tok512.bin");
  const std::string text = test::read_file(path);
  const auto tokenizer = published();
  const auto ids = encode(*tokenizer, text);  // hours, were it quadratic
  EXPECT_EQ(decode(*tokenizer, ids), text);
}
TEST(LlamaBpe, BadFilesAreRefused) {
  const VocabularyFile file;
  const auto with = [&](std::size_t id, const Entry& entry) {
    auto entries = small({{0, " "}, {0, "a"}});
    entries[id] = entry;
    return file.refused(to_file(entries, 6));
  };
  EXPECT_EQ(with(260, {1, "b"}), "");
  EXPECT_THAT(file.refused(""), HasSubstr("t.bin: ends in the length of the longest piece"));
  EXPECT_THAT(file.refused(to_file(small({{0, " "}}), 0)), HasSubstr("not 0"));
  EXPECT_THAT(file.refused(to_file(small({{0, " "}}), -5)), HasSubstr("not -5"));
  EXPECT_THAT(file.refused(to_file(small({{0, " "}}), 1 << 30)), HasSubstr("must have 1 to 1024 bytes"));
  EXPECT_THAT(file.refused(to_file({}, 6)), HasSubstr("has 0 tokens"));
  EXPECT_EQ(file.refused(to_file(small({}), 6)), "");  // bytes alone can say everything
  test::expect_lossless(*file.make(to_file(small({}), 6)), test::random_texts(100, 43));
  EXPECT_THAT(with(260, {1, "too long"}), HasSubstr("token 260: its length must be from 1 to 6, not 8"));
  EXPECT_THAT(with(260, {1, ""}), HasSubstr("token 260: its length must be"));
  EXPECT_THAT(with(260, {1, " "}), HasSubstr("token 260: \" \" is token 259 already"));
  EXPECT_THAT(with(68, {1, "a"}), HasSubstr("token 68: must be <0x41>, not \"a\""));
  EXPECT_THAT(with(260, {std::nanf(""), "b"}), HasSubstr("token 260: its score is not finite"));
  EXPECT_THAT(with(260, {std::numeric_limits<float>::infinity(), "b"}),
              HasSubstr("token 260: its score is not finite"));
  std::string cut = to_file(small({{0, " "}, {0, "a"}}), 6);
  cut.pop_back();
  EXPECT_THAT(file.refused(cut), HasSubstr("ends in token 260"));
  EXPECT_THAT(file.refused(cut + std::string(3, 'x')), HasSubstr("ends in token 261"));
}
TEST(LlamaBpe, DamagedFilesAreReadOrRefused) {
  const VocabularyFile file;
  std::mt19937 random(41);
  const std::string whole = to_file(small({{0, " "}, {1, "a"}, {2, " a"}, {3, "b"}, {4, "ab"}}), 6);
  std::size_t refused = 0;
  for (int run = 0; run < 3000; ++run) {
    try {
      const auto tokenizer = file.make(test::mutated(whole, random));
      EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, " abcabcab \xFF")), " abcabcab \xFF");
    } catch (const FieldError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1500u);
}

}  // namespace
