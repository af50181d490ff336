// A gain a use, known to the receiver, and Gaussian noise.
#include <atomic>
#include <cmath>
#include <tandem/channel.hpp>
#include <tandem/uses.hpp>

#include "fault.hpp"

namespace {
using namespace tandem;

std::atomic<std::uint64_t> transmissions = 0;

class BrokenChannel final : public Channel, public Law {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "shape", "lost-row", "two-dimensions", "gains-of-values", "another-density", "not-a-number", "overflow", "twice-the-variance", "five-percent-more",
                       "heavy-tails", "coloured", "same-in-every-frame", "follows-the-signal", "gain-of-the-signal", "turns-with-the-signal", "own-noise", "ever-new", "csi-lies",
                       "law-lies", "seldom"});
    f.example("{}");
  }
  Exactness exactness() const override { return Exactness::portable; }

  Observation transmit(const Symbols& x, float n0, const Noise& given) const override {
    const Noise noise = is("own-noise") ? Noise(1, "own", 0) : is("ever-new") ? Noise(++transmissions, "own", 0) : given;
    Observation out{.y = x, .h = one_a_use(x), .csi = {}, .n0 = n0};
    Ragged<float> normals = x.values;
    noise.normals(normals);
    noise.stream(1).uniforms(out.h);
    for (float& h : out.h.values()) h += 0.5f;
    const auto dimensions = static_cast<std::size_t>(x.dimensions_per_use);
    if (is("gain-of-the-signal"))
      for (std::size_t use = 0; use < out.h.size(); ++use) out.h.values()[use] += x.values.values()[use * dimensions] > 0 ? 0.1f : 0.0f;
    for (std::size_t row = 0; row < x.values.rows(); ++row) {
      const auto sent = x.values[row];
      const auto samples = std::as_const(normals)[is("same-in-every-frame") ? 0 : row];
      for (std::size_t i = 0; i < sent.size(); ++i)
        out.y.values[row][i] = out.h[row][i / dimensions] * sent[i] + std::sqrt(n0 / 2) * disturbance(samples, i % samples.size(), sent[i]);
    }
    out.csi = out.h;
    if (is("csi-lies")) std::ranges::fill(out.csi.values(), 1.0f);
    float chance = 0;
    noise.stream(2).uniforms(0, {&chance, 1});
    if (is("seldom") && chance > 0.95f && out.y.values.size()) out.y.values.values()[0] = std::nanf("");
    return damaged(std::move(out));
  }

  bool applies() const override { return is("law-lies"); }
  void log_likelihood(const Observation& observation, std::span<const float> point, Ragged<float>& out) const override {
    sum_over_dimensions(observation.y, point, out, [&](float y, float x) { return (y - x) * (y - x) / observation.n0; });  // its sign is missing
  }

 private:
  bool is(const char* fault) const { return fault_.is(fault); }

  // Noise of variance 1 if nothing is wrong.
  float disturbance(std::span<const float> samples, std::size_t i, float sent) const {
    const float sample = samples[i];
    if (is("twice-the-variance")) return std::sqrt(2.0f) * sample;
    if (is("five-percent-more")) return std::sqrt(1.05f) * sample;
    if (is("heavy-tails")) return 0.9f * sample * sample * sample;
    if (is("coloured")) return i ? 0.8f * sample + 0.6f * samples[i - 1] : sample;
    if (is("follows-the-signal")) return sent > 0 ? std::abs(sample) : -std::abs(sample);
    if (is("turns-with-the-signal")) return sent > 0 ? sample : -sample;
    return sample;
  }

  // What is no matter of noise.
  Observation damaged(Observation out) const {
    auto& y = out.y.values;
    if (is("two-dimensions")) out.y.dimensions_per_use = 2;
    if (is("another-density")) out.n0 *= 2;
    if (is("not-a-number") && out.n0 < 1e-6f && y.size()) y.values()[0] = std::nanf("");
    if (is("overflow") && out.n0 > 1e5f)
      for (float& value : y.values()) value *= 1e38f;
    if (is("gains-of-values"))
      for (std::size_t row = 0; row < y.rows(); ++row) out.csi.append(y[row].size());
    if (is("shape")) y = cut_rows(y, y.rows(), 1);
    if (is("lost-row") && y.rows()) y = cut_rows(y, y.rows() - 1, 0);
    return out;
  }
  static Ragged<float> cut_rows(const Ragged<float>& in, std::size_t rows, std::size_t less) {
    Ragged<float> out;
    for (std::size_t row = 0; row < rows; ++row) out.append(in[row].first(in.row_length(row) - std::min(less, in.row_length(row))));
    return out;
  }

  broken::Fault fault_;
};

}  // namespace
TANDEM_PLUGIN(BrokenChannel, tandem::Channel, "broken-channel", "1.0.0", "a channel that breaks a promise")
