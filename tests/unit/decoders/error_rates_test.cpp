// Error rates against published and independently simulated ones.
#include "link.hpp"

namespace {
using namespace link_test;

struct Row final {
  const char *code, *decoder, *fields;
  double eb_n0_db;
  double fer, fer_errors;      ///< the reference and the frame errors it rests on
  double minus_ln_ber = 0;     ///< over the code bits; 0 when the reference gives none
  double iterations = 0;       ///< mean; 0 when the reference gives none
  std::size_t frames = 40960;  ///< to decode here
  bool rayleigh = false;
};

constexpr const char* array49 = "array-ldpc{}";
constexpr const char* array60 = R"(array-ldpc{"p": 11, "rows": 6})";
constexpr const char* array70 = R"(array-ldpc{"p": 11, "rows": 5})";
constexpr const char* array80 = R"(array-ldpc{"p": 11, "rows": 4})";
constexpr const char* ccsds = "codes/ecct/CCSDS_N128_K64.alist";
constexpr const char* mackay = "codes/ecct/MACKAY_N96_K48.alist";
constexpr const char* wimax = "codes/aff3ct/WIMAX_288_576.alist";
constexpr const char* wifi = "codes/aff3ct/WIFI_540_648.alist";
constexpr const char* spa = "{}";
constexpr const char* spa5 = R"({"iterations": 5})";
constexpr const char* layered = R"({"schedule": "layered"})";
constexpr const char* plain = R"({"normalize": 1})";
constexpr const char* offset = R"({"normalize": 1, "offset": 0.3})";

// Double precision, exact tanh rule, syndrome stop: an independent simulator.
const Row simulated[] = {
    {array49, "bp", spa, 4, 1.49e-2, 500, 6.12, 2.51},
    {array49, "bp", spa, 5, 1.24e-3, 500, 8.59, 1.19, 409600},
    {array49, "bp", spa, 6, 4.76e-5, 500, 11.88, 0.75, 2048000},
    {array49, "bp", spa5, 4, 4.49e-2, 500, 5.21, 1.59},
    {array49, "bp", spa5, 5, 7.25e-3, 500, 7.07, 1.08, 81920},
    {array49, "bp", spa5, 6, 5.63e-4, 500, 9.63, 0.75, 409600},
    {array49, "min-sum", spa, 4, 1.61e-2, 500, 6.04, 2.55},
    {array49, "min-sum", spa, 5, 1.18e-3, 500, 8.71, 1.16, 409600},
    {array49, "min-sum", spa, 6, 4.20e-5, 500, 12.09, 0.75, 2048000},
    {array49, "bp", layered, 4, 1.15e-2, 500, 6.34, 1.86},
    {array49, "bp", layered, 5, 6.7e-4, 81, 9.0, 0.97, 409600},
    {array49, "min-sum", offset, 4, 1.47e-2, 500, 6.10, 2.63},
    {array49, "min-sum", offset, 5, 1.37e-3, 500, 8.51, 1.21, 409600},
    {array49, "min-sum", plain, 4, 2.14e-2, 500, 5.68, 3.21},
    {array49, "min-sum", plain, 5, 2.01e-3, 500, 8.12, 1.29, 409600},
    {array60, "bp", spa, 4, 3.65e-2, 500, 5.59, 4.65, 20480},
    {array60, "bp", spa, 5, 1.42e-3, 500, 8.85, 1.67, 204800},
    {array60, "bp", spa5, 4, 9.70e-2, 500, 4.83, 2.48, 20480},
    {array60, "bp", spa5, 5, 1.07e-2, 500, 7.15, 1.54},
    {array70, "bp", spa, 4, 1.06e-2, 500, 6.95, 2.79},
    {array70, "bp", spa5, 4, 4.72e-2, 500, 5.78, 2.01, 20480},
    {array70, "bp", spa5, 5, 2.62e-3, 500, 8.63, 1.27, 102400},
    {array80, "bp", spa, 4, 5.60e-3, 500, 7.75, 2.14, 81920},
    {array80, "bp", spa5, 4, 2.74e-2, 500, 6.54, 1.75, 20480},
    {array80, "bp", spa5, 5, 1.33e-3, 500, 9.61, 1.11, 204800},
    {mackay, "bp", spa, 4, 3.47e-3, 500, 8.07, 2.30, 102400},
    {mackay, "bp", spa5, 4, 2.62e-2, 500, 6.79, 2.01, 20480},
    {mackay, "bp", spa5, 5, 2.18e-3, 500, 9.52, 1.39, 102400},
    {ccsds, "bp", spa, 3, 6.06e-2, 500, 5.05, 0, 10240},
    {ccsds, "bp", spa, 4, 3.32e-3, 500, 7.93, 2.66, 102400},
    {ccsds, "min-sum", spa, 3, 5.72e-2, 500, 5.05, 0, 10240},
    {ccsds, "min-sum", spa, 4, 2.83e-3, 500, 8.16, 2.61, 102400},
    {ccsds, "bp", layered, 3, 5.11e-2, 500, 5.20, 0, 10240},
    {ccsds, "bp", layered, 4, 1.63e-3, 500, 8.62, 1.66, 102400},
    {"codes/ecct/BCH_N31_K16.txt", "bp", spa, 3, 1.45e-1, 500, 3.80, 0, 10240},
    {"codes/ecct/BCH_N31_K16.txt", "bp", spa, 4, 3.95e-2, 500, 5.10, 3.71, 20480},
    {"codes/ecct/BCH_N31_K16.txt", "bp", spa, 5, 6.44e-3, 500, 6.93, 1.50, 81920},
    {"codes/ecct/BCH_N63_K45.txt", "bp", spa, 4, 1.95e-1, 500, 4.30, 11.74, 5120},
    {"codes/ecct/BCH_N63_K45.txt", "bp", spa, 5, 5.40e-2, 500, 5.58, 4.32, 10240},
    {"codes/ecct/BCH_N63_K45.txt", "bp", spa5, 6, 2.80e-2, 500, 6.10, 0.67, 20480},
    {"codes/ecct/POLAR_N64_K32.txt", "bp", spa, 4, 1.49e-1, 500, 4.29, 12.77, 5120},
    {"codes/ecct/POLAR_N64_K32.txt", "bp", spa, 5, 5.50e-2, 500, 5.28, 7.42, 10240},
    {"codes/ecct/BCH_N31_K16.txt", "hard", R"({"weight": 3})", 4, 8.2413e-2, 1e12},  // closed form
    {"codes/ecct/BCH_N31_K16.txt", "hard", R"({"weight": 3})", 5, 2.3053e-2, 1e12, 0, 0, 102400},
    {array49, "bp", spa, 4, 3.56e-1, 500, -std::log(5.85e-2), 0, 10240, true},
    {array49, "bp", spa, 6, 6.77e-2, 500, -std::log(1.06e-2), 0, 10240, true},
    {array49, "bp", spa, 8, 5.60e-3, 500, -std::log(8.84e-4), 0, 81920, true},
};

// AFF3CT: its reference curves, about 100 frame errors each, and its version 3.0.2 in float.
const Row published[] = {
    {ccsds, "bp", layered, 3, 4.96e-2, 100, 0, 0, 10240},
    {ccsds, "bp", layered, 4, 1.52e-3, 100, 0, 0, 102400},
    {ccsds, "min-sum", layered, 4, 1.83e-3, 100, 0, 0, 102400},
    {array49, "min-sum", layered, 4, 1.14e-2, 100},
    {wimax, "bp", R"({"iterations": 100})", 1.5, 1.16e-1, 100, 0, 0, 2048},
    {wimax, "bp", R"({"iterations": 100})", 2, 1.72e-2, 100, 0, 0, 10240},
    {wimax, "bp", R"({"iterations": 100, "schedule": "layered"})", 2, 1.16e-2, 100, 0, 0, 10240},
    {wimax, "min-sum", R"({"iterations": 100, "normalize": 1})", 2, 7.05e-2, 100, 0, 0, 4096},
    {wimax, "min-sum", R"({"iterations": 100, "schedule": "layered", "normalize": 0.825, "stop": false})", 2, 1.41e-2,
     100, 0, 0, 8192},
    {wifi, "bp", R"({"iterations": 40, "schedule": "layered"})", 3.5, 6.53e-2, 100, 0, 0, 4096},
    {wifi, "min-sum", spa, 4, 6.0e-3, 100, 0, 0, 20480},
    {wifi, "min-sum", layered, 4, 4.6e-3, 100, 0, 0, 20480},
};

// Sums over frames.
struct Moments final {
  double count = 0, sum = 0, squares = 0;
  void add(double x) {
    ++count;
    sum += x;
    squares += x * x;
  }
  double mean() const { return sum / count; }
  double variance() const { return squares / count - mean() * mean(); }
  double relative_error() const { return std::sqrt(variance() / count) / mean(); }
};

// The limit in standard errors that one of the 150 comparisons breaks once in a million runs of a correct program.
constexpr double limit = 5.9;

class ErrorRates : public ::testing::TestWithParam<Row> {};

TEST_P(ErrorRates, AgreeWithTheReference) {
  const Row& row = GetParam();
  const auto code = make_code(row.code);
  if (!code) GTEST_SKIP() << "needs " << row.code << " in the folder TANDEM_DATA";
  const auto decoder = make_decoder(row.decoder, row.fields, *code);
  Moments frame_errors, bit_errors, iterations;
  const std::size_t batch = 2048;
  for (std::size_t first = 0; first < row.frames; first += batch) {
    const Frames frames(*code, row.eb_n0_db, first, batch, row.rayleigh);
    const Decoded decoded = decoder->decode(frames.reception);
    for (std::size_t r = 0; r < batch; ++r) {
      const std::uint8_t *word = decoded.codeword[r].data(), *sent = frames.codewords[r].data();
      std::uint32_t wrong = 0;
      for (std::size_t i = 0; i < code->n(); ++i) wrong += word[i] ^ sent[i];
      frame_errors.add(wrong != 0);
      bit_errors.add(wrong);
      iterations.add(decoded.iterations[r]);
    }
  }
  const double fer = frame_errors.mean(), own = frame_errors.relative_error(),
               reference = 1 / std::sqrt(row.fer_errors);
  EXPECT_LT(std::abs(std::log(fer / row.fer)), limit * std::hypot(own, reference))
      << "FER " << fer << ", reference " << row.fer;
  if (row.minus_ln_ber != 0) {
    const double minus_ln_ber = -std::log(bit_errors.mean() / static_cast<double>(code->n()));
    const double spread = bit_errors.relative_error() / own;  // bit errors scatter more than frame errors
    EXPECT_LT(std::abs(minus_ln_ber - row.minus_ln_ber), limit * spread * std::hypot(own, reference) + 0.05)
        << "-ln BER " << minus_ln_ber << ", reference " << row.minus_ln_ber;
  }
  if (row.iterations != 0) {
    const double reference_frames = row.fer_errors / row.fer;
    const double error = std::sqrt(iterations.variance() * (1 / iterations.count + 1 / reference_frames));
    EXPECT_LT(std::abs(iterations.mean() - row.iterations), limit * error + 0.005)
        << "iterations " << iterations.mean() << ", reference " << row.iterations;
  }
}

INSTANTIATE_TEST_SUITE_P(Simulated, ErrorRates, ::testing::ValuesIn(simulated));
INSTANTIATE_TEST_SUITE_P(Aff3ct, ErrorRates, ::testing::ValuesIn(published));

// A decoder that stops at the first codeword is right as often as one that goes on.
TEST(Stopping, KeepsTheFrameErrorRate) {
  const auto code = make_code(array49);
  for (const std::string decoder : {"bp", "min-sum"})
    for (const std::string schedule : {"flooding", "layered"}) {
      SCOPED_TRACE(decoder + " " + schedule);
      const auto stopping = make_decoder(decoder, "{\"schedule\": \"" + schedule + "\"}", *code);
      const auto going_on = make_decoder(decoder, "{\"stop\": false, \"schedule\": \"" + schedule + "\"}", *code);
      const Frames frames(*code, 4, 0, 20000);
      const Decoded a = stopping->decode(frames.reception), b = going_on->decode(frames.reception);
      double only_a = 0, only_b = 0, wrong = 0;
      for (std::size_t r = 0; r < 20000; ++r) {
        const bool wrong_a = !std::ranges::equal(a.codeword[r], frames.codewords[r]);
        const bool wrong_b = !std::ranges::equal(b.codeword[r], frames.codewords[r]);
        only_a += wrong_a && !wrong_b;
        only_b += wrong_b && !wrong_a;
        wrong += wrong_a;
        EXPECT_EQ(b.iterations[r], 50u);
        EXPECT_EQ(b.converged[r], code->checks()->satisfied(b.codeword[r]));
        EXPECT_EQ(a.converged[r], code->checks()->satisfied(a.codeword[r]));
        if (!a.converged[r]) {
          EXPECT_EQ(a.iterations[r], 50u);
        }
      }
      EXPECT_GT(wrong, 100);
      EXPECT_LE(std::abs(only_a - only_b), 5 * std::sqrt(only_a + only_b) + 5);
      EXPECT_LT(only_a + only_b, wrong / 2);
    }
}

}  // namespace
