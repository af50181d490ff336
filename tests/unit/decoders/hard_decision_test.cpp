#include <algorithm>
#include <bit>
#include <fstream>

#include "link.hpp"

namespace {
using namespace link_test;

std::shared_ptr<Code> dense_code(const std::string& rows) {
  const auto path = std::filesystem::path(::testing::TempDir()) / ("tandem-dense-" + std::to_string(::getpid()) + ".txt");
  std::ofstream(path) << rows;
  auto code = test::make<Code>("parity-check", "{\"matrix\": \"" + path.string() + "\"}");
  std::filesystem::remove(path);
  return code;
}

// Every word of n bits as a row of LLRs.
Reception all_words(std::size_t n) {
  Reception reception;
  const auto values = reception.llr.append(std::size_t{1} << n, n);
  for (std::size_t word = 0; word < std::size_t{1} << n; ++word)
    for (std::size_t i = 0; i < n; ++i) values[word * n + i] = (word >> i) & 1 ? -1.5f : 0.f;
  return reception;
}

std::size_t number(std::span<const std::uint8_t> bits) {
  std::size_t word = 0;
  for (std::size_t i = 0; i < bits.size(); ++i) word |= std::size_t{bits[i]} << i;
  return word;
}

// The nearest codeword; among equally near ones that whose error pattern has the first positions.
std::size_t nearest(const SparseMatrix& checks, std::size_t word, std::size_t n) {
  std::vector<std::uint32_t> best(n + 1);
  std::size_t found = 0;
  for (std::size_t pattern = 0; pattern < std::size_t{1} << n; ++pattern) {
    std::vector<std::uint8_t> bits(n);
    std::vector<std::uint32_t> positions;
    for (std::uint32_t i = 0; i < n; ++i) {
      bits[i] = static_cast<std::uint8_t>(((word ^ pattern) >> i) & 1);
      if ((pattern >> i) & 1) positions.push_back(i);
    }
    if (!checks.satisfied(bits)) continue;
    if (positions.size() < best.size() || (positions.size() == best.size() && positions < best)) {
      best = positions;
      found = word ^ pattern;
    }
  }
  return found;
}

TEST(Hard, IsTheNearestCodeword) {
  for (const char* rows : {"1 1 0 1 1 0 0\n1 0 1 1 0 1 0\n0 1 1 1 0 0 1\n",           // Hamming: one nearest codeword
                           "1 1 1 0 0 0 1\n0 0 1 1 1 0 0\n",                          // ties
                           "1 1 1 1 1 1 1 1\n1 1 0 0 0 0 1 1\n0 0 1 1 1 1 0 0\n"}) {  // a redundant row
    const auto code = dense_code(rows);
    const auto decoder = make_decoder("hard", "{}", *code);
    const Decoded decoded = decoder->decode(all_words(code->n()));
    for (std::size_t word = 0; word < decoded.codeword.rows(); ++word) {
      ASSERT_EQ(number(decoded.codeword[word]), nearest(*code->checks(), word, code->n())) << rows << word;
      ASSERT_EQ(decoded.converged[word], 1);
      for (std::size_t i = 0; i < code->k(); ++i)
        ASSERT_EQ(decoded.info[word][i], decoded.codeword[word][code->information_positions()[i]]);
    }
  }
}

TEST(Hard, UnknownSyndromeLeavesTheBits) {
  const auto code = dense_code("1 1 0 1 1 0 0\n1 0 1 1 0 1 0\n0 1 1 1 0 0 1\n");
  const Decoded decoded = make_decoder("hard", R"({"weight": 0})", *code)->decode(all_words(7));
  for (std::size_t word = 0; word < 128; ++word) {
    ASSERT_EQ(number(decoded.codeword[word]), word);
    ASSERT_EQ(decoded.converged[word], code->checks()->satisfied(decoded.codeword[word]));
  }
}

// All patterns of up to t errors in BCH codes.
TEST(Hard, CorrectsWhatBchCodesCorrect) {
  const std::tuple<const char*, std::size_t> codes[] = {{"codes/ecct/BCH_N31_K16.txt", 3},
                                                        {"codes/ecct/BCH_N63_K51.txt", 2}};
  for (const auto& [file, most] : codes) {
    SCOPED_TRACE(file);
    const auto code = make_code(file);
    if (!code) GTEST_SKIP() << "needs " << file << " in the folder TANDEM_DATA";
    const auto decoder = make_decoder("hard", "{\"weight\": " + std::to_string(most) + "}", *code);
    const Frames frames(*code, 4, 0, 1);
    const auto n = static_cast<std::uint32_t>(code->n());
    Reception reception;
    std::size_t patterns = 0;
    for (std::uint32_t a = 0; a < n; ++a)
      for (std::uint32_t b = a; b < n; ++b)
        for (std::uint32_t c = b; c < (most == 3 ? n : b + 1); ++c) {
          const auto row = reception.llr.append(n);
          for (std::uint32_t i = 0; i < n; ++i) {
            const bool wrong = i == a || i == b || i == c;
            row[i] = (frames.codewords[0][i] != 0) != wrong ? -1.f : 1.f;
          }
          ++patterns;
        }
    const Decoded decoded = decoder->decode(reception);
    for (std::size_t r = 0; r < patterns; ++r) {
      ASSERT_TRUE(std::ranges::equal(decoded.codeword[r], frames.codewords[0]));
      ASSERT_EQ(decoded.converged[r], 1);
    }
  }
}

TEST(Hard, RefusesWhatItCannotDecode) {
  auto decoder = test::make<Decoder>("hard");
  EXPECT_THROW(decoder->decode({}), Error);
  const auto uncoded = test::make<Code>("uncoded");
  EXPECT_THROW(decoder->bind(*uncoded), Error);
  const auto code = make_code("array-ldpc{}");
  EXPECT_THROW(make_decoder("hard", R"({"weight": 6})", *code), FieldError);
  EXPECT_THROW(make_decoder("hard", R"({"weight": 49})", *code), FieldError);
  decoder->bind(*code);
  Frames frames(*code, 4, 0, 49);
  frames.reception.llr.cut(7);
  EXPECT_THROW(decoder->decode(frames.reception), Error);
}

// A bit of an array code stands in four checks and shares at most one with another: one or two wrong bits stand in more
// unsatisfied checks than any right one.
TEST(BitFlip, CorrectsTwoErrorsOfAnArrayCodeAtOnce) {
  const auto code = make_code("array-ldpc{}");
  const auto decoder = make_decoder("bit-flip", "{}", *code);
  const Frames frames(*code, 4, 0, 49 * 49);
  Reception reception;
  for (std::size_t a = 0, r = 0; a < 49; ++a)
    for (std::size_t b = 0; b < 49; ++b, ++r) {
      const auto row = reception.llr.append(49);
      for (std::size_t i = 0; i < 49; ++i) row[i] = (frames.codewords[r][i] != 0) != (i == a || i == b) ? -2.f : 2.f;
    }
  const Decoded decoded = decoder->decode(reception);
  EXPECT_EQ(decoded.codeword, frames.codewords);
  EXPECT_EQ(decoded.info, frames.information);
  EXPECT_EQ(decoded.converged, std::vector<std::uint8_t>(49 * 49, 1));
  EXPECT_EQ(decoded.iterations, std::vector<std::uint32_t>(49 * 49, 1));
}

TEST(BitFlip, GivesUp) {
  const auto code = make_code("array-ldpc{}");
  const auto decoder = make_decoder("bit-flip", R"({"iterations": 7})", *code);
  const Frames frames(*code, 2, 0, 500);
  const Decoded decoded = decoder->decode(frames.reception);
  std::size_t failed = 0;
  for (std::size_t r = 0; r < 500; ++r) {
    ASSERT_EQ(decoded.converged[r], code->checks()->satisfied(decoded.codeword[r]));
    if (decoded.converged[r]) continue;
    ++failed;
    ASSERT_EQ(decoded.iterations[r], 7u);
  }
  EXPECT_GT(failed, 100u);
  const auto uncoded = test::make<Code>("uncoded");
  EXPECT_THROW(test::make<Decoder>("bit-flip")->bind(*uncoded), Error);
}

}  // namespace
