// The binary symmetric channel: flips signs.
#include <tandem/math.hpp>

#include "hard.hpp"

namespace {
class Bsc final : public tandem::Channel, public tandem::Law {
  void fields(tandem::Fields& f) override {
    f("flip", flip_, 0.1)
        .range(0, 1)
        .doc("probability that the sign of a dimension is turned, that is, that a bit arrives wrong");
    f.source("Cover, Thomas: Elements of Information Theory, 2nd edition, section 7.1.4");
    f.example(R"({"flip": 0.05})");
  }
  bool has_snr() const override { return false; }
  bool linear() const override { return false; }

  void ready(const tandem::Environment&) override {
    const double floor = -tandem::channels::certain;
    turned_ = static_cast<float>(std::max(tandem::math::log(flip_), floor));
    kept_ = static_cast<float>(std::max(tandem::math::log(1 - flip_), floor));
  }

  tandem::Observation transmit(const tandem::Symbols& x, float n0, const tandem::Noise& noise) const override {
    tandem::Observation out{
        .y = {tandem::channels::events(x.values, flip_, noise), x.dimensions_per_use}, .h = {}, .csi = {}, .n0 = n0};
    const auto sent = x.values.values();
    const auto y = out.y.values.values();
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = (1 - 2 * y[i]) * sent[i];
    return out;
  }

  void log_likelihood(const tandem::Observation& observation, std::span<const float> point,
                      tandem::Ragged<float>& out) const override {
    tandem::sum_over_dimensions(observation.y, point, out, [this](float y, float p) {
      using tandem::channels::same;
      return same(y, p) ? kept_ : same(y, -p) ? turned_ : -2 * tandem::channels::certain;
    });
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  double flip_ = 0.1;
  float turned_ = 0, kept_ = 0;
};
}  // namespace
TANDEM_PLUGIN(Bsc, tandem::Channel, "bsc", "1.0.0", "binary symmetric channel: flips bits")
