#include <cmath>
#include <tandem/channel.hpp>
#include <tandem/modem.hpp>

#include "calibration.hpp"
#include "exercise.hpp"

namespace tandem::conformance {
namespace {

constexpr std::size_t frames = 200, length = 400;   // in uses

// A transmission of fair bits, and what the channel made of it.
struct Passed {
  Bits bits;
  Symbols x;
  Observation out;

  // y - h x, the noise of a channel that is linear.
  std::vector<double> noise() const {
    std::vector<double> noise(x.values.size());
    const auto dimensions = static_cast<std::size_t>(x.dimensions_per_use);
    for (std::size_t i = 0; i < noise.size(); ++i) {
      const double h = out.h.empty() ? 1 : static_cast<double>(out.h.values()[i / dimensions]);
      noise[i] = static_cast<double>(out.y.values.values()[i]) - h * static_cast<double>(x.values.values()[i]);
    }
    return noise;
  }
};

Passed pass(Bench& bench, float n0, bool turned = false) {
  const auto& channel = bench.plugin<Channel>();
  const auto& modem = bench.beside<DigitalModem>("modem");
  Passed passed;
  passed.bits = random_bits(bench, "bits", frames, length * modem.bits_per_use());
  passed.x = modem.modulate(passed.bits);
  if (turned)
    for (float& value : passed.x.values.values()) value = -value;
  passed.out = channel.transmit(passed.x, n0, bench.noise("channel"));
  require(passed.out.y.values.size() == passed.x.values.size(), "{} values come out for {}", passed.out.y.values.size(), passed.x.values.size());
  return passed;
}

void require_linear(Bench& bench) {
  if (!bench.plugin<Channel>().linear()) throw Inapplicable("the channel does not say that it is linear");
}
void require_snr(Bench& bench) {
  if (!bench.plugin<Channel>().has_snr()) throw Inapplicable("the channel takes no SNR");
}

void lengths(Bench& bench) {
  const auto& channel = bench.plugin<Channel>();
  const auto& modem = bench.beside<DigitalModem>("modem");
  Bits bits;
  for (const std::size_t uses : {0u, 1u, 5u, 1000u, 3u}) bits.append(uses * modem.bits_per_use());
  bench.noise("bits").bits(bits);
  const Symbols x = modem.modulate(bits);
  const Observation out = channel.transmit(x, 0.5f, bench.noise("channel"));
  require(out.y.dimensions_per_use == x.dimensions_per_use, "a use has {} dimensions, but came with {}", out.y.dimensions_per_use, x.dimensions_per_use);
  require(out.y.values.rows() == x.values.rows(), "{} rows come out for {}", out.y.values.rows(), x.values.rows());
  const auto dimensions = static_cast<std::size_t>(x.dimensions_per_use);
  for (std::size_t row = 0; row < x.values.rows(); ++row) {
    require(out.y.values.row_length(row) == x.values.row_length(row), "row {} comes out with {} values for {}", row, out.y.values.row_length(row), x.values.row_length(row));
    for (const auto* gains : {&out.h, &out.csi})
      require(gains->empty() || (gains->rows() == x.values.rows() && gains->row_length(row) * dimensions == x.values.row_length(row)),
              "{} of row {} does not hold a gain a use", gains == &out.h ? "h" : "csi", row);
  }
  require(!channel.has_snr() || out.n0 == 0.5f, "n0 comes out as {} for 0.5", out.n0);
}

void finite(Bench& bench) {
  for (const float n0 : {1e-9f, 1.0f, 1e6f}) {
    const Passed passed = pass(bench, n0);
    for (const auto* values : {&passed.out.y.values, &passed.out.h, &passed.out.csi})
      for (const float value : values->values()) require(std::isfinite(value), "{} comes out at N0 = {}", value, n0);
  }
}

// A frame's mean square is one sample: whatever the distribution, and however bursty, their spread tells how far the mean may be.
void variance(Bench& bench) {
  require_snr(bench);
  require_linear(bench);
  for (const float n0 : {0.1f, 1.0f, 4.0f}) {
    const auto noise = pass(bench, n0).noise();
    const std::size_t row = noise.size() / frames;
    double sum = 0, squares = 0;
    for (std::size_t frame = 0; frame < frames; ++frame) {
      double power = 0;
      for (std::size_t i = 0; i < row; ++i) power += noise[frame * row + i] * noise[frame * row + i];
      power /= static_cast<double>(row);
      sum += power;
      squares += power * power;
    }
    const double mean = sum / frames, spread = std::sqrt(std::max(0.0, squares / frames - mean * mean) / (frames - 1));
    const double wanted = static_cast<double>(n0) / 2;
    // Gaussian noise itself spreads by sqrt(2 / count): a distribution that hardly spreads must still be near.
    const double tolerance = sigmas * std::max(spread, wanted * std::sqrt(2.0 / static_cast<double>(noise.size())));
    require(std::abs(mean - wanted) <= tolerance, "the noise has variance {:.5g} a dimension, N0/2 is {:.5g} (within {:.2g})", mean, wanted, tolerance);
  }
}

// Products of pairs of samples have mean zero: neighbours in a row, the same place of neighbouring rows, noise and signal.
void white(Bench& bench) {
  require_snr(bench);
  require_linear(bench);
  const Passed passed = pass(bench, 0.5f);
  const auto noise = passed.noise();
  const std::size_t row = noise.size() / frames;
  const auto uncorrelated = [&](const char* what, auto first, auto second, std::size_t count) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double product = first(i) * second(i);
      sum += product;
      squares += product * product;
    }
    require(squares == 0 || std::abs(sum) <= sigmas * std::sqrt(squares), "{} are correlated: {:.1f} standard deviations", what, std::abs(sum) / std::sqrt(squares));
  };
  const auto at = [&](std::size_t shift) { return [&noise, shift](std::size_t i) { return noise[i + shift]; }; };
  for (std::size_t lag = 1; lag <= 4; ++lag) uncorrelated(fmt::format("noise samples {} apart", lag).c_str(), at(0), at(lag), noise.size() - lag);
  for (const std::size_t rows : {1u, 2u, 16u}) uncorrelated("the noise of two frames", at(0), at(rows * row), noise.size() - rows * row);
  uncorrelated("noise and signal", at(0), [&](std::size_t i) { return static_cast<double>(passed.x.values.values()[i]); }, noise.size());
}

void linear(Bench& bench) {
  require_linear(bench);
  const auto plus = pass(bench, 0.5f), minus = pass(bench, 0.5f, true);
  require(plus.out.h == minus.out.h && plus.out.csi == minus.out.csi, "the gains depend on what is sent");
  const auto a = plus.noise(), b = minus.noise();
  for (std::size_t i = 0; i < a.size(); ++i)
    require(std::abs(a[i] - b[i]) <= 1e-4 * (1 + std::abs(a[i])), "the noise y - h x depends on what is sent: {} and {}", a[i], b[i]);
}

void fresh(Bench& bench) {
  const auto& channel = bench.plugin<Channel>();
  const Passed passed = pass(bench, 0.5f);
  const auto first = channel.transmit(passed.x, 0.5f, bench.noise("channel")), other = channel.transmit(passed.x, 0.5f, bench.noise("channel", 1000));
  if (!channel.has_snr() && first.y.values == other.y.values) throw Inapplicable("the channel takes no SNR, and nothing of it is random");
  require(first.y.values != other.y.values, "other frames meet the same noise: it does not come from the Noise of the call");
  require(first.y.values == passed.out.y.values, "the same frames meet other noise");
}

void calibrated(Bench& bench) {
  const auto* law = dynamic_cast<const tandem::Law*>(&bench.plugin<Channel>());
  if (law && !law->applies()) law = nullptr;
  const auto& modem = bench.beside<DigitalModem>("modem");
  for (const float n0 : {0.25f, 1.0f}) {
    const Passed passed = pass(bench, n0);
    if (!law && passed.out.csi.empty() && !passed.out.h.empty()) throw Inapplicable("the gains are unknown to the receiver, and the channel gives no law");
    if (!law && !bench.plugin<Channel>().has_snr()) throw Inapplicable("the channel has neither an SNR nor a law");
    if (!law && !gaussian(passed.noise(), n0)) throw Inapplicable("the noise is not Gaussian, and the channel gives no law: what the modem takes it for is not its doing");
    require_calibrated(modem.demodulate(passed.out, law).llr, passed.bits);
  }
}

}  // namespace

const std::vector<Law> channel_laws = {
    {"channel.lengths", "rows keep their lengths, whatever these are; h and csi hold a gain a use, or nothing", lengths},
    {"channel.finite", "every value is finite, at any SNR", finite},
    {"channel.variance", "y - h x has variance N0/2 a dimension", variance},
    {"channel.white", "noise samples are uncorrelated with each other, with those of other frames, and with the signal", white},
    {"channel.linear", "gains and noise of a linear channel do not depend on what is sent", linear},
    {"channel.fresh", "the noise is that of the frame: the same again for it, another for others", fresh},
    {"channel.calibrated", "LLRs by the channel's law, or its csi and N0, are the true log-ratios", calibrated},
};

}  // namespace tandem::conformance
