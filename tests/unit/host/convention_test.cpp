// Each convention's noise, as its authors' code has it, against the noise that our channel makes at the Es/N0 of the label.
#include <cmath>
#include <functional>
#include <tandem/channel.hpp>
#include <tandem/modem.hpp>

#include "host/convention.hpp"
#include "host/link.hpp"
#include "support/support.hpp"

namespace {
using namespace tandem;
using test::make;

// Variance of the noise in each real value over the mean square of the values.
using NoiseToPower = std::function<double(double snr)>;

struct Case {
  const char* name;
  NoiseToPower published;
};

// Sigma 1/sqrt(2 snr) beside values of mean square 1; SparseSBC: sqrt(1/snr/2) beside mean square 1/2.
const NoiseToPower half = [](double snr) { return 1 / (2 * snr); }, whole = [](double snr) { return (1 / snr / 2) / 0.5; };
const Case analog_cases[] = {{"deepsc", half}, {"ut", half}, {"deepjscc-pytorch", half}, {"sparse-sbc", whole}, {"bpsk-es-n0", half}};

double es_n0_db(const std::string& name, double label, int dimensions, double bits_per_use) {
  return label + host::decibels(*host::es_n0_over_label(*host::find_convention(name), dimensions, bits_per_use));
}

TEST(Convention, NoiseBesideRealValuesIsThatOfTheAuthors) {
  constexpr std::size_t frames = 100, length = 2000;
  Features features(frames, length);
  Noise(5, "values", 0).normals(features);
  for (const auto& c : analog_cases)
    for (const bool complex : {false, true})
      for (const double label : {-6.0, 0.0, 6.0}) {
        const auto owner = make<Modem>("analog", complex ? R"({"complex": true})" : "{}");
        const auto sent = dynamic_cast<const AnalogModem&>(*owner).modulate(features);
        const float n0 = host::noise_density(es_n0_db(c.name, label, sent.dimensions_per_use, 0));
        const auto seen = make<Channel>("awgn")->transmit(sent, n0, Noise(6, "channel", 0));
        double noise = 0, power = 0;
        for (std::size_t i = 0; i < sent.values.size(); ++i) {
          const auto x = static_cast<double>(sent.values.values()[i]), z = static_cast<double>(seen.y.values.values()[i]) - x;
          noise += z * z, power += x * x;
        }
        const double expected = c.published(std::pow(10, label / 10));
        // A sum of n squares of normals has the relative standard deviation sqrt(2 / n).
        EXPECT_NEAR(noise / power / expected, 1, 5 * std::sqrt(2.0 / (frames * length))) << c.name << ' ' << complex << ' ' << label;
      }
}

TEST(Convention, LabelsOfInformationBitsCountTheRate) {
  // ECCT: sigma = 1/sqrt(2 R 10^(label/10)) beside +-1.
  for (const double rate : {24.0 / 49, 0.5, 1.0}) {
    const double n0 = std::pow(10, -es_n0_db("information-eb-n0", 3, 1, rate) / 10);
    EXPECT_NEAR(n0 / 2, 1 / (2 * rate * std::pow(10, 0.3)), 1e-12);
  }
  EXPECT_FALSE(host::es_n0_over_label(*host::find_convention("information-eb-n0"), 1, 0));
}

TEST(Convention, OthersAreNone) {
  EXPECT_EQ(host::find_convention("deepjscc"), nullptr);
  EXPECT_EQ(host::find_convention(""), nullptr);
  EXPECT_EQ(host::convention_names().size(), 6u);
}

}  // namespace
