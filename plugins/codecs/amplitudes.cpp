// Every byte as one real value, without any code: the plainest of joint systems, in which noise turns into wrong letters.
#include <algorithm>
#include <cmath>
#include <tandem/codec.hpp>

namespace {
using namespace tandem;

class Amplitudes final : public Codec {
  void fields(Fields& f) override {
    f("low", low_, 32).range(0, 254).doc("the byte that is sent as the lowest value; text begins at 32");
    f("high", high_, 126).range(1, 255).doc("the byte that is sent as the highest value");
    f.example(R"({"low": 32, "high": 126})");
  }
  void ready(const Environment&) override {
    if (low_ >= high_) throw FieldError("low", "must be below `high`");
  }

  // The first value of a row is a pilot: a modem may scale a frame to unit power, and what became of it tells by how much.
  Features encode(const Bytes& items) const override {
    Features out;
    for (std::size_t row = 0; row < items.rows(); ++row) {
      const auto to = out.append(items.row_length(row) + 1);
      to[0] = 1;
      for (std::size_t i = 1; i < to.size(); ++i) to[i] = (static_cast<float>(items[row][i - 1]) - middle()) / reach();
    }
    return out;
  }

  Bytes decode(const Features& features) const override {
    Bytes out;
    for (std::size_t row = 0; row < features.rows(); ++row) {
      const auto from = features[row];
      const auto to = out.append(from.empty() ? 0 : from.size() - 1);
      for (std::size_t i = 0; i < to.size(); ++i) {
        const float value = from[i + 1] / std::max(from[0], 1e-3f) * reach() + middle();
        to[i] = static_cast<std::uint8_t>(std::lrint(std::clamp(value, 0.0f, 255.0f)));
      }
    }
    return out;
  }

  float middle() const { return static_cast<float>(low_ + high_) / 2; }
  float reach() const { return static_cast<float>(high_ - low_) / 2; }

  Exactness exactness() const override { return Exactness::portable; }

  int low_ = 32, high_ = 126;
};

}  // namespace
TANDEM_PLUGIN(Amplitudes, Codec, "amplitudes", "1.0.0", "every byte as one real value")
