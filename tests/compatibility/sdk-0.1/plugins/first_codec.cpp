// first-codec: each half of a byte as one of sixteen amplitudes, without any code: noise turns into wrong letters.
#include <algorithm>
#include <cmath>
#include <tandem/codec.hpp>

namespace {
using namespace tandem;

// A codec is a joint source-channel system: items to real features and back, in place of tokenizer, coder and code.
class FirstCodec final : public Codec {
  // Every parameter once: parsing, defaults, range checks and `tandem describe` come from here.
  void fields(Fields& f) override {
    f("levels", levels_, 16).range(2, 256).doc("amplitudes; a byte takes as many of them as it needs");
    f.example(R"({"levels": 16})");
  }
  // Fields are set now. Throw FieldError for values that only the component can judge.
  void ready(const Environment&) override {
    values_ = 0;
    for (int reached = 1; reached < 256; reached *= levels_) ++values_;
  }

  // A row of features for each item. The first is a pilot: a modem may scale a frame to unit power, and what became of
  // the pilot tells by how much.
  Features encode(const Bytes& items) const override {
    Features out;
    for (std::size_t row = 0; row < items.rows(); ++row) {
      const auto to = out.append(1 + values_ * items.row_length(row));
      std::size_t at = 0;
      to[at++] = 1;
      for (int byte : items[row])
        for (std::size_t v = 0; v < values_; ++v, byte /= levels_)
          to[at++] = 2 * static_cast<float>(byte % levels_) / static_cast<float>(levels_ - 1) - 1;
    }
    return out;
  }

  // Whatever the channel made of them, features decode to something.
  Bytes decode(const Features& features) const override {
    Bytes out;
    for (std::size_t row = 0; row < features.rows(); ++row) {
      const auto from = features[row];
      const auto to = out.append(from.empty() ? 0 : (from.size() - 1) / values_);
      for (std::size_t i = 0; i < to.size(); ++i) {
        int byte = 0;
        for (std::size_t v = values_; v-- > 0;) {
          const float value = from[1 + i * values_ + v] / std::max(from[0], 1e-3f);
          const float level = std::clamp((value + 1) / 2, 0.0f, 1.0f) * static_cast<float>(levels_ - 1);
          byte = byte * levels_ + static_cast<int>(std::lrint(level));
        }
        to[i] = static_cast<std::uint8_t>(std::min(byte, 255));
      }
    }
    return out;
  }

  // Only + - * / and rounding decide what comes out: the same bits on every machine.
  Exactness exactness() const override { return Exactness::portable; }

  int levels_ = 16;
  std::size_t values_ = 2;  // of a byte
};

}  // namespace
TANDEM_PLUGIN(FirstCodec, Codec, "first-codec", "0.1.0", "bytes as a few amplitudes each")
