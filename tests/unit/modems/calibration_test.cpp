#include <array>

#include "link.hpp"

namespace {
using tandem::test::from_db, tandem::test::Link;

struct Case {
  const char *modem, *channel, *fields;
};
const Case cases[] = {{"bpsk", "awgn", "{}"},
                      {"qpsk", "awgn", "{}"},
                      {"bpsk", "rayleigh", "{}"},
                      {"qpsk", "rayleigh", R"({"mean_square": 2})"},
                      {"bpsk", "rayleigh", R"({"csi": "none"})"},
                      {"bpsk", "rayleigh", R"({"csi": "none", "mean_square": 2})"},
                      {"qpsk", "rayleigh", R"({"csi": "none"})"},
                      {"bpsk", "bsc", R"({"flip": 0.08})"},
                      {"qpsk", "bsc", R"({"flip": 0.08})"},
                      {"qpsk", "bec", R"({"erase": 0.4})"}};

class Calibration : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Links, Calibration, testing::ValuesIn(cases), [](const auto& info) {
  return std::string(info.param.modem) + "_" + info.param.channel + "_" + std::to_string(info.index);
});

// Among bits whose LLR is L, the share 1 / (1 + exp(|L|)) is decided wrongly.
TEST_P(Calibration, LlrsSayHowOftenTheyAreWrong) {
  const Link link(GetParam().modem, GetParam().channel, GetParam().fields);
  for (const double es_n0_db : {-3.0, 1.0, 4.0}) {
    const auto [sent, received] = link.pass(1000, 1000, 1 / from_db(es_n0_db), 21);
    struct Bin {
      double count = 0, errors = 0, expected = 0, variance = 0;
    };
    std::array<Bin, 24> bins;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const double llr = static_cast<double>(received.llr.values()[i]), size = std::abs(llr);
      auto& bin = bins[std::min<std::size_t>(static_cast<std::size_t>(size * 2), bins.size() - 1)];
      const double p = 1 / (1 + std::exp(size));
      bin.count += 1;
      bin.errors += llr == 0 ? 0.5 : (llr < 0) != (sent.values()[i] == 1);
      bin.expected += p;
      bin.variance += llr == 0 ? 0 : p * (1 - p);
    }
    for (std::size_t b = 0; b < bins.size(); ++b) {
      if (bins[b].expected < 30 && bins[b].errors < 30) continue;  // too few for a normal limit
      EXPECT_NEAR(bins[b].errors, bins[b].expected, 5 * std::sqrt(bins[b].variance) + 1e-6)
          << "LLRs from " << static_cast<double>(b) / 2 << " at " << es_n0_db << " dB, " << bins[b].count << " bits";
    }
  }
}
}  // namespace
