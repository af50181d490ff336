// Real values through digital links, and what they are charged.
#include <cmath>
#include <fstream>
#include <sstream>

#include "experiment.hpp"

namespace {

using namespace tandem::test;

double ledger(const std::vector<Measured>& rows, const std::string& arm, const std::string& key) {
  for (const auto& row : rows)
    if (row.arm == arm) return row.ledger.at(key);
  ADD_FAILURE() << "there is no arm " << arm;
  return 0;
}

// Frames of 7 bytes are 8 values of 16 bits, and 6 blocks of 24: 16 bits of padding, which look like one more value.
const std::string seven_bytes = R"({
  "source": {"file": {"path": "corpus:sample", "chunk": 7}},
  "link": {"codec": "amplitudes", "values": {"float-bits": {"format": "f16"}}, "code": {"array-ldpc": {"p": 7, "rows": 4}}, "modem": "MODEM", "channel": "awgn"},
  "arms": {"coded": {}, "short": {"link.code": {"uncoded": {"k": 24}}}, "none": {"link.code": null}},
  "snr": {"es_n0_db": [SNR]}, "metrics": ["frame", "ber", "bler"], "stop": {"frames": 300}})";

std::string with(std::string text, const std::string& modem, const std::string& snr) {
  text.replace(text.find("MODEM"), 5, modem);
  return text.replace(text.find("SNR"), 3, snr);
}

TEST(FeaturesAsBits, ComeBackWholeBehindACodeThatPads) {
  for (const char* modem : {"bpsk", "qpsk"}) {
    const auto rows = experiment_text(with(seven_bytes, modem, "30"));
    ASSERT_EQ(rows.size(), 3u);
    const double dimensions = modem == std::string("qpsk") ? 2 : 1;
    for (const auto& row : rows) {
      EXPECT_EQ(row.metrics.at("frame.errors").value, 0) << row.arm;
      EXPECT_EQ(row.metrics.at("ber.info").of, 300 * 128) << row.arm;
      EXPECT_EQ(row.ledger.at("coded_bits"), 300 * 128) << row.arm;
      const double sent = row.arm == "coded" ? 6 * 49 : row.arm == "short" ? 6 * 24 : 128;
      EXPECT_EQ(row.ledger.at("uses"), 300 * std::ceil(sent / dimensions)) << row.arm;
      // Elias gamma of the number of values plus 1, 9, or without a code of the uses plus 1, 129 or 65.
      EXPECT_EQ(row.ledger.at("genie_bits"), 300 * (row.arm == "none" ? (dimensions == 1 ? 15 : 13) : 7)) << row.arm;
    }
  }
}

// The noise of a frame's first 128 uses is the same with padding behind them as without: so are the values, and the items.
TEST(FeaturesAsBits, WrongPaddingChangesNoItem) {
  const auto rows = experiment_text(with(seven_bytes, "bpsk", "0, 3, 6"));
  int differ = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto &padded = rows.at(3 + i), &plain = rows.at(6 + i);
    EXPECT_EQ(padded.metrics.at("frame.errors").count, plain.metrics.at("frame.errors").count);
    EXPECT_EQ(padded.metrics.at("ber.info").count, plain.metrics.at("ber.info").count);
    EXPECT_GT(plain.metrics.at("ber.info").count, 0);
    differ += padded.metrics.at("ber.code").count > plain.metrics.at("ber.code").count;
  }
  EXPECT_GT(differ, 0) << "no padding was ever wrong";
}

TEST(FeaturesAsBits, SignsThroughOneBitAreThoseSent) {
  // Letters at the ends of the range are +-1: 1 bit and range 2 carry them without loss.
  const TemporaryFolder folder;
  const auto text = folder.path() / "ends.txt";
  std::ofstream(text) << "  ~~ ~~~   ~\n~~  ~ ~\n";
  const auto rows = experiment_text(R"({"source": {"text-lines": {"path": ")" + text.string() + R"("}},
    "link": {"codec": "amplitudes", "values": {"uniform-quantizer": {"bits": 1, "range": 2}}, "code": {"array-ldpc": {"p": 7, "rows": 4}}, "modem": "bpsk", "channel": "awgn"},
    "snr": {"es_n0_db": 20}, "metrics": ["frame"], "stop": {"frames": 20}})");
  EXPECT_EQ(rows.at(0).metrics.at("frame.errors").value, 0);
  EXPECT_EQ(rows.at(0).ledger.at("coded_bits"), 10 * (13 + 8));
}

// Chunks of the corpus are so many values with the pilot; the reference is random bits.
std::string charged(const std::string& snr) {
  std::string arms = R"("lm": {}, "huffman-293": {"source.length": 14357}, "huffman-300": {"source.length": 14700}, "ut-quant": {"source.length": 8730})";
  for (const auto& [name, values] : {std::pair("deepsc", 4848), std::pair("deepsc-315", 5040), std::pair("ut", 4656)})
    for (const int uses : {1, 32})
      arms += R"(, ")" + std::string(name) + "-" + std::to_string(uses) + R"(": {"source": {"file": {"path": "corpus:prime", "chunk": )" +
              std::to_string(values - 1) + R"(}}, "link": {"codec": "amplitudes", "modem": "analog", "channel": "awgn"}, "ledger.uses_a_value": )" +
              std::to_string(uses) + "}";
  return R"({"source": {"random-bits": {"length": 5341}}, "link": {"modem": "bpsk", "channel": "awgn"}, "arms": {)" + arms +
         R"(}, "snr": )" + snr + R"(, "metrics": ["frame"], "stop": {"frames": 1}})";
}

// The published shifts: 10 log10 of the ratio of uses, 32 binary uses a real value under the second ledger.
TEST(UnifiedSnr, ChargesRealValuesAsTheLedgerSays) {
  const auto rows = experiment_text(charged(R"({"unified_snr_db": 12, "reference": "lm", "over": 1})"));
  const std::map<std::string, double> published = {{"lm", 0},          {"huffman-293", 4.294},   {"huffman-300", 4.397}, {"ut-quant", 2.134},
                                                   {"deepsc-1", -0.421}, {"deepsc-32", 14.631},  {"deepsc-315-1", -0.252}, {"deepsc-315-32", 14.800},
                                                   {"ut-1", -0.596},   {"ut-32", 14.455}};
  ASSERT_EQ(rows.size(), published.size());
  std::map<std::string, double> at;
  for (const auto& row : rows) {
    EXPECT_NEAR(12 - row.es_n0_db, published.at(row.arm), 6e-4) << row.arm;
    at[row.arm] = row.es_n0_db;
  }
  for (const std::string arm : {"deepsc", "deepsc-315", "ut"}) EXPECT_NEAR(at[arm + "-1"] - at[arm + "-32"], 10 * std::log10(32.0), 1e-9);
  EXPECT_EQ(ledger(rows, "deepsc-1", "uses"), 4848);
  EXPECT_EQ(ledger(rows, "deepsc-32", "uses"), 4848 * 32);
  EXPECT_EQ(ledger(rows, "deepsc-32", "dimensions"), 4848 * 32);
  EXPECT_NEAR(ledger(rows, "deepsc-32", "energy"), 4848 * 32, 1);
  EXPECT_EQ(ledger(rows, "deepsc-1", "genie_bits"), ledger(rows, "deepsc-32", "genie_bits"));
  EXPECT_EQ(ledger(rows, "deepsc-1", "coded_bits"), 0);
}

// At one Es/N0 the charge changes nothing that is received.
TEST(Ledger, AChargeSendsNothingElse) {
  const auto rows = experiment_text(R"({"source": {"text-lines": {"path": "corpus:sample"}},
    "link": {"codec": "amplitudes", "modem": "analog", "channel": "awgn"}, "sweep": {"ledger.uses_a_value": [1, 32]},
    "snr": {"es_n0_db": 28}, "metrics": ["frame"], "stop": {"frames": 200}})");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_GT(rows[0].metrics.at("frame.errors").count, 0);
  EXPECT_EQ(rows[0].metrics.at("frame.errors").count, rows[1].metrics.at("frame.errors").count);
  EXPECT_EQ(32 * rows[0].ledger.at("uses"), rows[1].ledger.at("uses"));
  EXPECT_DOUBLE_EQ(32 * rows[0].ledger.at("energy"), rows[1].ledger.at("energy"));
}

// Half the amplitude is a quarter of the energy: at the same total energy there is 6.02 dB less noise, and what is
// received, divided by the gain, is the same.
TEST(UnifiedSnr, MeasuresTheEnergyOfRealValues) {
  const auto rows = experiment_text(R"({"source": {"text-lines": {"path": "corpus:sample"}},
    "link": {"codec": "amplitudes", "modem": {"analog": {"power": "fixed", "gain": 1}}, "channel": "awgn"},
    "arms": {"whole": {}, "half": {"link.modem.gain": 0.5}},
    "snr": {"unified_snr_db": 26, "over": 200}, "metrics": ["frame"], "stop": {"frames": 200}})");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_NEAR(rows[1].es_n0_db - rows[0].es_n0_db, 20 * std::log10(2.0), 1e-9);
  EXPECT_EQ(rows[0].metrics.at("frame.errors").count, rows[1].metrics.at("frame.errors").count);
  EXPECT_GT(rows[0].metrics.at("frame.errors").count, 0);
  // The reference has the label's Es/N0 by its own energy a use.
  EXPECT_NEAR(rows[0].es_n0_db + 10 * std::log10(rows[0].ledger.at("energy") / rows[0].ledger.at("uses")), 26, 1e-9);
}

std::string labelled(const std::string& convention, const std::string& labels, const std::string& more = "") {
  return R"({"source": {"random-bits": {"length": 1000}}, "link": {"modem": "bpsk", "channel": "awgn"},
    "arms": {"bpsk": {}, "qpsk": {"link.modem": "qpsk"})" + more + R"(},
    "snr": {"label_db": )" + labels + R"(, "convention": ")" + convention + R"("}, "metrics": ["ber"], "stop": {"frames": 1000}})";
}

// A wrong bit where a value of +-a is received beside noise of deviation sigma: Q(a / sigma).
void expect_rate(const Measured& row, double expected) {
  const auto& ber = row.metrics.at("ber.info");
  EXPECT_NEAR(ber.value, expected, 5 * std::sqrt(expected * (1 - expected) / ber.of)) << row.arm << ' ' << row.es_n0_db;
}

TEST(Conventions, BitErrorRatesAreThoseOfTheAuthorsNoise) {
  for (const std::string convention : {"bpsk-es-n0", "deepsc", "ut", "deepjscc-pytorch", "sparse-sbc", "information-eb-n0"})
    for (const auto& row : experiment_text(labelled(convention, "[-3, 0, 3]"))) {
      const double label = row.point.at("label_db"), snr = std::pow(10, label / 10), dimensions = row.arm == "qpsk" ? 2 : 1;
      const double shift = convention == "sparse-sbc" ? dimensions / 2 : dimensions;  // uncoded: a bit a dimension
      EXPECT_NEAR(row.es_n0_db, label + 10 * std::log10(shift), 1e-9) << convention;
      expect_rate(row, q_function(std::sqrt(convention == "sparse-sbc" ? snr : 2 * snr)));
    }
}

// The best a repetition of bits can do: all their energy in one, Q(sqrt(2 Eb/N0)).
TEST(Conventions, LabelsOfInformationBitsCountTheCode) {
  for (const auto& row : experiment_text(labelled("information-eb-n0", "[0, 3]", R"(, "three": {"link.code": {"repetition": {"n": 3}}})"))) {
    const double shift = row.arm == "three" ? 1.0 / 3 : row.arm == "qpsk" ? 2 : 1;
    EXPECT_NEAR(row.es_n0_db, row.point.at("label_db") + 10 * std::log10(shift), 1e-9);
    expect_rate(row, q_function(std::sqrt(2 * std::pow(10, row.point.at("label_db") / 10))));
  }
}

// The first row of the published logs: gains of mean square 2, hard decisions without them, 0.5 (1 - sqrt(g / (1 + g))).
TEST(Conventions, RayleighGainsOfMeanSquareTwo) {
  const std::map<double, double> published = {{-6, 0.2109}, {0, 0.0918}, {6, 0.0287}};
  for (const auto& row : experiment_text(R"({"source": {"random-bits": {"length": 1000}},
    "link": {"modem": "bpsk", "channel": {"rayleigh": {"csi": "none", "mean_square": 2}}},
    "snr": {"label_db": [-6, 0, 6], "convention": "bpsk-es-n0"}, "metrics": ["ber"], "stop": {"frames": 1000}})")) {
    const double g = 2 * std::pow(10, row.es_n0_db / 10), theory = 0.5 * (1 - std::sqrt(g / (1 + g)));
    EXPECT_NEAR(theory, published.at(row.point.at("label_db")), 6e-5);
    expect_rate(row, theory);
  }
}

}  // namespace
