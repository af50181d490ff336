#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tandem/tokenizer.hpp>
#include <thread>

#include "byte_pair_reference.hpp"
#include "host/sha256.hpp"
#include "support/process.hpp"
#include "support/support.hpp"
#include "texts.hpp"

namespace {
using namespace tandem;
using nlohmann::json;
using test::decode;
using test::encode;

std::shared_ptr<Tokenizer> published() {
  const auto folder = test::data("gpt2-bpe");
  return test::make<Tokenizer>(
      "gpt2-bpe",
      json{{"encoder", (folder / "encoder.json").string()}, {"merges", (folder / "vocab.bpe").string()}}.dump());
}

// GPT-2's table of byte characters as openai/gpt-2 src/encoder.py builds it.
std::map<std::string, std::string> byte_of_character() {
  std::map<std::string, std::string> table;
  std::uint32_t next = 256;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const bool itself = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    table[test::utf8(itself ? byte : next++)] = std::string(1, static_cast<char>(byte));
  }
  return table;
}
std::string bytes(const std::string& characters) {
  static const auto table = byte_of_character();
  std::string out;
  for (std::size_t i = 0; i < characters.size();) {
    const std::size_t length = static_cast<std::uint8_t>(characters[i]) < 0x80 ? 1 : 2;
    out += table.at(characters.substr(i, length));
    i += length;
  }
  return out;
}

TEST(Gpt2Bpe, EveryVectorIsExact) {
  TANDEM_REQUIRE_DATA(path, "gpt2-bpe/vectors.json");
  const auto tokenizer = published();
  EXPECT_EQ(tokenizer->vocabulary().size, 50257u);
  EXPECT_EQ(tokenizer->vocabulary().end, 50256u);
  const json vectors = json::parse(test::read_file(path)).at("vectors");
  EXPECT_EQ(vectors.size(), 215u);
  std::size_t cut = 0;
  for (const auto& vector : vectors) {
    const auto text = vector.at("text").get<std::string>();
    const auto ids = vector.at("ids").get<std::vector<Token>>();
    EXPECT_EQ(encode(*tokenizer, text), ids) << vector.at("id");
    EXPECT_EQ(decode(*tokenizer, ids), text) << vector.at("id");
    if (!vector.contains("pieces")) continue;
    ++cut;
    EXPECT_EQ(test::pieces_of(text), vector.at("pieces").get<std::vector<std::string>>()) << vector.at("id");
  }
  EXPECT_GT(cut, 100u);
}
TEST(Gpt2Bpe, WholeDocumentsAreExact) {
  TANDEM_REQUIRE_DATA(path, "gpt2-bpe/documents.json");
  const auto tokenizer = published();
  const json documents = json::parse(test::read_file(path));
  ASSERT_EQ(documents.size(), 5u);
  for (const auto& document : documents) {
    const auto name = document.at("file").get<std::string>();
    const std::string text = test::read_file(test::data(name));
    ASSERT_EQ(text.size(), document.at("bytes")) << name;
    const auto ids = encode(*tokenizer, text);
    EXPECT_EQ(ids.size(), document.at("tokens")) << name;
    EXPECT_EQ(std::accumulate(ids.begin(), ids.end(), std::uint64_t{0}), document.at("sum_ids")) << name;
    const std::string stream(reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(Token));
    EXPECT_EQ(host::sha256(stream), document.at("sha256_ids_le_u32")) << name;
    EXPECT_EQ(decode(*tokenizer, ids), text) << name;
  }
}
TEST(Gpt2Bpe, AnyBytesRoundTripAndAgreeWithTheSlowReference) {
  TANDEM_REQUIRE_DATA(path, "gpt2-bpe/vocab.bpe");
  const auto tokenizer = published();
  test::SlowBytePairs slow;
  const auto lines = test::lines_of(test::read_file(path));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t blank = lines[i].find(' ');
    slow.ranks[{bytes(lines[i].substr(0, blank)), bytes(lines[i].substr(blank + 1))}] = i - 1;
  }
  ASSERT_EQ(slow.ranks.size(), 50000u);
  auto texts = test::random_texts(2000, 5);
  // Long pieces go another way than short ones.
  for (const char* part : {"a", "ab", "aab", " ", "\n", "0", "=-", "\xC3\xA9", "in", "etaoin"})
    for (const int times : {30, 64, 65, 200}) {
      std::string text;
      for (int i = 0; i < times; ++i) text += part;
      texts.push_back(text);
    }
  test::expect_lossless(*tokenizer, texts);
  for (const auto& text : texts) {
    std::vector<std::string> spellings;
    for (const Token token : encode(*tokenizer, text)) spellings.push_back(tokenizer->spell(token));
    ASSERT_EQ(spellings, slow.encode(text)) << text;
  }
}
TEST(Gpt2Bpe, OneHugePieceIsEncodedSoon) {
  TANDEM_REQUIRE_DATA(path, "gpt2-bpe/vocab.bpe");
  const auto tokenizer = published();
  std::mt19937 random(2);
  std::string text(2'000'000, 'a');
  for (char& c : text) c = static_cast<char>('a' + random() % 3);
  const auto ids = encode(*tokenizer, text);  // minutes, were it quadratic
  EXPECT_EQ(decode(*tokenizer, ids), text);
  EXPECT_LT(ids.size(), text.size());
}
TEST(Gpt2Bpe, ThreadsAndCutsDoNotMatter) {
  TANDEM_REQUIRE_DATA(path, "text/europarl-dev.en.txt");
  const auto lines = test::lines_of(test::read_file(path).substr(0, 300'000));
  const auto tokenizer = published();
  const Tokens expected = published()->encode(test::items_of(lines));
  std::vector<Tokens> found(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < found.size(); ++i)
    threads.emplace_back([&, i] {
      for (std::size_t start = 0; start < lines.size(); start += i + 1)
        for (const auto& item : {std::vector<std::string>(
                 lines.begin() + static_cast<std::ptrdiff_t>(start),
                 lines.begin() + static_cast<std::ptrdiff_t>(std::min(start + i + 1, lines.size())))}) {
          const Tokens tokens = tokenizer->encode(test::items_of(item));
          for (std::size_t row = 0; row < tokens.rows(); ++row) found[i].append(tokens[row]);
        }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& tokens : found) EXPECT_TRUE(tokens == expected);
}

// A small vocabulary in GPT-2's two files: all bytes, the given merges and the end.
class SmallFiles {
 public:
  explicit SmallFiles(const std::vector<std::string>& merges) {
    std::uint32_t id = 0;
    for (const auto& [character, byte] : byte_of_character()) entries[character] = id++;
    list = "#version: 0.2\n";
    for (const auto& merge : merges) {
      list += merge + "\n";
      std::string name = merge;
      name.erase(name.find(' '), 1);
      entries[name] = id++;
    }
    entries["<|endoftext|>"] = id;
  }
  std::shared_ptr<Tokenizer> make() const { return make(entries.dump()); }
  std::shared_ptr<Tokenizer> make(const std::string& encoder) const {
    const auto a = folder_.path() / "encoder.json", b = folder_.path() / "vocab.bpe";
    test::write_file(a, encoder);
    test::write_file(b, list);
    return test::make<Tokenizer>("gpt2-bpe", json{{"encoder", a.string()}, {"merges", b.string()}}.dump());
  }
  std::string refused() const { return refused(entries.dump()); }
  std::string refused(const std::string& encoder) const {
    return test::refusal([&] { make(encoder); });
  }
  json entries;
  std::string list;

 private:
  test::TemporaryFolder folder_;
};
using testing::HasSubstr;

TEST(Gpt2Bpe, SmallVocabulariesWork) {
  const SmallFiles files({"a b", "ab c", "\xC4\xA0 ab"});
  const auto tokenizer = files.make();
  EXPECT_EQ(tokenizer->vocabulary().size, 260u);
  EXPECT_EQ(tokenizer->vocabulary().end, 259u);
  EXPECT_EQ(encode(*tokenizer, "abc ab"), (std::vector<Token>{257, 258}));
  EXPECT_EQ(tokenizer->spell(258), " ab");
  test::expect_lossless(*tokenizer, test::random_texts(300, 9));
  EXPECT_EQ(tokenizer->vocabulary().fingerprint, files.make()->vocabulary().fingerprint);
  EXPECT_NE(tokenizer->vocabulary().fingerprint,
            SmallFiles({"a b", "ab c", "\xC4\xA0 a"}).make()->vocabulary().fingerprint);
}
TEST(Gpt2Bpe, BadMergesAreNamedWithFileAndLine) {
  const auto refused = [](const std::string& list) {
    SmallFiles files({"a b"});
    files.list = list;
    return files.refused();
  };
  EXPECT_THAT(refused(""), HasSubstr("vocab.bpe:1: must start with"));
  EXPECT_THAT(refused("#version\nab\n"), HasSubstr("vocab.bpe:2: must be two parts"));
  EXPECT_THAT(refused("#version\na b c\n"), HasSubstr("vocab.bpe:2: must be two parts"));
  EXPECT_THAT(refused("#version\n\n"), HasSubstr("vocab.bpe:2: must be two parts"));
  EXPECT_THAT(refused("#version\na b\nx yz\n"), HasSubstr("vocab.bpe:3: the merge names \"yz\""));
  EXPECT_THAT(refused("#version\na b\na b\n"), HasSubstr("vocab.bpe:3: the merge makes \"ab\""));
  EXPECT_THAT(refused("#version\na \xE4\xB8\xAD\n"), HasSubstr("stands for no byte"));
  EXPECT_THAT(refused("#version\na \xC4\n"), HasSubstr("stands for no byte"));
  EXPECT_THAT(refused("#version\r\na b\r\n"), HasSubstr("vocab.bpe:2:"));
  EXPECT_THAT(refused("#version\n"), HasSubstr("has 258 entries; the 0 merges, 256 bytes and the end make 257"));
}
TEST(Gpt2Bpe, BadEncodersAreNamedWithFileAndPlace) {
  const SmallFiles files({"a b"});
  EXPECT_EQ(files.refused(), "");
  for (const char* text : {"", "{", "nonsense", "{\"a\": 1,}", "{\"a\" 1}", "{} {}", "\xFF"})
    EXPECT_THAT(files.refused(text), HasSubstr("encoder.json: ")) << text;
  for (const char* text : {"[]", "1", "null", "\"a\"", "[[[[[["})
    EXPECT_THAT(files.refused(text), HasSubstr("must be a JSON object")) << text;
  for (const char* value : {"-1", "1.5", "null", "\"1\"", "true", "[1]", "{}", "99999999999999999999", "4294967296"})
    EXPECT_THAT(files.refused(std::string("{\"x\": ") + value + "}"), HasSubstr("entry 1, \"x\": must be an id"))
        << value;
  EXPECT_THAT(files.refused("{\"a\": 1}"), HasSubstr("has 1 entries"));
  const auto changed = [&](const std::string& drop, const std::string& name, int id = -1) {
    SmallFiles other({"a b"});
    const json freed = other.entries[drop];
    other.entries.erase(drop);
    other.entries[name] = id < 0 ? freed : json(id);
    return other.refused();
  };
  EXPECT_THAT(changed("a", "bc"), HasSubstr("\"bc\": is neither a byte nor made by a merge"));
  EXPECT_THAT(changed("a", "\xE4\xB8\xAD"), HasSubstr("stands for no byte"));
  EXPECT_THAT(changed("<|endoftext|>", "bc"), HasSubstr("\"bc\": "));
  EXPECT_THAT(changed("ab", "ab", 0), HasSubstr("has the id 0 of \"!\""));
  EXPECT_THAT(changed("ab", "ab", 300), HasSubstr("id 300 is not below"));
  std::string twice = files.entries.dump();
  twice.replace(twice.find("\"ab\""), 4, "\"b\"");
  EXPECT_THAT(files.refused(twice), HasSubstr("\"b\": stands there twice"));
  EXPECT_THAT(
      test::refusal([] { test::make<Tokenizer>("gpt2-bpe", R"({"encoder": "/nowhere/a", "merges": "/nowhere/b"})"); }),
      HasSubstr("/nowhere/b is not a file"));
  EXPECT_THAT(test::refusal([] { test::make<Tokenizer>("gpt2-bpe", R"({"encoder": "/tmp", "merges": "/tmp"})"); }),
              HasSubstr("/tmp is not a file"));
}
TEST(Gpt2Bpe, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(17);
  const SmallFiles whole({"a b", "ab c", "\xC4\xA0 ab", "abc \xC4\xA0"});
  const std::string encoder = whole.entries.dump();
  std::size_t refused = 0;
  for (int run = 0; run < 1500; ++run) {
    SmallFiles files = SmallFiles({"a b", "ab c", "\xC4\xA0 ab", "abc \xC4\xA0"});
    const bool first = run % 2 == 0;
    if (!first) files.list = test::mutated(files.list, random);
    try {
      const auto tokenizer = files.make(first ? test::mutated(encoder, random) : encoder);
      EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, "abc abcab \xFF")), "abc abcab \xFF");
    } catch (const FieldError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000u);
}

}  // namespace
