// A channel that breaks the rules in the way its field says; or, with ANOTHER_ABI, a library of another Tandem.
#include <stdexcept>
#include <tandem/channel.hpp>

namespace {

class Misbehaving final : public tandem::Channel {
  void fields(tandem::Fields& f) override {
    f("fault", fault_, "none").choices({"none", "throws", "not-a-number", "rows", "ready"}).doc("what it does wrong");
  }
  void ready(const tandem::Environment&) override {
    if (fault_ == "ready") throw tandem::Error("is never ready");
  }
  bool has_snr() const override { return false; }

  tandem::Observation transmit(const tandem::Symbols& x, float n0, const tandem::Noise&) const override {
    tandem::Observation out{.y = x, .h = {}, .csi = {}, .n0 = n0};
    if (fault_ == "throws") throw std::runtime_error("out of cheese");
    if (fault_ == "not-a-number")
      for (auto& value : out.y.values.values()) value = __builtin_nanf("");
    if (fault_ == "rows") out.y.values = {};
    return out;
  }

  std::string fault_;
};

#ifdef ANOTHER_ABI
tandem::PluginDescriptor of_another_abi() {
  auto descriptor = tandem::describe_plugin<Misbehaving, tandem::Channel>("foreign", "1.0.0", "a channel of another ABI");
  descriptor.abi = tandem::abi_version + 1;
  return descriptor;
}
const tandem::PluginDescriptor foreign_descriptor = of_another_abi();
#endif

}  // namespace

#ifdef ANOTHER_ABI
BOOST_DLL_ALIAS(foreign_descriptor, tandem_plugin)
#else
TANDEM_PLUGIN(Misbehaving, tandem::Channel, "misbehaving", "1.0.0", "a channel that breaks the rules")
#endif
