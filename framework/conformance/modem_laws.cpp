#include <cmath>
#include <tandem/modem.hpp>

#include "calibration.hpp"
#include "exercise.hpp"

namespace tandem::conformance {
namespace {

constexpr std::size_t rows = 200, uses = 240;

const DigitalModem& digital(Bench& bench) {
  const auto* modem = dynamic_cast<const DigitalModem*>(&bench.plugin<Modem>());
  if (!modem) throw Inapplicable("the modem carries real values");
  return *modem;
}
const AnalogModem& analog(Bench& bench) {
  const auto* modem = dynamic_cast<const AnalogModem*>(&bench.plugin<Modem>());
  if (!modem) throw Inapplicable("the modem carries bits");
  return *modem;
}

struct Sent {
  Bits bits;
  Symbols x;
};
Sent send(Bench& bench) {
  Sent sent{random_bits(bench, "bits", rows, uses * digital(bench).bits_per_use()), {}};
  sent.x = digital(bench).modulate(sent.bits);
  return sent;
}

// Over AWGN, or with a known gain a use.
Observation observe(Bench& bench, const Symbols& x, float n0, bool fading) {
  Observation out{.y = x, .h = {}, .csi = {}, .n0 = n0};
  auto noise = x.values;
  bench.noise("channel").normals(noise);
  const auto dimensions = static_cast<std::size_t>(x.dimensions_per_use);
  if (fading) {
    for (std::size_t row = 0; row < x.values.rows(); ++row) out.h.append(x.values.row_length(row) / dimensions);
    bench.noise("fading").normals(out.h);
    for (float& h : out.h.values()) h = std::abs(h);
    out.csi = out.h;
  }
  for (std::size_t i = 0; i < noise.size(); ++i)
    out.y.values.values()[i] = (fading ? out.h.values()[i / dimensions] : 1.0f) * x.values.values()[i] + std::sqrt(n0 / 2) * noise.values()[i];
  return out;
}

// The law of AWGN, written down: a modem must do the same with it as without. Under noise of another density than the
// observation says, LLRs are others: a modem that does not ask the law shows.
class GaussianLaw final : public tandem::Law {
 public:
  explicit GaussianLaw(double density = 1) : density_(density) {}
  void log_likelihood(const Observation& observation, std::span<const float> point, Ragged<float>& out) const override {
    out.clear();
    for (std::size_t row = 0; row < observation.y.values.rows(); ++row) {
      const auto y = observation.y.values[row];
      const auto to = out.append(y.size() / point.size());
      for (std::size_t use = 0; use < to.size(); ++use) {
        double distance = 0;
        for (std::size_t d = 0; d < point.size(); ++d) {
          const double difference = static_cast<double>(y[use * point.size() + d]) - static_cast<double>(point[d]);
          distance += difference * difference;
        }
        to[use] = static_cast<float>(-distance / (density_ * static_cast<double>(observation.n0)));
      }
    }
  }

 private:
  double density_;
};

void shape(Bench& bench) {
  const auto& modem = bench.plugin<Modem>();
  require(modem.dimensions_per_use() == 1 || modem.dimensions_per_use() == 2, "a use has {} dimensions", modem.dimensions_per_use());
  if (const auto* carrier = dynamic_cast<const AnalogModem*>(&modem)) {
    const Features features = batch_of(bench, bench.world(), Port::features, 8).reals;
    const Symbols x = carrier->modulate(features);
    require(x.dimensions_per_use == modem.dimensions_per_use(), "a use has {} dimensions, but symbols of {} come out", modem.dimensions_per_use(), x.dimensions_per_use);
    for (std::size_t row = 0; row < x.values.rows(); ++row)
      require(x.values.row_length(row) % static_cast<std::size_t>(x.dimensions_per_use) == 0, "row {} ends within a use", row);
    return;
  }
  require(digital(bench).bits_per_use() >= 1, "a use carries no bit");
  const Sent sent = send(bench);
  require(sent.x.dimensions_per_use == modem.dimensions_per_use(), "a use has {} dimensions, but symbols of {} come out", modem.dimensions_per_use(), sent.x.dimensions_per_use);
  require(sent.x.values.rows() == rows && sent.x.values.size() == rows * uses * static_cast<std::size_t>(modem.dimensions_per_use()), "{} values come out for {} uses", sent.x.values.size(), rows * uses);
}

void energy(Bench& bench) {
  Symbols x;
  if (const auto* carrier = dynamic_cast<const AnalogModem*>(&bench.plugin<Modem>()))
    x = carrier->modulate(batch_of(bench, bench.world(), Port::features, 64).reals);
  else
    x = send(bench).x;
  double sum = 0, squares = 0;
  const auto dimensions = static_cast<std::size_t>(x.dimensions_per_use);
  const std::size_t count = x.values.size() / dimensions;
  for (std::size_t use = 0; use < count; ++use) {
    double e = 0;
    for (std::size_t d = 0; d < dimensions; ++d) e += static_cast<double>(x.values.values()[use * dimensions + d]) * static_cast<double>(x.values.values()[use * dimensions + d]);
    sum += e;
    squares += e * e;
  }
  const double mean = sum / static_cast<double>(count), spread = std::sqrt(std::max(0.0, squares / static_cast<double>(count) - mean * mean) / static_cast<double>(count));
  require(std::abs(mean - 1) <= sigmas * spread + 1e-3, "a symbol has energy {:.5g} on average, not 1: its SNR would be another", mean);
}

void inverts(Bench& bench) {
  if (dynamic_cast<const AnalogModem*>(&bench.plugin<Modem>())) {
    const Features features = batch_of(bench, bench.world(), Port::features, 16).reals;
    const Symbols x = analog(bench).modulate(features);
    const Features back = analog(bench).demodulate({.y = x, .h = {}, .csi = {}, .n0 = 1e-9f});
    require(back.rows() == features.rows(), "{} rows come back for {}", back.rows(), features.rows());
    for (std::size_t row = 0; row < back.rows(); ++row) {  // up to one gain a row: the receiver does not know how power was normalised
      double cross = 0, a = 0, b = 0;
      require(back.row_length(row) >= features.row_length(row), "row {} comes back with {} values for {}", row, back.row_length(row), features.row_length(row));
      for (std::size_t i = 0; i < features.row_length(row); ++i) {
        const double sent = static_cast<double>(features[row][i]), got = static_cast<double>(std::as_const(back)[row][i]);
        cross += sent * got, a += sent * sent, b += got * got;
      }
      require(cross * cross >= (1 - 1e-5) * a * b && cross >= 0, "row {} without noise comes back as other values, not only at another gain", row);
    }
    return;
  }
  const Sent sent = send(bench);
  const Reception back = digital(bench).demodulate(observe(bench, sent.x, 1e-6f, false), nullptr);
  require(back.llr.rows() == rows && back.llr.size() == sent.bits.size(), "{} LLRs come for {} bits", back.llr.size(), sent.bits.size());
  require(back.y.rows() == rows && back.y.size() == sent.bits.size(), "{} matched-filter outputs come for {} bits", back.y.size(), sent.bits.size());
  for (std::size_t i = 0; i < sent.bits.size(); ++i)
    require((back.llr.values()[i] < 0) == (sent.bits.values()[i] == 1), "bit {} is {}, but its LLR without noise is {}", i, sent.bits.values()[i], back.llr.values()[i]);
}

void calibrated(Bench& bench) {
  const Sent sent = send(bench);
  for (const float n0 : {0.25f, 1.0f, 4.0f}) require_calibrated(digital(bench).demodulate(observe(bench, sent.x, n0, false), nullptr).llr, sent.bits);
}

void fading(Bench& bench) {
  if (dynamic_cast<const AnalogModem*>(&bench.plugin<Modem>())) {
    const Symbols x = analog(bench).modulate(batch_of(bench, bench.world(), Port::features, 16).reals);
    const Features back = analog(bench).demodulate(observe(bench, x, 0.1f, true));
    for (const float value : back.values()) require(std::isfinite(value), "a value of {} comes out of a fading channel", value);
    return;
  }
  const Sent sent = send(bench);
  for (const float n0 : {0.25f, 1.0f}) require_calibrated(digital(bench).demodulate(observe(bench, sent.x, n0, true), nullptr).llr, sent.bits);
}

void law(Bench& bench) {
  const Sent sent = send(bench);
  const Observation observation = observe(bench, sent.x, 0.5f, false);
  const Ragged<float> own = digital(bench).demodulate(observation, nullptr).llr;
  const auto require_by = [&](const GaussianLaw& law, const char* what, auto wanted) {
    const Ragged<float> by = digital(bench).demodulate(observation, &law).llr;
    require(by.size() == own.size(), "with a law there are {} LLRs, without {}", by.size(), own.size());
    for (std::size_t i = 0; i < own.size(); ++i)
      require(std::abs(by.values()[i] - wanted(own.values()[i])) <= 1e-3f + 1e-3f * std::abs(own.values()[i]), "by the law of {} an LLR is {}, not {}", what, by.values()[i], wanted(own.values()[i]));
  };
  require_by(GaussianLaw(), "the same Gaussian noise", [](float llr) { return llr; });
  if (digital(bench).bits_per_use() > static_cast<std::size_t>(digital(bench).dimensions_per_use())) return;  // LLRs of denser constellations do not scale
  require_by(GaussianLaw(2), "Gaussian noise of twice the density", [](float llr) { return llr / 2; });
}

// Reception::y at unit amplitude, a value a bit: what decoders that take y count on.
void matched(Bench& bench) {
  const Sent sent = send(bench);
  if (digital(bench).bits_per_use() > static_cast<std::size_t>(digital(bench).dimensions_per_use())) throw Inapplicable("more bits than dimensions have no amplitude each");
  for (const bool law : {false, true}) {
    const GaussianLaw gaussian;
    const Reception back = digital(bench).demodulate({.y = sent.x, .h = {}, .csi = {}, .n0 = 0.5f}, law ? &gaussian : nullptr);
    require(back.y.size() == sent.bits.size(), "{} matched-filter outputs come for {} bits", back.y.size(), sent.bits.size());
    for (std::size_t i = 0; i < sent.bits.size(); ++i) {
      const float wanted = sent.bits.values()[i] ? -1.0f : 1.0f;
      require(std::abs(back.y.values()[i] - wanted) <= 1e-4f, "without noise bit {} gives the matched-filter output {}, not {}", sent.bits.values()[i], back.y.values()[i], wanted);
    }
  }
}

}  // namespace

const std::vector<Law> modem_laws = {
    {"modem.shape", "symbols have the dimensions it says, and rows are whole uses", shape},
    {"modem.energy", "the average energy of a symbol is 1", energy},
    {"modem.inverts", "without noise what was sent comes back", inverts},
    {"modem.calibrated", "LLRs over AWGN are the true log-ratios", calibrated},
    {"modem.fading", "with known gains they are so too", fading},
    {"modem.matched", "without noise the matched filter gives +1 for bit 0, -1 for bit 1", matched},
    {"modem.law", "a channel's law is asked where there is one", law},
};

}  // namespace tandem::conformance
