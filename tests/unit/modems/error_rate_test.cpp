#include <functional>

#include "link.hpp"

namespace {
using tandem::test::from_db, tandem::test::Link;

// Bit error rates of coherent antipodal signalling at energy per bit and noise density g = Eb/N0 (Proakis, Salehi,
// equations 4.3-13 and 13.3-7; flat fading of mean square omega).
double gaussian(double g) { return 0.5 * std::erfc(std::sqrt(g)); }
double fading(double g) { return 0.5 * (1 - std::sqrt(g / (1 + g))); }

struct Case {
  const char *modem, *channel, *fields;
  double bits_per_use, mean_square;
  double (*error_rate)(double);
};
const Case cases[] = {{"bpsk", "awgn", "{}", 1, 1, gaussian},
                      {"qpsk", "awgn", "{}", 2, 1, gaussian},
                      {"bpsk", "rayleigh", "{}", 1, 1, fading},
                      {"qpsk", "rayleigh", "{}", 2, 1, fading},
                      {"bpsk", "rayleigh", R"({"csi": "none", "mean_square": 2})", 1, 2, fading},
                      {"qpsk", "rayleigh", R"({"csi": "none", "mean_square": 2})", 2, 2, fading},
                      {"bpsk", "rayleigh", R"({"csi": "none", "llr": "linear"})", 1, 1, fading}};

class ErrorRate : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Closed, ErrorRate, testing::ValuesIn(cases), [](const auto& info) {
  return std::string(info.param.modem) + "_" + info.param.channel + "_" + std::to_string(info.index);
});

TEST_P(ErrorRate, IsTheClosedForm) {
  const Case& c = GetParam();
  const Link link(c.modem, c.channel, c.fields);
  constexpr double bits = 1e6;
  for (const double eb_n0_db : {-4.0, -1.0, 0.0, 2.0, 4.0, 6.0, 8.0}) {
    const double n0 = 1 / (from_db(eb_n0_db) * c.bits_per_use);  // Es = 1
    const auto [sent, received] = link.pass(1000, 1000, n0, 7);
    double llr_errors = 0, y_errors = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      llr_errors += (received.llr.values()[i] < 0) != (sent.values()[i] == 1);
      y_errors += (received.y.values()[i] < 0) != (sent.values()[i] == 1);
    }
    const double p = c.error_rate(c.mean_square * from_db(eb_n0_db));
    EXPECT_NEAR(llr_errors, bits * p, 5 * std::sqrt(bits * p * (1 - p))) << eb_n0_db << " dB";
    EXPECT_EQ(llr_errors, y_errors) << eb_n0_db << " dB";
  }
}

// Published: Q(sqrt(2 Eb/N0)) at 0, 4, 8 dB; Rayleigh at 0, 10, 20 dB.
TEST(ErrorRateForms, AreThePublishedOnes) {
  EXPECT_NEAR(gaussian(from_db(0)), 7.865e-2, 1e-5);
  EXPECT_NEAR(gaussian(from_db(4)), 1.250e-2, 1e-5);
  EXPECT_NEAR(gaussian(from_db(8)), 1.909e-4, 1e-7);
  EXPECT_NEAR(fading(from_db(0)), 1.4645e-1, 1e-5);
  EXPECT_NEAR(fading(from_db(10)), 2.3269e-2, 1e-6);
  EXPECT_NEAR(fading(from_db(20)), 2.4814e-3, 1e-7);
}

TEST(ErrorRateOfHardChannels, IsTheirField) {
  for (const char* modem : {"bpsk", "qpsk"}) {
    const Link flips(modem, "bsc", R"({"flip": 0.03})"), ideal(modem, "ideal", "{}");
    const auto [sent, received] = flips.pass(1000, 1000, 1, 3);
    double errors = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) errors += (received.llr.values()[i] < 0) != (sent.values()[i] == 1);
    EXPECT_NEAR(errors, 3e4, 5 * std::sqrt(1e6 * 0.03 * 0.97)) << modem;
    const auto kept = ideal.pass(10, 1000, 1, 3);
    for (std::size_t i = 0; i < kept.sent.size(); ++i)
      ASSERT_NEAR(kept.received.llr.values()[i], kept.sent.values()[i] ? -38 : 38, 1e-4) << modem;
  }
}
}  // namespace
