#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <tandem/tokenizer.hpp>
#include <tandem/trainable.hpp>

#include "byte_pair_reference.hpp"
#include "support/process.hpp"
#include "support/support.hpp"
#include "texts.hpp"

namespace {
using namespace tandem;
using nlohmann::json;
using test::decode;
using test::encode;
using test::Spellings;
using testing::HasSubstr;

class Watch final : public Progress {
 public:
  void at(double fraction, double) override { fractions.push_back(fraction); }
  bool stop_asked() const override { return fractions.size() > patience; }
  std::vector<double> fractions;
  std::size_t patience = static_cast<std::size_t>(-1);
};

// A training in a folder of its own.
class Training {
 public:
  explicit Training(const std::string& text) {
    test::write_file(folder_.path() / "text.txt", text);
    settings = {{"text", (folder_.path() / "text.txt").string()}};
  }
  explicit Training(const std::filesystem::path& text, std::size_t size) : settings({{"text", text.string()}, {"size", size}}) {}

  void run() {
    const auto trainer = test::make<Trainer>("bpe-vocabulary", settings.dump());
    trainer->train({.folder = (folder_.path() / "out").string()}, watch);
  }
  std::filesystem::path vocabulary() const { return folder_.path() / "out/vocabulary.bpe"; }
  std::string written() const { return test::read_file(vocabulary()); }
  std::shared_ptr<Tokenizer> tokenizer() const {
    return test::make<Tokenizer>("bpe", json{{"vocabulary", vocabulary().string()}}.dump());
  }

  json settings;
  Watch watch;

 private:
  test::TemporaryFolder folder_;
};

// The merges learned by counting everything anew for each, on strings.
std::vector<std::pair<std::string, std::string>> slowly_learned(const std::vector<std::string>& items,
                                                                std::size_t wanted) {
  std::map<std::string, std::size_t> counts;
  for (const auto& item : items)
    for (const auto& piece : test::pieces_of(item)) ++counts[piece];
  std::vector<std::pair<Spellings, std::size_t>> words;
  for (const auto& [piece, count] : counts) words.emplace_back(test::bytes_of(piece), count);
  std::map<std::string, std::size_t> number;  // of symbols, by which equal counts are ordered
  for (std::size_t byte = 0; byte < 256; ++byte) number[std::string(1, static_cast<char>(byte))] = byte;
  std::vector<std::pair<std::string, std::string>> merges;
  while (merges.size() < wanted) {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> pairs;
    std::map<std::size_t, std::string> spelling;
    for (const auto& [symbol, id] : number) spelling[id] = symbol;
    for (const auto& [symbols, count] : words)
      for (std::size_t i = 0; i + 1 < symbols.size(); ++i)
        if (!number.contains(symbols[i] + symbols[i + 1])) pairs[{number[symbols[i]], number[symbols[i + 1]]}] += count;
    auto best = pairs.begin();
    for (auto pair = pairs.begin(); pair != pairs.end(); ++pair)
      if (pair->second > best->second) best = pair;
    if (best == pairs.end() || best->second < 2) break;
    merges.emplace_back(spelling[best->first.first], spelling[best->first.second]);
    number[merges.back().first + merges.back().second] = 256 + merges.size() - 1;
    for (auto& [symbols, count] : words) symbols = test::joined(symbols, merges.back());
  }
  return merges;
}
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    char code[8];
    std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned>(static_cast<std::uint8_t>(c)));
    out += c > ' ' && c <= '~' && c != '\\' ? std::string(1, c) : code;
  }
  return out;
}

TEST(BpeTraining, LearnsTheMergesOfTheSlowReference) {
  const auto shipped = test::lines_of(test::read_file(test::source_dir() / "registry/corpora/sample.txt"));
  const auto noise = test::random_texts(200, 21);
  std::vector<std::string> lines;
  for (const auto& text : noise)
    for (const auto& line : test::lines_of(text)) lines.push_back(line);
  const std::vector<std::string> repeated = {"aaaaaaa", "aaab", "baaa baaa", "abababab", "aaaa aa aaa", "bbbaaabbb"};
  for (const auto& items : {shipped, lines, repeated}) {
    std::string text;
    for (const auto& item : items) text += item + "\n";
    const auto expected = slowly_learned(items, 150);
    Training training(text);
    training.settings["size"] = 257 + expected.size();
    training.run();
    const auto shared = training.tokenizer();
    const Tokenizer& tokenizer = *shared;
    const auto written = test::lines_of(training.written());
    ASSERT_EQ(written.size(), expected.size() + 1);
    EXPECT_EQ(written[0], "tandem-bpe version=1 size=" + std::to_string(257 + expected.size()) + " pieces=gpt2");
    for (std::size_t rank = 0; rank < expected.size(); ++rank)
      ASSERT_EQ(written[rank + 1], escaped(expected[rank].first) + " " + escaped(expected[rank].second)) << rank;

    // And the tokens that these merges make.
    test::SlowBytePairs slow;
    for (std::size_t rank = 0; rank < expected.size(); ++rank) slow.ranks[expected[rank]] = rank;
    auto texts = test::random_texts(500, 23);
    texts.insert(texts.end(), items.begin(), items.end());
    test::expect_lossless(tokenizer, texts);
    for (const auto& line : texts) {
      Spellings spellings;
      for (const Token token : encode(tokenizer, line)) spellings.push_back(tokenizer.spell(token));
      ASSERT_EQ(spellings, slow.encode(line)) << line;
    }
  }
}
TEST(BpeTraining, OfALineByHand) {
  // "abab" once and " abab" twice: a b stands there 6 times, ab ab 3 times, " " abab twice.
  Training training("abab abab abab\n");
  training.settings["size"] = 260;
  training.run();
  const auto shared = training.tokenizer();
  const Tokenizer& tokenizer = *shared;
  EXPECT_EQ(training.written(), "tandem-bpe version=1 size=260 pieces=gpt2\na b\nab ab\n\\x20 abab\n");
  EXPECT_EQ(tokenizer.vocabulary().size, 260u);
  EXPECT_EQ(tokenizer.vocabulary().end, 256u);
  EXPECT_EQ(encode(tokenizer, "abab abab ab"), (std::vector<Token>{258, 259, ' ', 257}));
  EXPECT_EQ(tokenizer.spell(259), " abab");
  EXPECT_EQ(training.watch.fractions.back(), 1);
  EXPECT_TRUE(std::ranges::is_sorted(training.watch.fractions));
}
TEST(BpeTraining, IsTheSameEveryTime) {
  const std::string text = test::read_file(test::source_dir() / "registry/corpora/prime.txt");
  Training one(text), two(text);
  one.settings["size"] = two.settings["size"] = 700;
  one.run();
  two.run();
  EXPECT_EQ(one.written(), two.written());
  EXPECT_EQ(one.tokenizer()->vocabulary().fingerprint, two.tokenizer()->vocabulary().fingerprint);
}
TEST(BpeTraining, AWholeTextHasLineEnds) {
  for (const bool whole : {false, true}) {
    Training training("ab\n\n\nab\n\n\nab\n\n\nc");
    training.settings["size"] = 258;
    if (whole) training.settings["cut"] = "whole";
    training.run();
    // Pieces "\n\n" and "\n" three times each, and "ab" as often: the smaller pair wins.
    EXPECT_EQ(test::lines_of(training.written())[1], whole ? "\\x0a \\x0a" : "a b");
  }
}
TEST(BpeTraining, BadSettingsAreRefused) {
  const auto refused = [](const std::string& name, const json& value) {
    Training training("abab abab\n");
    training.settings[name] = value;
    return test::refusal([&] { training.run(); });
  };
  EXPECT_THAT(refused("size", 5000), HasSubstr("a vocabulary of 259 at most"));
  for (const json& size : {json(256), json(-1), json(1.5), json("300"), json(nullptr), json(1e9), json(1 << 21)})
    EXPECT_THAT(refused("size", size), HasSubstr("size")) << size;
  EXPECT_THAT(refused("text", "/nowhere/at/all"), HasSubstr("cannot be read"));
  EXPECT_THAT(refused("cut", "words"), HasSubstr("lines"));
  EXPECT_THAT(refused("rate", 3), HasSubstr("rate"));
}
TEST(BpeTraining, StopsWhenAskedAndLeavesNothing) {
  Training training(test::read_file(test::source_dir() / "registry/corpora/prime.txt"));
  training.watch.patience = 10;
  training.run();
  EXPECT_EQ(training.watch.fractions.size(), 11u);
  EXPECT_FALSE(std::filesystem::exists(training.vocabulary()));
}

class VocabularyFile {
 public:
  std::shared_ptr<Tokenizer> make(const std::string& text) const {
    test::write_file(folder_.path() / "v.bpe", text);
    return test::make<Tokenizer>("bpe", json{{"vocabulary", (folder_.path() / "v.bpe").string()}}.dump());
  }
  std::string refused(const std::string& text) const {
    return test::refusal([&] { make(text); });
  }

 private:
  test::TemporaryFolder folder_;
};

TEST(Bpe, BadFilesAreNamedWithLine) {
  const VocabularyFile file;
  const std::string head = "tandem-bpe version=1 size=259 pieces=gpt2\n";
  EXPECT_EQ(file.refused(head + "a b\nab c\n"), "");
  EXPECT_THAT(file.refused(""), HasSubstr("v.bpe:1: the file ends"));
  EXPECT_THAT(file.refused("tandem-bpe version=1 size=257 pieces=gpt2"), HasSubstr("v.bpe:1: the file ends"));
  EXPECT_THAT(file.refused("tandem-bpe version=2 size=257 pieces=gpt2\n"), HasSubstr("v.bpe:1: must start with"));
  for (const char* size : {"", "0", "256", "-1", "1048577", "99999999999999999999", "x"})
    EXPECT_THAT(file.refused("tandem-bpe version=1 size=" + std::string(size) + " pieces=gpt2\n"),
                HasSubstr("v.bpe:1: the size must be"))
        << size;
  for (const char* tail : {"", " ", " pieces=words", " pieces=gpt2 ", "7 pieces=gpt2x", " pieces=gpt2\r"})
    EXPECT_THAT(file.refused("tandem-bpe version=1 size=257" + std::string(tail) + "\n"),
                HasSubstr("v.bpe:1: must end"))
        << tail;
  EXPECT_THAT(file.refused(head + "a b\n"), HasSubstr("v.bpe:3: the file ends where merge 2 of 2"));
  EXPECT_THAT(file.refused(head + "a b\nab c"), HasSubstr("v.bpe:3: the file ends"));
  EXPECT_THAT(file.refused(head + "a b\nab c\nd e\n"), HasSubstr("v.bpe:4: goes on"));
  EXPECT_THAT(file.refused(head + "a b\nab\n"), HasSubstr("v.bpe:3: must be two parts"));
  EXPECT_THAT(file.refused(head + "a b\na b\n"), HasSubstr("v.bpe:3: the merge makes \"ab\""));
  EXPECT_THAT(file.refused(head + "a b\nbc a\n"), HasSubstr("v.bpe:3: the merge names \"bc\""));
  EXPECT_THAT(file.refused(head + "a b\n a\n"), HasSubstr("v.bpe:3: the merge names \"\""));
  for (const char* part : {"a\\", "\\x", "\\x2", "\\x2g", "\\y20", "a b", "\xC3\xA9", "\t", "\\x+1", "\\x 1"})
    EXPECT_THAT(file.refused(head + "a b\na " + part + "\n"), HasSubstr("v.bpe:3: ")) << part;
  // A merge that doubles: a few lines must not make a symbol of gigabytes.
  std::string doubling = "tandem-bpe version=1 size=300 pieces=gpt2\n", part = "a";
  for (int i = 0; i < 43; ++i, part += part.size() < 5000 ? part : "") doubling += part + " " + part + "\n";
  EXPECT_THAT(file.refused(doubling), HasSubstr("is longer than 1024 bytes"));
  EXPECT_THAT(test::refusal([] { test::make<Tokenizer>("bpe", R"({"vocabulary": "/nowhere"})"); }),
              HasSubstr("/nowhere is not a file"));
}
TEST(Bpe, DamagedFilesAreReadOrRefused) {
  const VocabularyFile file;
  std::mt19937 random(19);
  const std::string whole =
      "tandem-bpe version=1 size=264 pieces=gpt2\na b\nab c\n\\x20 abc\n\\xc3 \\xa9\n\\x5c !\n\\x20 a\nabc abc\n";
  EXPECT_EQ(encode(*file.make(whole), " abc\xC3\xA9\\! a"), (std::vector<Token>{259, 260, 261, 262}));
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
TEST(Bpe, TheShippedVocabularyIsWhatTrainingOnEuroparlGives) {
  const auto shipped = test::source_dir() / "registry/models/bpe-2048.bpe";
  const auto tokenizer = test::make<Tokenizer>("bpe", json{{"vocabulary", shipped.string()}}.dump());
  EXPECT_EQ(tokenizer->vocabulary().size, 2048u);
  test::expect_lossless(*tokenizer, test::random_texts(500, 29));
  TANDEM_REQUIRE_DATA(text, "text/europarl-train.en.txt");
  Training training(text, 2048);
  training.run();
  EXPECT_EQ(training.written(), test::read_file(shipped));
}

}  // namespace
