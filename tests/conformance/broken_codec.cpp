// A byte as eight values, +1 or -1.
#include <limits>
#include <tandem/codec.hpp>

#include "fault.hpp"

namespace {
using namespace tandem;

class BrokenCodec final : public Codec {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "lost-item", "lost-answer", "infinite", "silent", "sends-nothing-for-some", "throws-under-noise", "fears-nothing-but-zeros", "crashes-on-empty", "carries-nothing"});
    f.example("{}");
    f.beside(R"({"modem": "broken-analog"})");
  }
  Exactness exactness() const override { return Exactness::portable; }

  Features encode(const Bytes& items) const override {
    Features out;
    for (std::size_t row = 0; row < items.rows(); ++row) {
      const auto item = items[row];
      if (fault_.is("lost-item") && row == 3) continue;
      const auto to = out.append(fault_.is("sends-nothing-for-some") && row == 3 ? 0 : 8 * item.size());
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = fault_.is("silent") ? 0.0f : item[i / 8] >> (7 - i % 8) & 1 ? -1.0f : 1.0f;
      if (fault_.is("infinite") && !to.empty()) to[0] = std::numeric_limits<float>::infinity();
    }
    return out;
  }
  Bytes decode(const Features& features) const override {
    Bytes out;
    for (std::size_t row = 0; row < features.rows(); ++row) {
      const auto from = features[row];
      if (fault_.is("lost-answer") && row == 3) continue;
      if (fault_.is("crashes-on-empty") && from.empty()) __builtin_trap();
      const auto to = out.append(from.size() / 8);
      for (std::size_t i = 0; i < to.size(); ++i) {
        unsigned byte = 0;
        for (std::size_t bit = 0; bit < 8; ++bit) {
          const float value = from[8 * i + bit];
          if (fault_.is("throws-under-noise") && (value > 100 || value < -100)) throw Error("that cannot have been sent");
          if (fault_.is("fears-nothing-but-zeros") && value == 0) throw Error("there is nothing");
          byte = 2 * byte + (value < 0);
        }
        to[i] = static_cast<std::uint8_t>(fault_.is("carries-nothing") ? 'e' : byte);
      }
    }
    return out;
  }

 private:
  broken::Fault fault_;
};

}  // namespace
TANDEM_PLUGIN(BrokenCodec, tandem::Codec, "broken-codec", "1.0.0", "a codec that breaks a promise")
