// Ordered statistics decoding against exhaustive search, a slow decoder and published error rates.
#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <numeric>

#include "link.hpp"

namespace {
using namespace link_test;

constexpr float infinity = std::numeric_limits<float>::infinity();

std::string order_field(std::size_t order) { return "{\"order\": " + std::to_string(order) + "}"; }

std::shared_ptr<Code> code_of(const std::string& name, const std::string& fields = "{}") {
  return test::make<Code>(name, fields);
}

// Any decoder after another one.
std::shared_ptr<Decoder> after(const std::string& first, const std::string& first_fields, std::size_t order) {
  return test::make<Decoder>("osd", "{\"order\": " + std::to_string(order) + ", \"first\": {\"" + first + "\": " + first_fields + "}}");
}

bool same(const Decoded& a, const Decoded& b) {
  return a.codeword == b.codeword && a.info == b.info && a.converged == b.converged && a.iterations == b.iterations;
}

// What the bits that differ from the hard decisions cost.
double cost(std::span<const std::uint8_t> word, std::span<const float> llr) {
  double sum = 0;
  for (std::size_t i = 0; i < word.size(); ++i)
    if ((word[i] != 0) != (llr[i] < 0)) sum += std::abs(static_cast<double>(llr[i]));
  return sum;
}

// Step by step, a bit a byte, every pattern.
class SlowDecoder final {
 public:
  explicit SlowDecoder(const Code& code) : n_(code.n()), k_(code.k()) {
    Bits units(k_, k_);
    for (std::size_t i = 0; i < k_; ++i)
      for (std::size_t j = 0; j < k_; ++j) units[i][j] = i == j;
    generator_ = code.encode(units);
  }

  std::vector<std::uint8_t> decode(std::span<const float> llr, std::size_t order) const {
    std::vector<std::size_t> positions(n_);
    std::iota(positions.begin(), positions.end(), 0u);
    std::ranges::stable_sort(positions, [&](auto a, auto b) { return std::abs(llr[a]) > std::abs(llr[b]); });
    Bits rows = generator_;
    std::vector<std::size_t> basis;
    for (const auto position : positions) {
      std::size_t found = basis.size();
      while (found < k_ && !rows[found][position]) ++found;
      if (found == k_) continue;
      const std::size_t rank = basis.size();
      std::ranges::swap_ranges(rows[rank], rows[found]);
      for (std::size_t r = 0; r < k_; ++r)
        if (r != rank && rows[r][position]) add(rows[rank], rows[r]);
      basis.push_back(position);
      if (basis.size() == k_) break;
    }
    std::vector<std::uint8_t> base(n_, 0);
    for (std::size_t r = 0; r < k_; ++r)
      if (llr[basis[r]] < 0) add(rows[r], base);

    std::vector<std::uint8_t> best = base;
    double least = cost(base, llr);
    for (std::size_t weight = 1; weight <= std::min(order, k_); ++weight)
      try_patterns(rows, base, weight, k_, llr, best, least);
    return best;
  }

 private:
  static void add(std::span<const std::uint8_t> source, std::span<std::uint8_t> target) {
    for (std::size_t i = 0; i < target.size(); ++i) target[i] ^= source[i];
  }
  // The last rows are the least reliable and come first.
  void try_patterns(const Bits& rows, const std::vector<std::uint8_t>& word, std::size_t weight, std::size_t limit,
                    std::span<const float> llr, std::vector<std::uint8_t>& best, double& least) const {
    for (std::size_t i = 0; i < limit; ++i) {
      std::vector<std::uint8_t> next = word;
      add(rows[k_ - 1 - i], next);
      if (weight > 1) {
        try_patterns(rows, next, weight - 1, i, llr, best, least);
      } else if (const double metric = cost(next, llr); metric < least) {
        least = metric;
        best = next;
      }
    }
  }

  std::size_t n_, k_;
  Bits generator_;
};

TEST(Osd, OfFullOrderIsTheBestCodeword) {
  for (const auto& [n, k] : {std::pair{7u, 4u}, {15u, 7u}, {15u, 11u}}) {
    const auto code = code_of("bch", "{\"n\": " + std::to_string(n) + ", \"k\": " + std::to_string(k) + "}");
    const auto decoder = make_decoder("osd", order_field(k), *code);
    Bits all(std::size_t{1} << k, k);
    for (std::size_t row = 0; row < all.rows(); ++row)
      for (std::size_t i = 0; i < k; ++i) all[row][i] = static_cast<std::uint8_t>((row >> i) & 1);
    const Bits codewords = code->encode(all);
    const Frames frames(*code, -2, 0, 1000);
    const Decoded decoded = decoder->decode(frames.reception);
    for (std::size_t r = 0; r < 1000; ++r) {
      const auto llr = frames.reception.llr[r];
      std::size_t best = 0;
      for (std::size_t word = 1; word < codewords.rows(); ++word)
        if (cost(codewords[word], llr) < cost(codewords[best], llr)) best = word;
      ASSERT_TRUE(std::ranges::equal(decoded.codeword[r], codewords[best])) << n << " " << r;
      ASSERT_TRUE(std::ranges::equal(decoded.info[r], all[best]));
    }
  }
}

struct Compared final {
  std::string code, fields;
  double eb_n0_db;
  std::size_t most_order, frames;
};
const Compared compared[] = {{"array-ldpc", "{}", 2, 3, 150},
                             {"bch", R"({"n": 63, "k": 51})", 3, 2, 100},
                             {"bch", R"({"n": 31, "k": 6})", 0, 4, 300},
                             {"polar", R"({"n": 64, "k": 32})", 2, 2, 100},
                             {"polar", R"({"n": 64, "k": 1})", -8, 1, 100},
                             {"polar", R"({"n": 64, "k": 63})", 4, 2, 100},
                             {"ccsds-ldpc", "{}", 2, 2, 40},
                             {"array-ldpc", R"({"p": 11, "rows": 4})", 3, 2, 30},
                             {"array-ldpc", R"({"p": 13, "rows": 5})", 3, 1, 40},
                             {"bch", R"({"n": 255, "k": 21})", -1, 2, 40},
                             {"polar", R"({"n": 1024, "k": 300})", 2, 1, 4},
                             {"repetition", R"({"n": 5})", 0, 1, 500},
                             {"uncoded", R"({"k": 10})", 0, 2, 50}};

void expect_slow_decoder(const Compared& about, const Code& code, const Reception& reception,
                         const std::function<std::shared_ptr<Decoder>(std::size_t)>& make) {
  const SlowDecoder slow(code);
  for (std::size_t order = 0; order <= about.most_order; ++order) {
    const Decoded decoded = make(order)->decode(reception);
    for (std::size_t r = 0; r < reception.llr.rows(); ++r)
      ASSERT_TRUE(std::ranges::equal(decoded.codeword[r], slow.decode(reception.llr[r], order)))
          << about.code << about.fields << ", order " << order << ", frame " << r;
  }
}

TEST(Osd, AgreesWithASlowDecoder) {
  for (const auto& about : compared) {
    const auto code = code_of(about.code, about.fields);
    const Frames frames(*code, about.eb_n0_db, 0, about.frames);
    expect_slow_decoder(about, *code, frames.reception,
                        [&](std::size_t order) { return make_decoder("osd", order_field(order), *code); });
  }
}

// Whole numbers: many positions are equally reliable, many codewords equally good, some positions say nothing.
TEST(Osd, DecidesTiesInTheOrderOfPatterns) {
  for (const auto& about : compared) {
    const auto code = code_of(about.code, about.fields);
    for (const float step : {0.5f, 0.15f}) {
      Frames frames(*code, about.eb_n0_db, 0, about.frames);
      for (auto& llr : frames.reception.llr.values()) llr = std::nearbyint(llr * step);
      expect_slow_decoder(about, *code, frames.reception,
                          [&](std::size_t order) { return make_decoder("osd", order_field(order), *code); });
    }
  }
}

TEST(Osd, IsNeverWorseThanALowerOrder) {
  const auto code = code_of("array-ldpc");
  const Frames frames(*code, 1, 0, 3000);
  std::vector<double> least(3000, std::numeric_limits<double>::infinity());
  std::size_t better = 0;
  for (std::size_t order = 0; order <= 4; ++order) {
    const Decoded decoded = make_decoder("osd", order_field(order), *code)->decode(frames.reception);
    EXPECT_EQ(decoded.converged, std::vector<std::uint8_t>(3000, 1));
    for (std::size_t r = 0; r < 3000; ++r) {
      const double now = cost(decoded.codeword[r], frames.reception.llr[r]);
      ASSERT_LE(now, least[r] + 1e-4);
      better += now < least[r] - 1e-4;
      least[r] = now;
      ASSERT_TRUE(code->checks()->satisfied(decoded.codeword[r]));
      ASSERT_LE(decoded.iterations[r], order + 1);
      for (std::size_t i = 0; i < code->k(); ++i)
        ASSERT_EQ(decoded.info[r][i], decoded.codeword[r][code->information_positions()[i]]);
    }
  }
  EXPECT_GT(better, 3000u + 1000u);
}

TEST(Osd, StagesTellHowFarItWent) {
  const auto code = code_of("array-ldpc");
  const Frames frames(*code, 4, 0, 5000);
  const Decoded decoded = make_decoder("osd", order_field(2), *code)->decode(frames.reception);
  std::array<std::size_t, 4> count{};
  for (std::size_t r = 0; r < 5000; ++r) {
    ++count.at(decoded.iterations[r]);
    ASSERT_EQ(decoded.iterations[r] == 0, cost(decoded.codeword[r], frames.reception.llr[r]) == 0);
  }
  for (const auto times : count) EXPECT_GT(times, 20u);
}

TEST(Osd, ErrorPatternDoesNotDependOnTheCodeword) {
  for (const char* name : {"array-ldpc", "ccsds-ldpc"}) {
    const auto code = code_of(name);
    const auto decoder = make_decoder("osd", "{}", *code);
    Frames frames(*code, 1, 0, 1000);
    const Decoded decoded = decoder->decode(frames.reception);
    for (std::size_t i = 0; i < frames.codewords.size(); ++i)
      if (frames.codewords.values()[i]) frames.reception.llr.values()[i] *= -1;
    const Decoded zero = decoder->decode(frames.reception);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < frames.codewords.size(); ++i) {
      ASSERT_EQ(zero.codeword.values()[i], decoded.codeword.values()[i] ^ frames.codewords.values()[i]);
      wrong += zero.codeword.values()[i];
    }
    EXPECT_GT(wrong, 100u);
    EXPECT_EQ(zero.iterations, decoded.iterations);
  }
}

TEST(Osd, DoesNotDependOnTheScale) {
  const auto code = code_of("array-ldpc");
  const auto decoder = make_decoder("osd", "{}", *code);
  const Frames frames(*code, 1, 0, 2000);
  const Decoded expected = decoder->decode(frames.reception);
  for (const float scale : {0x1p-20f, 0.125f, 1024.f, 0x1p60f}) {
    Reception scaled = frames.reception;
    for (auto& value : scaled.llr.values()) value *= scale;
    EXPECT_TRUE(same(decoder->decode(scaled), expected)) << scale;
  }
}

TEST(Osd, CutsAndNeighboursDoNotMatter) {
  const auto code = code_of("array-ldpc");
  for (const auto& decoder : {test::make<Decoder>("osd"), after("bp", R"({"iterations": 3})", 2)}) {
    decoder->bind(*code);
    const Frames frames(*code, 2, 0, 500);
    const Decoded whole = decoder->decode(frames.reception);
    for (const std::size_t batch : {1, 7, 64}) {
      Decoded parts;
      for (std::size_t first = 0; first < 500; first += batch) {
        Reception reception;
        for (std::size_t r = first; r < std::min<std::size_t>(first + batch, 500); ++r)
          reception.llr.append(frames.reception.llr[r]);
        const Decoded part = decoder->decode(reception);
        for (std::size_t r = 0; r < part.codeword.rows(); ++r) {
          parts.codeword.append(part.codeword[r]);
          parts.info.append(part.info[r]);
          parts.converged.push_back(part.converged[r]);
          parts.iterations.push_back(part.iterations[r]);
        }
      }
      EXPECT_TRUE(same(whole, parts)) << batch;
    }
  }
}

// Fewer erased bits than the minimum distance, all others known: there is one codeword.
TEST(Osd, KnownAndErasedBits) {
  const std::tuple<const char*, const char*, std::size_t> codes[] = {
      {"array-ldpc", "{}", 8}, {"bch", R"({"n": 63, "k": 36})", 11}, {"polar", R"({"n": 128, "k": 64})", 8}};
  for (const auto& [name, fields, distance] : codes) {
    const auto code = code_of(name, fields);
    Frames frames(*code, 4, 0, 1000);
    Ragged<float> place(1000, code->n());
    Noise(5, "erasures", 0).uniforms(place);
    for (std::size_t r = 0; r < 1000; ++r) {
      std::vector<std::size_t> positions(code->n());
      std::iota(positions.begin(), positions.end(), 0u);
      std::ranges::sort(positions, {}, [&](auto i) { return place[r][i]; });
      for (std::size_t i = 0; i < code->n(); ++i)
        frames.reception.llr[r][i] = frames.codewords[r][i] ? -infinity : infinity;
      for (std::size_t i = 0; i + 1 < distance; ++i) frames.reception.llr[r][positions[i]] = i % 2 ? 0.f : -0.f;
    }
    for (const std::size_t order : {0, 2}) {
      const Decoded decoded = make_decoder("osd", order_field(order), *code)->decode(frames.reception);
      EXPECT_EQ(decoded.codeword, frames.codewords) << name;
      EXPECT_EQ(decoded.info, frames.information);
    }
  }
}

// Known bits stay as they are, whatever the others say.
TEST(Osd, KnownBitsAreKept) {
  const auto code = code_of("array-ldpc");
  const auto decoder = make_decoder("osd", order_field(2), *code), lower = make_decoder("osd", order_field(0), *code);
  Frames frames(*code, 0, 0, 1000);
  for (std::size_t r = 0; r < 1000; ++r)
    for (const auto i : code->information_positions().first(12))
      frames.reception.llr[r][i] = frames.codewords[r][i] ? -infinity : infinity;
  const Decoded decoded = decoder->decode(frames.reception);
  for (std::size_t r = 0; r < 1000; ++r)
    for (const auto i : code->information_positions().first(12))
      ASSERT_EQ(decoded.codeword[r][i], frames.codewords[r][i]);
  EXPECT_NE(decoded.codeword, lower->decode(frames.reception).codeword);
}

TEST(Osd, NothingReceivedIsTheZeroWord) {
  const auto code = code_of("array-ldpc");
  const auto decoder = make_decoder("osd", "{}", *code);
  for (const float nothing : {0.f, -0.f}) {
    Frames frames(*code, 4, 0, 5);
    std::ranges::fill(frames.reception.llr.values(), nothing);
    const Decoded decoded = decoder->decode(frames.reception);
    EXPECT_EQ(std::ranges::count(decoded.codeword.values(), 0), 5 * 49);
    EXPECT_EQ(decoded.iterations, std::vector<std::uint32_t>(5, 0));
    EXPECT_EQ(decoded.converged, std::vector<std::uint8_t>(5, 1));
  }
}

// Values no receiver should produce, and known bits that contradict each other: still a codeword, and its neighbours
// are not disturbed.
TEST(Osd, StrangeValues) {
  for (const char* name : {"array-ldpc", "ccsds-ldpc"}) {
    const auto code = code_of(name);
    const auto decoder = make_decoder("osd", order_field(3), *code);
    Frames frames(*code, 4, 0, 64);
    const Decoded before = decoder->decode(frames.reception);
    const float strange[] = {
        std::numeric_limits<float>::quiet_NaN(), infinity, -infinity, 3e38f, -3e38f, 1e-45f, -1e-45f};
    for (std::size_t i = 0; i < code->n(); ++i) {
      frames.reception.llr[7][i] = strange[i * i % 7];
      frames.reception.llr[20][i] = i % 3 ? infinity : -infinity;
      frames.reception.llr[21][i] = std::numeric_limits<float>::quiet_NaN();
      frames.reception.llr[22][i] = i % 5 ? 3e38f : -3e38f;
    }
    const Decoded after = decoder->decode(frames.reception);
    for (std::size_t r = 0; r < 64; ++r) {
      ASSERT_TRUE(code->checks()->satisfied(after.codeword[r])) << r;
      if (r != 7 && (r < 20 || r > 22)) {
        ASSERT_TRUE(std::ranges::equal(after.codeword[r], before.codeword[r]));
      }
    }
    EXPECT_EQ(std::ranges::count(after.codeword[21], 0), static_cast<std::ptrdiff_t>(code->n()));
  }
}

TEST(Osd, TakesOverWhereAnotherDecoderFails) {
  const auto code = code_of("array-ldpc");
  const std::string fields = R"({"iterations": 4})";
  const auto first = make_decoder("bp", fields, *code), alone = make_decoder("osd", order_field(2), *code),
             both = after("bp", fields, 2);
  both->bind(*code);
  const Frames frames(*code, 3, 0, 4000);
  const Decoded a = first->decode(frames.reception), b = alone->decode(frames.reception),
                c = both->decode(frames.reception);
  std::size_t failed = 0;
  for (std::size_t r = 0; r < 4000; ++r) {
    const Decoded& expected = a.converged[r] ? a : b;
    ASSERT_TRUE(std::ranges::equal(c.codeword[r], expected.codeword[r])) << r;
    ASSERT_TRUE(std::ranges::equal(c.info[r], expected.info[r])) << r;
    ASSERT_EQ(c.iterations[r], a.converged[r] ? a.iterations[r] : 4 + b.iterations[r]);
    failed += !a.converged[r];
  }
  EXPECT_GT(failed, 100u);
  EXPECT_EQ(c.converged, std::vector<std::uint8_t>(4000, 1));
  EXPECT_EQ(both->exactness(), Exactness::portable);
  EXPECT_EQ(both->needs(), Needs::llr);
}

TEST(Osd, GivesBackTheInputOfACodeThatIsNotSystematic) {
  const auto code = code_of("polar", R"({"n": 128, "k": 86, "systematic": false})");
  const auto decoder = make_decoder("osd", order_field(1), *code);
  const Frames frames(*code, 5, 0, 500);
  const Decoded decoded = decoder->decode(frames.reception);
  EXPECT_EQ(code->encode(decoded.info), decoded.codeword);
  std::size_t right = 0;
  for (std::size_t r = 0; r < 500; ++r) right += std::ranges::equal(decoded.info[r], frames.information[r]);
  EXPECT_GT(right, 480u);
}

TEST(Osd, RefusesWhatItCannotDecode) {
  auto decoder = test::make<Decoder>("osd");
  EXPECT_THROW(decoder->decode({}), Error);
  const auto code = code_of("array-ldpc");
  decoder->bind(*code);
  EXPECT_EQ(decoder->decode({}).codeword.rows(), 0u);
  Frames frames(*code, 4, 0, 49);
  frames.reception.llr.cut(7);
  EXPECT_THROW(decoder->decode(frames.reception), Error);
  EXPECT_THROW(decoder->bind(*code_of("repetition", R"({"n": 4097})")), Error);
  EXPECT_NO_THROW(decoder->bind(*code_of("repetition", R"({"n": 4096})")));
  try {
    make_decoder("osd", order_field(4), *code_of("ccsds-ldpc", R"({"n": 512})"));
    ADD_FAILURE() << "was accepted";
  } catch (const FieldError& error) {
    EXPECT_EQ(error.field(), "order");
  }
  EXPECT_THROW(test::make<Decoder>("osd", order_field(17)), Error);
  EXPECT_THROW(after("array-ldpc", "{}", 2), FieldError);
}

struct Row final {
  const char *code, *fields;
  std::size_t order;
  double eb_n0_db, fer, minus_ln_ber;  ///< of an independent simulator, on 500 frame errors
  std::size_t frames;
};
const Row rows[] = {
    {"array-ldpc", "{}", 1, 4, 1.94e-3, 7.85, 204800},
    {"array-ldpc", "{}", 1, 5, 1.58e-4, 10.37, 819200},
    {"array-ldpc", "{}", 2, 4, 8.46e-4, 8.77, 409600},
    {"array-ldpc", "{}", 2, 5, 5.61e-5, 11.56, 2048000},
    {"bch", R"({"n": 31, "k": 16})", 2, 3, 1.55e-2, 5.56, 40960},
    {"bch", R"({"n": 31, "k": 16})", 2, 4, 2.28e-3, 7.51, 204800},
    {"bch", R"({"n": 63, "k": 36})", 2, 4, 1.64e-4, 10.34, 819200},
    {"bch", R"({"n": 63, "k": 45})", 1, 4, 3.12e-3, 7.81, 102400},
    {"bch", R"({"n": 63, "k": 45})", 1, 5, 1.15e-4, 11.15, 819200},
    {"bch", R"({"n": 63, "k": 45})", 2, 4, 1.90e-3, 8.30, 204800},
    {"bch", R"({"n": 63, "k": 45})", 2, 5, 5.99e-5, 11.80, 1024000},
    {"bch", R"({"n": 63, "k": 51})", 2, 4, 1.16e-2, 6.81, 40960},
    {"polar", R"({"n": 64, "k": 32})", 2, 4, 2.67e-3, 7.97, 102400},
    {"polar", R"({"n": 64, "k": 32})", 2, 5, 1.72e-4, 10.73, 614400},
    {"polar", R"({"n": 128, "k": 64})", 2, 4, 4.27e-4, 10.04, 307200},
    {"ccsds-ldpc", "{}", 2, 3, 4.43e-3, 7.03, 40960},
};

// Means over frames.
struct Measured final {
  double fer, ber, fer_error, ber_error;  ///< the errors are relative, one standard deviation
};
Measured measure(const Code& code, const Decoder& decoder, double eb_n0_db, std::size_t frames) {
  double wrong = 0, bits = 0, squares = 0;
  const std::size_t batch = 2048;
  for (std::size_t first = 0; first < frames; first += batch) {
    const Frames sent(code, eb_n0_db, first, batch);
    const Decoded decoded = decoder.decode(sent.reception);
    for (std::size_t r = 0; r < batch; ++r) {
      const std::uint8_t *word = decoded.codeword[r].data(), *expected = sent.codewords[r].data();
      unsigned errors = 0;
      for (std::size_t i = 0; i < code.n(); ++i) errors += word[i] ^ expected[i];
      wrong += errors != 0;
      bits += errors;
      squares += errors * errors;
    }
  }
  const auto count = static_cast<double>(frames);
  return {wrong / count, bits / count / static_cast<double>(code.n()), 1 / std::sqrt(wrong), std::sqrt(squares) / bits};
}

// The limit in standard errors that one of 34 comparisons breaks once in a million runs of a correct program.
constexpr double limit = 5.6;

class OsdErrorRates : public ::testing::TestWithParam<Row> {};

TEST_P(OsdErrorRates, AgreeWithTheReference) {
  const Row& row = GetParam();
  const auto code = code_of(row.code, row.fields);
  const auto decoder = make_decoder("osd", order_field(row.order), *code);
  const Measured measured = measure(*code, *decoder, row.eb_n0_db, row.frames);
  const double reference = 1 / std::sqrt(500.0), spread = measured.ber_error / measured.fer_error;
  EXPECT_LT(std::abs(std::log(measured.fer / row.fer)), limit * std::hypot(measured.fer_error, reference))
      << "FER " << measured.fer << ", reference " << row.fer;
  EXPECT_LT(std::abs(-std::log(measured.ber) - row.minus_ln_ber),
            limit * std::hypot(measured.ber_error, spread * reference) + 0.01)
      << "-ln BER " << -std::log(measured.ber) << ", reference " << row.minus_ln_ber;
}
INSTANTIATE_TEST_SUITE_P(Simulated, OsdErrorRates, ::testing::ValuesIn(rows));

// Es/N0 of 0 dB.
TEST(Osd, ArrayCodeAtZeroDecibels) {
  const auto code = code_of("array-ldpc");
  const Measured measured =
      measure(*code, *make_decoder("osd", order_field(3), *code), 10 * std::log10(49.0 / 24), 204800);
  EXPECT_NEAR(measured.fer, 0.0065, 0.0015);
}

// At 5 dB the union bound on the error rate of the best decoder is nearly reached, and not exceeded.
TEST(Osd, MeetsTheUnionBound) {
  const std::tuple<const char*, double> codes[] = {{R"({"n": 31, "k": 16})", 2.177e-4},
                                                   {R"({"n": 63, "k": 51})", 9.377e-4}};
  for (const auto& [fields, bound] : codes) {
    const auto code = code_of("bch", fields);
    const Measured measured = measure(*code, *make_decoder("osd", order_field(3), *code), 5, 819200);
    EXPECT_LT(measured.fer, bound * (1 + 5 * measured.fer_error));
    EXPECT_GT(measured.fer, bound * (0.75 - 5 * measured.fer_error));
  }
}

}  // namespace
