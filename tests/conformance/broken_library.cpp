// A channel that is as it should be in a library that is not: what is wrong comes from the command line of the compiler.
#include <cstdlib>
#include <tandem/channel.hpp>

#ifndef NAME
#define NAME "broken-library"
#endif
#ifndef VERSION
#define VERSION "1.0.0"
#endif
#ifndef SUMMARY
#define SUMMARY "a channel in a broken library"
#endif
#ifdef NEEDS_ANOTHER
extern "C" int of_another_library();
#endif

namespace {
using namespace tandem;

class Fine final : public Channel {
 public:
  void fields(Fields& f) override {
#if defined UNDOCUMENTED
    f("gain", gain_, 1.0).range(0, 2);
#elif defined DEFAULT_OUT_OF_RANGE
    f("gain", gain_, 3.0).range(0, 2).doc("the gain of the channel");
#elif defined EMPTY_RANGE
    f("gain", gain_, 1.0).range(2, 0).doc("the gain of the channel");
#elif defined FIELD_OF_A_BAD_NAME
    f("Gain factor", gain_, 1.0).range(0, 2).doc("the gain of the channel");
#elif defined BLAMES_ANOTHER
    try {
      f("gain", gain_, 1.0).range(0, 2).doc("the gain of the channel");
    } catch (const FieldError& e) {
      throw FieldError("speed", e.message());
    }
#elif defined EXAMPLE_OF_ANOTHER
    f("gain", gain_, 1.0).range(0, 2).doc("the gain of the channel");
    f.example(R"({"speed": 1})");
#else
    f("gain", gain_, 1.0).range(0, 2).doc("the gain of the channel");
    f.example("{}");
#endif
  }
  bool has_snr() const override { return false; }
  Observation transmit(const Symbols& x, float n0, const Noise&) const override {
#ifdef NEEDS_ANOTHER
    n0 += static_cast<float>(of_another_library());
#endif
    return {.y = x, .h = {}, .csi = {}, .n0 = n0};
  }

 private:
  double gain_ = 1;
};

PluginDescriptor descriptor() {
  auto out = describe_plugin<Fine, Channel>(NAME, VERSION, SUMMARY);
#ifdef WRONG_ABI
  out.abi = abi_version + 1;
#endif
#ifdef WRONG_BATCH_LAYOUT
  ++out.batch_layout;
#endif
#ifdef WRONG_STRINGS
  out.cxx11_strings = !out.cxx11_strings;
#endif
#ifdef SHORT_DESCRIPTOR
  out.size -= 8;
#endif
#ifdef NO_SUMMARY
  out.summary = nullptr;
#endif
#ifdef WRONG_ROLE
  out.role = "modem";
#endif
#ifdef UNKNOWN_ROLE
  out.role = "wizard";
#endif
#ifdef THROWS_IN_FACTORY
  out.create = []() -> Component* { throw Error("out of cheese"); };
#endif
#ifdef THROWS_AN_INT_IN_FACTORY
  out.create = []() -> Component* { throw 42; };
#endif
#ifdef FACTORY_OF_NOTHING
  out.create = []() -> Component* { return nullptr; };
#endif
#ifdef FACTORY_OF_ONE
  out.create = []() -> Component* {
    static Fine one;
    return &one;
  };
  out.destroy = [](Component*) noexcept {};
#endif
#ifdef TIRED_FACTORY
  out.create = []() -> Component* {
    static int made = 0;
    return ++made > 50 ? throw Error("that is enough") : new Fine;
  };
#endif
#ifdef ABORTS_ON_LOAD
  std::abort();
#endif
#ifdef HANGS_ON_LOAD
  for (volatile bool forever = true; forever;) {}
#endif
#ifdef EXITS_ON_LOAD
  std::_Exit(9);
#endif
  return out;
}
[[maybe_unused]] const PluginDescriptor tandem_descriptor = descriptor();

}  // namespace

#ifdef EXPORTS_MORE
extern "C" __attribute__((visibility("default"))) int shown_to_the_world() { return 1; }
#endif
#ifndef NO_DESCRIPTOR
BOOST_DLL_ALIAS(tandem_descriptor, tandem_plugin)
#endif
