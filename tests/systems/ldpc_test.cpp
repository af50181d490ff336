// The (49,24) array code against published and independently simulated figures.
#include <cmath>

#include "experiment.hpp"

namespace {

using namespace tandem::test;

const std::string awgn = R"("channel": "awgn")";

// Flooding belief propagation, 50 iterations, where the block error rate is 0.024.
double cliff(const std::string& channel, const std::string& snr) {
  const auto rows = experiment_text(R"({
    "source": {"random-bits": {"length": 24}},
    "link": {"code": {"array-ldpc": {"p": 7, "rows": 4}}, "decoder": {"bp": {"iterations": 50}}, "modem": "bpsk", )" + channel + R"(},
    "snr": {"es_n0_db": )" + snr + R"(}, "metrics": ["bler"], "stop": {"frames": 40000}})");
  return crossing(rows, "base", "bler.code", 0.024);
}

// 40,000 frames a point: the crossing itself is known to about 0.02 dB.
TEST(ArrayCode, BeliefPropagationFallsWherePublished) {
  EXPECT_NEAR(cliff(awgn, "[0, 0.5, 1]"), 0.66, 0.15);
  EXPECT_NEAR(cliff(R"("channel": {"rayleigh": {"mean_square": 2, "csi": "none", "llr": "exact"}})", "[1, 1.5, 2, 2.5]"), 1.72, 0.15);
  EXPECT_NEAR(cliff(R"("channel": {"rayleigh": {"mean_square": 2, "csi": "none", "llr": "linear"}})", "[1, 1.5, 2, 2.5]"), 1.88, 0.15);
  EXPECT_NEAR(cliff(R"("channel": {"rayleigh": {"mean_square": 2, "csi": "perfect"}})", "[0, 0.5, 1, 1.5]"), 0.80, 0.15);
}

// Halving the fading's mean square costs 3.01 dB, whatever the decoder.
TEST(ArrayCode, TheMeanSquareOfFadingIsPartOfTheChannel) {
  const double two = cliff(R"("channel": {"rayleigh": {"mean_square": 2}})", "[0, 0.5, 1, 1.5]");
  const double one = cliff(R"("channel": {"rayleigh": {"mean_square": 1}})", "[3, 3.5, 4, 4.5]");
  EXPECT_NEAR(one - two, 3.01, 0.08);
}

struct Reference {
  double eb_n0_db, block_error_rate, minus_log_ber, iterations;
};

// Independent simulations of 500 block errors a point (one standard error: 4.5 % of the block error rate, 0.06 of
// -ln BER); ours have 40,000 frames or more. Limits: 5 standard errors of both together.
void expect_rows(const std::string& decoder, const std::vector<Reference>& references) {
  for (const auto& reference : references) {
    const auto rows = experiment_text(R"({
      "source": {"random-bits": {"length": 24}},
      "link": {"code": {"array-ldpc": {"p": 7, "rows": 4}}, "decoder": )" + decoder + R"(, "modem": "bpsk", "channel": "awgn"},
      "snr": {"eb_n0_db": )" + std::to_string(reference.eb_n0_db) + R"(},
      "metrics": ["ber", "bler", "decoder"], "stop": {"frames": 1000000, "frame_errors": 500, "min_frames": 40000}})");
    const auto& metrics = rows.at(0).metrics;
    const auto& bler = metrics.at("bler.code");
    const double spread = std::sqrt(1 / bler.count + 1 / 500.0);
    EXPECT_NEAR(std::log(bler.value / reference.block_error_rate), 0, 5 * spread) << decoder << " " << reference.eb_n0_db;
    EXPECT_NEAR(-std::log(metrics.at("ber.code").value), reference.minus_log_ber, 5 * 1.3 * spread) << decoder << " " << reference.eb_n0_db;
    EXPECT_NEAR(metrics.at("decoder.iterations").value, reference.iterations, 0.04 * reference.iterations + 0.02) << decoder << " " << reference.eb_n0_db;
  }
}

TEST(ArrayCode, SumProductFlooding) {
  expect_rows(R"({"bp": {"iterations": 50}})", {{4, 1.49e-2, 6.12, 2.51}, {5, 1.24e-3, 8.59, 1.19}, {6, 4.76e-5, 11.88, 0.75}});
}
TEST(ArrayCode, SumProductFiveIterations) {
  expect_rows(R"({"bp": {"iterations": 5}})", {{4, 4.49e-2, 5.21, 1.59}, {5, 7.25e-3, 7.07, 1.08}, {6, 5.63e-4, 9.63, 0.75}});
}
TEST(ArrayCode, SumProductLayered) {
  expect_rows(R"({"bp": {"iterations": 50, "schedule": "layered"}})", {{4, 1.15e-2, 6.34, 1.86}});
}
TEST(ArrayCode, NormalisedMinSum) {
  expect_rows(R"({"min-sum": {"normalize": 0.75}})", {{4, 1.61e-2, 6.04, 2.55}, {5, 1.18e-3, 8.71, 1.16}, {6, 4.20e-5, 12.09, 0.75}});
}
TEST(ArrayCode, OffsetMinSum) {
  expect_rows(R"({"min-sum": {"normalize": 1, "offset": 0.3}})", {{4, 1.47e-2, 6.10, 2.63}, {5, 1.37e-3, 8.51, 1.21}});
}
TEST(ArrayCode, PlainMinSum) {
  expect_rows(R"({"min-sum": {"normalize": 1}})", {{4, 2.14e-2, 5.68, 3.21}, {5, 2.01e-3, 8.12, 1.29}});
}

// The normal approximation for (49,24) over AWGN: block error rates 0.1, 0.024 and 0.001 at these Es/N0. A decoder that
// beats it by 0.3 dB has the wrong SNR.
TEST(ArrayCode, NoDecoderBeatsTheNormalApproximation) {
  const auto rows = experiment("ldpc-49-24.json", {"snr.es_n0_db=[-2.1, -1.2, 0.02]", "stop={\"frames\": 20000}"});
  const std::map<double, double> least = {{-2.1, 0.1}, {-1.2, 0.024}, {0.02, 0.001}};
  for (const auto& row : rows) EXPECT_GT(row.metrics.at("bler.code").high, least.at(row.point.at("es_n0_db"))) << row.arm;
}

}  // namespace
