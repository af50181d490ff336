// Coders that look at ranks, and at one token after the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <numeric>

#include "models.hpp"
#include "support/support.hpp"

namespace tandem::test {
namespace {

// Falls from the last id to the first, whatever came before: rank r is the token 5 - r.
std::vector<double> rising(const History&) { return {0.01, 0.02, 0.05, 0.12, 0.3, 0.5}; }

std::shared_ptr<Coder> coder(const std::string& name, Model& model, const std::string& fields = "{}") {
  auto made = make<Coder>(name, fields);
  made->bind(model);
  return made;
}

std::string inflated(std::span<const std::uint8_t> bits) {
  std::string bytes(bits.size() / 8, '\0'), out(1000, '\0');
  for (std::size_t i = 0; i < bits.size(); ++i) bytes[i / 8] = static_cast<char>(bytes[i / 8] | bits[i] << (7 - i % 8));
  uLongf size = out.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()), Z_OK);
  return out.substr(0, size);
}

TEST(Ranks, AreWrittenAsLlmZipWritesThem) {
  ProbabilityModel model(6, 0, rising);
  const auto rows = rows_of({{5, 4, 5, 1}});
  EXPECT_EQ(inflated(coder("ranks", model)->encode(rows).bits[0]), "0 1 0 4 5");  // the last is `end`
  EXPECT_EQ(inflated(coder("ranks", model, R"({"written": "dots"})")->encode(rows).bits[0]), "0.1.0.4.5.");
  EXPECT_EQ(inflated(coder("ranks", model, R"({"written": "u16"})")->encode(rows).bits[0]), std::string("\0\0\1\0\0\0\4\0\5\0", 10));
  EXPECT_EQ(inflated(coder("ranks", model, R"({"written": "varint"})")->encode(rows).bits[0]), std::string("\0\1\0\4\5", 5));
}

TEST(Ranks, OfEqualProbabilitiesFollowTheIds) {
  ProbabilityModel model(4, 3, [](const History&) { return std::vector{0.25, 0.25, 0.25, 0.25}; });
  EXPECT_EQ(inflated(coder("ranks", model)->encode(rows_of({{2, 0, 1}})).bits[0]), "2 0 1 3");
}

TEST(Ranks, ComeBackFromEveryCompressor) {
  ProbabilityModel model(300, 7, contextual(300));
  const auto rows = random_rows(6, 400, 300, 7, 3);
  for (const char* packed : {"zlib", "gzip", "bzip2", "brotli", "huffman", "arithmetic"})
    for (const char* written : {"spaces", "i32"}) {
      const auto by_rank = coder("ranks", model, std::string(R"({"packed": ")") + packed + R"(", "written": ")" + written + "\"}");
      const auto coded = by_rank->encode(rows);
      const auto back = by_rank->decode(coded.bits);
      EXPECT_THAT(back.clean, ::testing::Each(1));
      for (std::size_t row = 0; row < rows.rows(); ++row) EXPECT_TRUE(std::ranges::equal(back.tokens[row], rows[row])) << packed << row;
    }
}

// Ranks stand in the order of the text, and behind them one that no token has.
TEST(Ranks, OfChunksStandInTheOrderOfTheText) {
  ProbabilityModel model(6, 0, [](const History& history) { return history.empty() ? std::vector{0.0, 0.5, 0.3, 0.1, 0.06, 0.04} : rising(history); });
  EXPECT_EQ(inflated(coder("ranks", model, R"({"chunk": 2})")->encode(rows_of({{1, 5, 3, 4, 2}})).bits[0]), "0 0 2 1 1 6");
}

TEST(Ranks, OfChunksComeBackFromEveryCompressor) {
  ProbabilityModel model(256, 7, contextual(256));
  const auto rows = random_rows(5, 400, 256, 7, 3);
  for (const char* packed : {"zlib", "brotli", "huffman", "arithmetic"}) {
    const auto by_rank = coder("ranks", model, std::string(R"({"chunk": 5, "packed": ")") + packed + "\"}");
    const auto coded = by_rank->encode(rows);
    const auto back = by_rank->decode(coded.bits);
    EXPECT_TRUE(back.tokens == rows) << packed;
    EXPECT_THAT(back.clean, ::testing::Each(1));
    Bits cut;
    const auto half = coded.bits[0].first(coded.bits[0].size() / 2);
    std::ranges::copy(half, cut.append(half.size()).begin());
    EXPECT_EQ(by_rank->decode(cut).clean[0], 0) << packed;
    const auto shorter = coder("ranks", model, std::string(R"({"chunk": 5, "max_tokens": 10, "packed": ")") + packed + "\"}")->decode(coded.bits);
    EXPECT_EQ(shorter.clean[0], 0) << packed;
    EXPECT_LE(shorter.tokens.row_length(0), 10u) << packed;
  }
}

// The adaptive code comes to the entropy of single ranks, which here are those of a die with known faces.
TEST(Ranks, ByAdaptiveArithmeticTakeTheirEntropy) {
  const std::vector<double> faces = {0.7, 0.2, 0.06, 0.03, 0.01};
  ProbabilityModel model(6, 5, [&](const History&) { return std::vector{0.7, 0.2, 0.06, 0.03, 0.0099, 0.0001}; });
  Random random(9);
  std::vector<Token> row;
  double information = 0;
  for (int i = 0; i < 20'000; ++i) {
    double u = random.real();
    Token face = 0;
    while (face < 4 && u >= faces[face]) u -= faces[face++];
    row.push_back(face);
    information -= std::log2(faces[face]);
  }
  const auto coded = coder("ranks", model, R"({"packed": "arithmetic"})")->encode(rows_of({row}));
  EXPECT_NEAR(static_cast<double>(coded.bits.size()) / information, 1, 0.01);
}

// ceil(-log2 p) bits a token: 1, 2, 4, 5, 6, 7 of this model.
TEST(Shannon, TakesWholeBits) {
  ProbabilityModel model(6, 0, rising);
  const auto shannon = coder("shannon", model);
  EXPECT_EQ(text_of(shannon->encode(rows_of({{}})).bits[0]).size(), 7u);
  EXPECT_EQ(text_of(shannon->encode(rows_of({{5}})).bits[0]).size(), 1 + 7u);
  EXPECT_EQ(text_of(shannon->encode(rows_of({{4, 3, 2, 1}})).bits[0]).size(), 2 + 4 + 5 + 6 + 7u);
  // The most probable token's codeword is all zeros, and none begins with another: any bits decode.
  EXPECT_EQ(text_of(shannon->encode(rows_of({{5, 4}})).bits[0]).substr(0, 3), "010");
  const auto rows = random_rows(8, 100, 6, 0, 5);
  const auto coded = shannon->encode(rows);
  const auto back = shannon->decode(coded.bits);
  for (std::size_t row = 0; row < rows.rows(); ++row) EXPECT_TRUE(std::ranges::equal(back.tokens[row], rows[row]));
}

// LLMZip's comparison on one model: AC below token by token below ranks with zlib.
TEST(Shannon, LiesBetweenArithmeticCodingAndRanks) {
  ProbabilityModel model(64, 0, contextual(64));
  Random random(4);
  std::vector<Token> row;  // what the model itself would say
  History history = {0};
  for (int i = 0; i < 3000; ++i) {
    const auto p = contextual(64)(i == 0 ? History{} : History(row.end() - std::min<std::ptrdiff_t>(2, std::ssize(row)), row.end()));
    double u = random.real();
    Token token = 0;
    while (token < 63 && u >= p[token]) u -= p[token++];
    row.push_back(token == 0 ? 1 : token);
  }
  const auto rows = rows_of({row});
  const std::size_t exact = coder("arithmetic", model)->encode(rows).bits.size(), whole = coder("shannon", model)->encode(rows).bits.size(),
                    ranks = coder("ranks", model)->encode(rows).bits.size();
  EXPECT_LT(exact, whole);
  EXPECT_LT(whole, ranks);
  EXPECT_LE(whole, exact + row.size() + 64) << "less than a bit a token more";
}

}  // namespace
}  // namespace tandem::test
