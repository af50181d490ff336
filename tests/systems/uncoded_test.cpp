// Whole runs against closed forms: the SNR convention, the energy and the counting are all in them.
#include <cmath>

#include "experiment.hpp"

namespace {

using namespace tandem::test;

// The closed form lies within 5 standard errors; bits of an uncoded frame fail independently.
void expect_rate(const Measured& row, double expected) {
  const auto& ber = row.metrics.at("ber.code");
  EXPECT_NEAR(ber.value, expected, 5 * std::sqrt(expected * (1 - expected) / ber.of)) << row.es_n0_db << " dB";
  EXPECT_GE(ber.of, 1e6);
}

TEST(Uncoded, BpskOverAwgn) {
  const auto rows = experiment("bpsk-awgn.json", {"stop.frames=2000"});
  ASSERT_GE(rows.size(), 6u);
  for (const auto& row : rows) expect_rate(row, q_function(std::sqrt(2 * std::pow(10, row.es_n0_db / 10))));
}

TEST(Uncoded, QpskOverAwgn) {
  const auto rows = experiment("bpsk-awgn.json", {"stop.frames=2000", "link.modem=qpsk"});
  ASSERT_GE(rows.size(), 6u);
  for (const auto& row : rows) expect_rate(row, q_function(std::sqrt(std::pow(10, row.es_n0_db / 10))));
}

TEST(Uncoded, BpskOverRayleighFading) {
  const auto rows = experiment("bpsk-rayleigh.json", {"stop.frames=2000"});
  ASSERT_GE(rows.size(), 6u);
  for (const auto& row : rows) {
    const double g = std::pow(10, row.es_n0_db / 10);
    expect_rate(row, 0.5 * (1 - std::sqrt(g / (1 + g))));
  }
}

TEST(Uncoded, EbN0CountsBitsAUse) {
  const auto rows = experiment("bpsk-awgn.json", {"stop.frames=100", "link.modem=qpsk", "snr={\"eb_n0_db\": [0, 6]}"});
  EXPECT_NEAR(rows.at(0).es_n0_db, 10 * std::log10(2.0), 1e-12);
  EXPECT_NEAR(rows.at(1).es_n0_db, 6 + 10 * std::log10(2.0), 1e-12);
}

TEST(UnifiedSnr, TwiceTheUsesCostThreeDecibelsAndAddingGivesThemBack) {
  const auto rows = experiment_text(R"({
    "source": {"random-bits": {"length": 1000}},
    "link": {"code": {"uncoded": {"k": 1}}, "modem": "bpsk", "channel": "awgn"},
    "arms": {"once": {}, "twice": {"link.code": {"repetition": {"n": 2}}}},
    "snr": {"unified_snr_db": [0, 1, 2, 3, 4, 5, 6], "reference": "once"},
    "metrics": ["ber"], "stop": {"frames": 1000}})");
  ASSERT_EQ(rows.size(), 14u);
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_DOUBLE_EQ(rows[i].es_n0_db, static_cast<double>(i));
    EXPECT_NEAR(rows[i].es_n0_db - rows[i + 7].es_n0_db, 3.0102999566398120, 1e-12);
    // 0.05 dB either way of the unrepeated curve, and the statistics of a million bits.
    const auto at = [&](double db) { return q_function(std::sqrt(2 * std::pow(10, (rows[i].es_n0_db + db) / 10))); };
    const auto& ber = rows[i + 7].metrics.at("ber.info");
    const double spread = 5 * std::sqrt(at(0) / ber.of);
    EXPECT_GT(ber.value, at(0.05) - spread);
    EXPECT_LT(ber.value, at(-0.05) + spread);
  }
}

}  // namespace
