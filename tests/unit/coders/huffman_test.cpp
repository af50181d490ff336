#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <tandem/coder.hpp>

#include "../../../plugins/coders/adaptive_tree.hpp"
#include "../../../plugins/coders/canonical_code.hpp"
#include "models.hpp"
#include "support/support.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;

// What a table file holds, in a file of its own.
class TableFile final {
 public:
  explicit TableFile(const std::string& content) {
    static int number = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("tandem-huffman-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TableFile() { std::filesystem::remove(path_); }
  std::string fields() const { return "{\"table\": \"" + path_.string() + "\"}"; }

 private:
  std::filesystem::path path_;
};

std::shared_ptr<Coder> bound(Component& other, const std::string& fields) {
  auto coder = make<Coder>("huffman", fields);
  coder->bind(other);
  return coder;
}
void expect_round_trip(const Coder& coder, const Tokens& rows) {
  const auto back = coder.decode(coder.encode(rows).bits);
  EXPECT_TRUE(back.tokens == rows);
  EXPECT_EQ(back.clean, std::vector<std::uint8_t>(rows.rows(), 1));
}
std::uint64_t cost(const std::vector<std::uint64_t>& weights) {
  const auto lengths = coders::huffman_lengths(weights);
  return std::inner_product(weights.begin(), weights.end(), lengths.begin(), std::uint64_t{0});
}

struct Demo {
  std::vector<std::string> lines;
  std::map<char, std::uint64_t> counts;
};
Demo read_demo(const std::filesystem::path& path) {
  Demo demo;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    for (const char c : line) ++demo.counts[c];
    demo.lines.push_back(line);
  }
  return demo;
}

TEST(Huffman, ReachesThePublishedTotalsOnTheDemo) {
  TANDEM_REQUIRE_DATA(path, "llm-sscc/demo.txt");
  const Demo demo = read_demo(path);
  ASSERT_EQ(demo.lines.size(), 12u);
  ASSERT_EQ(demo.counts.size(), 46u);
  std::vector<std::uint64_t> weights;
  for (const auto& [character, count] : demo.counts) weights.push_back(count);
  EXPECT_EQ(cost(weights), 6'895u);

  // Counted with a line end behind each sentence, which is `end`.
  const double total = 1'581 + 12;
  std::vector<double> p;
  std::map<char, Token> ids;
  for (const auto& [character, count] : demo.counts) {
    ids[character] = static_cast<Token>(p.size());
    p.push_back(static_cast<double>(count) / total);
  }
  p.push_back(12 / total);
  ProbabilityModel model(47, 46, [&p](const History&) { return p; });
  Tokens rows;
  for (const auto& line : demo.lines) {
    const auto row = rows.append(line.size());
    for (std::size_t i = 0; i < line.size(); ++i) row[i] = ids[line[i]];
  }
  const auto coder = bound(model, "{}");
  EXPECT_EQ(coder->encode(rows).bits.size(), 6'998u);
  expect_round_trip(*coder, rows);
}

TEST(Huffman, BreaksTiesByTheLowestSymbol) {
  using Lengths = std::vector<std::uint8_t>;
  const auto lengths = [](std::vector<std::uint64_t> weights) { return coders::huffman_lengths(weights); };
  EXPECT_EQ(lengths({2, 1, 1, 2}), (Lengths{2, 3, 3, 1}));
  EXPECT_EQ(lengths({1, 2, 2, 1}), (Lengths{3, 2, 1, 3}));
  EXPECT_EQ(lengths({1, 1, 1, 1}), (Lengths{2, 2, 2, 2}));
  EXPECT_EQ(lengths({7}), (Lengths{0}));
  EXPECT_EQ(lengths({7, 1}), (Lengths{1, 1}));
}

// RFC 1951, 3.2.2: the code of lengths (3, 3, 3, 3, 3, 2, 4, 4).
TEST(Huffman, NumbersCodewordsAsTheStandardDoes) {
  TestTokenizer tokenizer(8, 7);
  for (const char* content : {"[3, 3, 3, 3, 3, 2, 4, 4]", "3 3 3 3\n3 2 4 4\n", " \n[3,3,3,3,3,2,4,4]\n"}) {
    const TableFile table(content);
    const auto coder = bound(tokenizer, table.fields());
    const auto rows = rows_of({{0, 1, 2, 3, 4, 5, 6}, {}});
    const auto bits = coder->encode(rows).bits;
    EXPECT_EQ(text_of(bits[0]),
              "010"
              "011"
              "100"
              "101"
              "110"
              "00"
              "1110"
              "1111");
    EXPECT_EQ(text_of(bits[1]), "1111");
    expect_round_trip(*coder, rows);
  }
}

TEST(Huffman, RefusesTablesThatAreNone) {
  TestTokenizer tokenizer(4, 3);
  for (const char* content :
       {"", "[]", "[2, 2, 2]", "[2, 2, 2, 2, 2]", "[1, 1, 2, 2]", "[2, 2, 2, 33]", "[2, 2, 2, -1]", "[2, 2, 2, 1.5]",
        "[2, 2, 2, 0]", "[2, 2, 2, 2", "2 2 2 two", "2 2 2", "[[2, 2, 2, 2]]", "{\"a\": 2}", "[2, 2, 2, \"2\"]",
        "[2, 2, 2, 18446744073709551615]", "[2, 2, 2, 1e400]", "2 2 2 99999999999999999999999"}) {
    const TableFile table(content);
    try {
      bound(tokenizer, table.fields());
      FAIL() << content;
    } catch (const FieldError& error) {
      EXPECT_EQ(error.field(), "table") << content;
    }
  }
  const TableFile deep(std::string(1'000'000, '['));
  EXPECT_THROW(bound(tokenizer, deep.fields()), FieldError);
  EXPECT_THROW(bound(tokenizer, R"({"table": "/nowhere/table.json"})"), FieldError);
  EXPECT_THROW(bound(tokenizer, R"({"table": "model"})"), Error);
}

TEST(Huffman, StopsAtCodewordsThatDoNotExist) {
  TestTokenizer tokenizer(4, 3);
  const TableFile table("[2, 0, 2, 2]");
  const auto coder = bound(tokenizer, table.fields());
  EXPECT_THROW(coder->encode(rows_of({{0, 1}})), Error);
  const auto back = coder->decode(bits_of("000111"));
  EXPECT_TRUE(back.tokens == rows_of({{0, 2}}));
  EXPECT_EQ(back.clean[0], 0);
}

// Fibonacci's numbers are the weights with the longest codewords.
TEST(Huffman, LimitsTheLengthOfCodewords) {
  std::vector<std::uint64_t> weights = {1, 1};
  while (weights.size() < 60) weights.push_back(weights[weights.size() - 1] + weights[weights.size() - 2]);
  EXPECT_EQ(std::ranges::max(coders::huffman_lengths(weights)), 59);
  const auto limited = coders::limited_huffman_lengths(weights);
  EXPECT_LE(std::ranges::max(limited), 32);
  double kraft = 0;
  for (const auto length : limited) kraft += std::ldexp(1.0, -length);
  EXPECT_EQ(kraft, 1);
  const coders::CanonicalCode code(limited);
  for (Token symbol = 0; symbol < 60; ++symbol) {
    std::vector<std::uint8_t> bits(static_cast<std::size_t>(code.length(symbol)));
    code.write(symbol, bits.data());
    std::span<const std::uint8_t> rest(bits);
    EXPECT_EQ(code.read(rest), symbol);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Huffman, CodesLargeVocabularies) {
  constexpr std::uint32_t size = 50'257;
  std::vector<double> p(size);
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += p[i] = 1 / (10.0 + static_cast<double>(i * 7919 % size));
  for (auto& value : p) value /= sum;
  ProbabilityModel model(size, size - 1, [&p](const History&) { return p; });
  const auto rows = random_rows(20, 200, size, size - 1, 1);
  expect_round_trip(*bound(model, R"({"table": "model"})"), rows);
  TestTokenizer tokenizer(size, size - 1);
  expect_round_trip(*bound(tokenizer, R"({"table": "adaptive"})"), rows);
}

TEST(Huffman, CodesTheSmallestVocabularies) {
  for (const std::uint32_t size : {1u, 2u, 3u}) {
    ProbabilityModel model(size, 0, [size](const History&) { return std::vector<double>(size, 1.0 / size); });
    const auto rows = size == 1 ? rows_of({{}, {}}) : rows_of({{}, {1, 1, size - 1, 1}, {size - 1}});
    for (const char* table : {"model", "adaptive"}) {
      const auto coder = bound(model, std::string(R"({"table": ")") + table + "\"}");
      expect_round_trip(*coder, rows);
      if (size == 1) {
        EXPECT_EQ(coder->encode(rows).bits.size(), 0u);
      }
    }
  }
}

// At every moment the tree is a Huffman tree of the counts, so its cost is that of the code built from them.
TEST(Huffman, AdaptiveTreesStayOptimal) {
  Random random(2);
  for (const std::uint32_t size : {2u, 3u, 5u, 16u, 37u}) {
    coders::AdaptiveTree tree(size);
    std::vector<std::uint64_t> counts(size, 1);
    for (int step = 0; step < 400; ++step) {
      std::uint64_t actual = 0;
      for (Token symbol = 0; symbol < size; ++symbol) {
        std::vector<std::uint8_t> bits;
        tree.write(symbol, bits);
        actual += counts[symbol] * bits.size();
        std::span<const std::uint8_t> rest(bits);
        ASSERT_EQ(tree.read(rest), symbol);
        ASSERT_TRUE(rest.empty());
      }
      ASSERT_EQ(actual, cost(counts)) << size << ' ' << step;
      const double u = random.real();
      const auto symbol = static_cast<Token>(u * u * u * size);
      tree.update(symbol);
      ++counts[symbol];
    }
  }
}

TEST(Huffman, ForgetsARowBehindItsEnd) {
  TestTokenizer tokenizer(30, 29);
  const auto coder = bound(tokenizer, R"({"table": "adaptive"})");
  const auto rows = random_rows(64, 90, 30, 29, 3);
  const auto bits = coder->encode(rows).bits;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    Tokens one;
    one.append(rows[row]);
    EXPECT_TRUE(std::ranges::equal(coder->encode(one).bits[0], bits[row]));
  }
  expect_round_trip(*coder, rows);
}

TEST(Huffman, IgnoresWhateverFollowsARowAndStopsBehindDamage) {
  ProbabilityModel model(40, 39, contextual(40));
  const auto rows = random_rows(50, 60, 40, 39, 4);
  for (const char* table : {"model", "adaptive"}) {
    const auto coder = bound(model, std::string(R"({"table": ")") + table + "\"}");
    const auto bits = coder->encode(rows).bits;
    Random random(5);
    Bits longer, damaged;
    for (int i = 0; i < 10'000; ++i) {
      const auto own = bits[static_cast<std::size_t>(i) % bits.rows()];
      auto all = longer.append(own.size() + random.below(30));
      std::ranges::copy(own, all.begin());
      for (auto& bit : all.subspan(own.size())) bit = static_cast<std::uint8_t>(random.below(2));
      all = damaged.append(random.below(own.size() + 1));
      std::ranges::copy(own.first(all.size()), all.begin());
      if (!all.empty()) all[random.below(all.size())] ^= static_cast<std::uint8_t>(i % 2);
    }
    const auto back = coder->decode(longer);
    for (std::size_t row = 0; row < longer.rows(); ++row)
      ASSERT_TRUE(back.clean[row] && std::ranges::equal(back.tokens[row], rows[row % rows.rows()])) << row;
    const auto stopped = coder->decode(damaged);
    for (std::size_t row = 0; row < damaged.rows(); ++row) {
      ASSERT_LE(stopped.tokens.row_length(row), damaged.row_length(row));
      // A row cut short but not changed is a prefix.
      if (row % 2 == 0 && damaged.row_length(row) < bits.row_length(row % bits.rows())) {
        ASSERT_EQ(stopped.clean[row], 0);
        const auto whole = rows[row % rows.rows()];
        ASSERT_TRUE(std::ranges::equal(stopped.tokens[row], whole.first(stopped.tokens.row_length(row))));
      }
    }
  }
}
}  // namespace
