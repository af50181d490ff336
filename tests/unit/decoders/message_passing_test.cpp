// Belief propagation and min-sum: against slow decoders, and what must not matter.
#include <hwy/highway.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <numeric>

#include "link.hpp"

namespace {
using namespace link_test;

constexpr float infinity = std::numeric_limits<float>::infinity();

struct Kind final {
  std::string decoder, schedule;
  std::string fields(const std::string& more = "") const { return "{\"schedule\": \"" + schedule + "\"" + more + "}"; }
};
const Kind kinds[] = {{"bp", "flooding"}, {"bp", "layered"}, {"min-sum", "flooding"}, {"min-sum", "layered"}};
class MessagePassing : public ::testing::TestWithParam<Kind> {};

bool same(const Decoded& a, const Decoded& b) {
  return a.codeword == b.codeword && a.info == b.info && a.converged == b.converged && a.iterations == b.iterations;
}

// One frame, one message after another, in the type Real.
template <class Real>
struct SlowDecoder final {
  const SparseMatrix& checks;
  bool layered, sum_product;
  std::uint32_t iterations = 50;

  std::vector<Real> answer(const std::vector<Real>& in) const {
    std::vector<Real> out(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      Real product = 1, smallest = std::numeric_limits<Real>::infinity();
      bool negative = false;
      for (std::size_t j = 0; j < in.size(); ++j) {
        if (j == i) continue;
        product *= std::tanh(std::clamp<Real>(in[j], -38, 38) / 2);
        smallest = std::min(smallest, std::abs(in[j]));
        negative ^= in[j] < 0;
      }
      product = std::clamp<Real>(product, static_cast<Real>(-1 + 1e-16), static_cast<Real>(1 - 1e-16));
      out[i] = sum_product ? 2 * std::atanh(product) : Real{0.75} * (negative ? -smallest : smallest);
    }
    return out;
  }

  std::pair<std::vector<std::uint8_t>, std::uint32_t> decode(std::span<const float> llr) const {
    std::vector<Real> channel(llr.begin(), llr.end());
    if (sum_product)
      for (auto& value : channel) value = std::clamp<Real>(value, -20, 20);
    std::vector<Real> total = channel;
    std::vector<std::vector<Real>> message(checks.rows());
    for (std::size_t r = 0; r < checks.rows(); ++r) message[r].assign(checks.row(r).size(), 0);
    std::vector<std::uint8_t> word(llr.size());
    for (std::uint32_t iteration = 0;; ++iteration) {
      for (std::size_t i = 0; i < word.size(); ++i) word[i] = total[i] < 0;
      if (checks.satisfied(word) || iteration == iterations) return {word, iteration};
      for (std::size_t r = 0; r < checks.rows(); ++r) {
        const auto row = checks.row(r);
        std::vector<Real> in(row.size());
        for (std::size_t i = 0; i < row.size(); ++i) in[i] = total[row[i]] - message[r][i];
        message[r] = answer(in);
        if (layered)
          for (std::size_t i = 0; i < row.size(); ++i) total[row[i]] = in[i] + message[r][i];
      }
      if (layered) continue;
      total = channel;
      for (std::size_t r = 0; r < checks.rows(); ++r)
        for (std::size_t i = 0; i < checks.row(r).size(); ++i) total[checks.row(r)[i]] += message[r][i];
    }
  }
};

TEST_P(MessagePassing, AgreesWithASlowDecoder) {
  const bool sum_product = GetParam().decoder == "bp", layered = GetParam().schedule == "layered";
  for (const char* name : {"array-ldpc{}", "codes/ecct/MACKAY_N96_K48.alist", "codes/ecct/BCH_N31_K16.txt",
                           "codes/aff3ct/WIFI_540_648.alist"}) {
    SCOPED_TRACE(name);
    const auto code = make_code(name);
    if (!code) continue;
    const auto decoder = make_decoder(GetParam().decoder, GetParam().fields(), *code);
    const std::size_t rows = code->n() > 200 ? 60 : 400;
    const Frames frames(*code, 3.5, 0, rows);
    const Decoded decoded = decoder->decode(frames.reception);
    for (std::size_t r = 0; r < rows; ++r) {
      if (!sum_product) {  // the same float operations: the same bytes, however long it takes
        const auto [word, iterations] =
            SlowDecoder<float>{*code->checks(), layered, false}.decode(frames.reception.llr[r]);
        ASSERT_TRUE(std::ranges::equal(decoded.codeword[r], word)) << r;
        ASSERT_EQ(decoded.iterations[r], iterations) << r;
      } else {  // float against double: the same as long as rounding has no time to grow
        const auto [word, iterations] =
            SlowDecoder<double>{*code->checks(), layered, true}.decode(frames.reception.llr[r]);
        if (iterations > 12) {
          EXPECT_GT(decoded.iterations[r], 12u) << r;
          continue;
        }
        ASSERT_TRUE(std::ranges::equal(decoded.codeword[r], word)) << r;
        ASSERT_EQ(decoded.iterations[r], iterations) << r;
      }
    }
  }
}

TEST_P(MessagePassing, CutsAndNeighboursDoNotMatter) {
  for (const char* name : {"array-ldpc{}", "codes/aff3ct/WIMAX_480_576.alist"}) {
    const auto code = make_code(name);
    if (!code) continue;
    const auto decoder = make_decoder(GetParam().decoder, GetParam().fields(), *code);
    const Frames frames(*code, 3, 0, 1000);
    const Decoded whole = decoder->decode(frames.reception);
    for (const std::size_t batch : {1, 3, 64}) {
      Decoded parts;
      for (std::size_t first = 0; first < 1000; first += batch) {
        Reception reception;
        for (std::size_t r = first; r < std::min<std::size_t>(first + batch, 1000); ++r)
          reception.llr.append(frames.reception.llr[r]);
        const Decoded part = decoder->decode(reception);
        for (std::size_t r = 0; r < part.codeword.rows(); ++r) {
          parts.codeword.append(part.codeword[r]);
          parts.info.append(part.info[r]);
          parts.converged.push_back(part.converged[r]);
          parts.iterations.push_back(part.iterations[r]);
        }
      }
      EXPECT_TRUE(same(whole, parts)) << name << ", batches of " << batch;
    }
  }
}

TEST_P(MessagePassing, InstructionSetDoesNotMatter) {
  const auto code = make_code("array-ldpc{}");
  const auto decoder = make_decoder(GetParam().decoder, GetParam().fields(), *code);
  const Frames frames(*code, 3, 0, 3000);
  const Decoded best = decoder->decode(frames.reception);
  hwy::SetSupportedTargetsForTest(HWY_AVX2);
  const Decoded floor = decoder->decode(frames.reception);
  hwy::SetSupportedTargetsForTest(0);
  EXPECT_TRUE(same(best, floor));
}

TEST_P(MessagePassing, PlaceOfAFailingFrameDoesNotMatter) {
  const auto code = make_code("array-ldpc{}");
  const auto decoder = make_decoder(GetParam().decoder, GetParam().fields(), *code);
  const Frames frames(*code, 4, 0, 2000);
  const Decoded decoded = decoder->decode(frames.reception);
  const auto failing = static_cast<std::size_t>(std::ranges::find(decoded.converged, 0) - decoded.converged.begin());
  ASSERT_LT(failing, 2000u);
  const auto clean = static_cast<std::size_t>(std::ranges::find(decoded.iterations, 2u) - decoded.iterations.begin());
  for (std::size_t place = 0; place < 70; ++place) {
    Reception reception;
    for (std::size_t r = 0; r < 70; ++r) reception.llr.append(frames.reception.llr[r == place ? failing : clean]);
    const Decoded mixed = decoder->decode(reception);
    for (std::size_t r = 0; r < 70; ++r) {
      const std::size_t original = r == place ? failing : clean;
      ASSERT_EQ(mixed.iterations[r], decoded.iterations[original]);
      ASSERT_EQ(mixed.converged[r], decoded.converged[original]);
      ASSERT_TRUE(std::ranges::equal(mixed.codeword[r], decoded.codeword[original]));
    }
  }
}

TEST_P(MessagePassing, ErrorPatternDoesNotDependOnTheCodeword) {
  for (const char* name : {"array-ldpc{}", "codes/ecct/CCSDS_N128_K64.alist", "codes/aff3ct/WIFI_540_648.alist"}) {
    const auto code = make_code(name);
    if (!code) continue;
    const auto decoder = make_decoder(GetParam().decoder, GetParam().fields(), *code);
    Frames frames(*code, 3, 0, 1500);
    const Decoded decoded = decoder->decode(frames.reception);
    for (std::size_t i = 0; i < frames.codewords.size(); ++i)
      if (frames.codewords.values()[i]) frames.reception.llr.values()[i] *= -1;
    const Decoded zero = decoder->decode(frames.reception);
    for (std::size_t i = 0; i < frames.codewords.size(); ++i)
      ASSERT_EQ(zero.codeword.values()[i], decoded.codeword.values()[i] ^ frames.codewords.values()[i]);
    EXPECT_EQ(zero.iterations, decoded.iterations);
    EXPECT_EQ(zero.converged, decoded.converged);
  }
}

TEST_P(MessagePassing, InformationStandsInTheCodeword) {
  const auto code = make_code("array-ldpc{}");
  const auto decoder = make_decoder(GetParam().decoder, GetParam().fields(), *code);
  const Frames frames(*code, 3, 0, 500);
  const Decoded decoded = decoder->decode(frames.reception);
  for (std::size_t r = 0; r < 500; ++r)
    for (std::size_t i = 0; i < code->k(); ++i)
      ASSERT_EQ(decoded.info[r][i], decoded.codeword[r][code->information_positions()[i]]);
}

TEST_P(MessagePassing, KnownAndErasedBits) {
  const auto code = make_code("array-ldpc{}");
  const auto decoder = make_decoder(GetParam().decoder, GetParam().fields(), *code);
  Frames frames(*code, 4, 0, 49 * 48);
  // Any two erased bits share at most one check, so that another check of each finds it in the first iteration.
  std::size_t r = 0;
  for (std::size_t a = 0; a < 49; ++a)
    for (std::size_t b = 0; b < 49; ++b) {
      if (a == b) continue;
      for (std::size_t i = 0; i < 49; ++i)
        frames.reception.llr[r][i] = i == a || i == b ? 0.f : frames.codewords[r][i] ? -infinity : infinity;
      ++r;
    }
  const Decoded decoded = decoder->decode(frames.reception);
  EXPECT_EQ(decoded.codeword, frames.codewords);
  EXPECT_EQ(decoded.info, frames.information);
  for (std::size_t row = 0; row < decoded.converged.size(); ++row) {
    EXPECT_EQ(decoded.converged[row], 1);
    EXPECT_LE(decoded.iterations[row], 1u);
  }
}

TEST_P(MessagePassing, NothingReceivedIsTheZeroWord) {
  const auto code = make_code("array-ldpc{}");
  for (const float nothing : {0.f, -0.f})
    for (const std::string stop : {"true", "false"}) {
      const auto decoder = make_decoder(GetParam().decoder, GetParam().fields(", \"stop\": " + stop), *code);
      Frames frames(*code, 4, 0, 5);
      std::ranges::fill(frames.reception.llr.values(), nothing);
      const Decoded decoded = decoder->decode(frames.reception);
      EXPECT_EQ(std::ranges::count(decoded.codeword.values(), 0), 5 * 49);
      EXPECT_EQ(decoded.converged, std::vector<std::uint8_t>(5, 1));
      EXPECT_EQ(decoded.iterations, std::vector<std::uint32_t>(5, stop == "true" ? 0 : 50));
    }
}

// Values no receiver should produce: the decoder returns bits, and its neighbours are not disturbed.
TEST_P(MessagePassing, StrangeValues) {
  const auto code = make_code("array-ldpc{}");
  const auto decoder = make_decoder(GetParam().decoder, GetParam().fields(), *code);
  Frames frames(*code, 4, 0, 64);
  const Decoded before = decoder->decode(frames.reception);
  const float strange[] = {
      std::numeric_limits<float>::quiet_NaN(), infinity, -infinity, 3e38f, -3e38f, 1e-45f, -1e-45f};
  for (std::size_t i = 0; i < 49; ++i) frames.reception.llr[7][i] = strange[i * i % 7];
  const Decoded after = decoder->decode(frames.reception);
  for (std::size_t r = 0; r < 64; ++r) {
    for (const auto bit : after.codeword[r]) ASSERT_LE(bit, 1);
    if (r != 7) {
      ASSERT_TRUE(std::ranges::equal(after.codeword[r], before.codeword[r]));
    }
  }
  EXPECT_EQ(after.converged[7], code->checks()->satisfied(after.codeword[7]));
}

// One check on 300 bits: far beyond the range of a product of 300 sums in float.
TEST_P(MessagePassing, HeavyChecks) {
  const auto path = std::filesystem::path(::testing::TempDir()) / ("tandem-heavy-" + std::to_string(::getpid()) + ".txt");
  std::ofstream out(path);
  for (int i = 0; i < 300; ++i) out << "1 ";
  out.close();
  const auto code = test::make<Code>("parity-check", "{\"matrix\": \"" + path.string() + "\"}");
  std::filesystem::remove(path);
  EXPECT_EQ(code->k(), 299u);
  const auto decoder = make_decoder(GetParam().decoder, GetParam().fields(), *code);
  Frames frames(*code, 4, 0, 300);
  for (std::size_t r = 0; r < 300; ++r)
    for (std::size_t i = 0; i < 300; ++i)
      frames.reception.llr[r][i] = i == r ? 0.f : frames.codewords[r][i] ? -9.f : 9.f;
  const Decoded decoded = decoder->decode(frames.reception);
  EXPECT_EQ(decoded.codeword, frames.codewords);
  for (std::size_t r = 0; r < 300; ++r) EXPECT_EQ(decoded.converged[r], 1);
  std::ranges::fill(frames.reception.llr.values(), 0.f);  // everything erased: no message says anything
  EXPECT_EQ(std::ranges::count(decoder->decode(frames.reception).codeword.values(), 0), 300 * 300);
}

TEST_P(MessagePassing, PuncturedBitsAreFound) {
  const auto code = make_code("codes/aff3ct/AR4JA_4096_8192.qc");
  if (!code) GTEST_SKIP() << "needs codes/aff3ct/AR4JA_4096_8192.qc in the folder TANDEM_DATA";
  const auto decoder = make_decoder(GetParam().decoder, GetParam().fields(), *code);
  const Frames frames(*code, 2, 0, 20);
  const Decoded decoded = decoder->decode(frames.reception);
  EXPECT_EQ(decoded.codeword, frames.codewords);
  EXPECT_EQ(decoded.info, frames.information);
  EXPECT_EQ(decoded.converged, std::vector<std::uint8_t>(20, 1));
}

TEST_P(MessagePassing, RefusesWhatItCannotDecode) {
  auto decoder = test::make<Decoder>(GetParam().decoder, GetParam().fields());
  EXPECT_THROW(decoder->decode({}), Error);
  const auto uncoded = test::make<Code>("uncoded");
  EXPECT_THROW(decoder->bind(*uncoded), Error);
  const auto code = make_code("array-ldpc{}");
  decoder->bind(*code);
  EXPECT_EQ(decoder->decode({}).codeword.rows(), 0u);
  Frames frames(*code, 4, 0, 49);
  frames.reception.llr.cut(7);
  EXPECT_THROW(decoder->decode(frames.reception), Error);
}

INSTANTIATE_TEST_SUITE_P(Kinds, MessagePassing, ::testing::ValuesIn(kinds), [](const auto& info) {
  return (info.param.decoder == "bp" ? "bp_" : "min_sum_") + info.param.schedule;
});

TEST(MinSum, DoesNotDependOnTheScale) {
  const auto code = make_code("array-ldpc{}");
  for (const std::string schedule : {"flooding", "layered"}) {
    const auto decoder = make_decoder("min-sum", "{\"schedule\": \"" + schedule + "\"}", *code);
    const Frames frames(*code, 3, 0, 2000);
    const Decoded expected = decoder->decode(frames.reception);
    for (const float scale : {0.125f, 4.f, 1024.f, 0.3f, 77.f}) {
      Reception scaled = frames.reception;
      for (auto& value : scaled.llr.values()) value *= scale;
      const Decoded decoded = decoder->decode(scaled);
      int mantissa = 0;
      if (std::frexp(scale, &mantissa) == 0.5f) {  // a power of two scales exactly
        EXPECT_TRUE(same(decoded, expected)) << scale;
        continue;
      }
      std::size_t different = 0;
      for (std::size_t r = 0; r < 2000; ++r) different += decoded.iterations[r] != expected.iterations[r];
      EXPECT_LT(different, 20u) << scale;  // rounding can only change frames that linger
    }
  }
}

TEST(BeliefPropagation, DependsOnTheScale) {
  const auto code = make_code("array-ldpc{}");
  const auto decoder = make_decoder("bp", "{}", *code);
  Frames frames(*code, 3, 0, 2000);
  const auto expected = decoder->decode(frames.reception).iterations;
  for (auto& value : frames.reception.llr.values()) value *= 2;
  EXPECT_NE(decoder->decode(frames.reception).iterations, expected);
}

}  // namespace
