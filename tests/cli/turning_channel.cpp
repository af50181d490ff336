// A channel that turns every sign or none, under the name and version that its build defines.
#include <tandem/channel.hpp>

#ifdef LEANS
// Of another library.
extern "C" float leaned_on();
#define TURN leaned_on()
#endif

namespace {
class Turning final : public tandem::Channel {
  bool has_snr() const override { return false; }
  tandem::Observation transmit(const tandem::Symbols& x, float n0, const tandem::Noise&) const override {
    tandem::Observation out{.y = x, .h = {}, .csi = {}, .n0 = n0};
    for (auto& value : out.y.values.values()) value *= TURN;
    return out;
  }
  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(Turning, tandem::Channel, NAME, VERSION, "turns every sign or none")
