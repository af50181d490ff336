// Half of all Cauchy noise is smaller than its width: at scale 2, 2 sqrt(N0 / (4 exp(0.5772))).
#include <dlfcn.h>

#include <cmath>
#include <cstdio>
#include <tandem/channel.hpp>

int main(int, char** arguments) {
  void* library = dlopen(arguments[1], RTLD_NOW);
  if (!library) return std::puts(dlerror()), 1;
  const auto& plugin = **static_cast<tandem::PluginDescriptor**>(dlsym(library, "tandem_plugin"));
  tandem::Component* component = plugin.create();
  tandem::Fields fields(R"({"scale": 2})", {});
  component->fields(fields);
  fields.finish();
  component->ready({});

  tandem::Symbols zeros{tandem::Ragged<float>(1000, 1000), 1};
  std::ranges::fill(zeros.values.values(), 0.0f);
  const auto seen = dynamic_cast<tandem::Channel&>(*component).transmit(zeros, 0.5f, tandem::Noise(1, "test", 0));
  double smaller = 0;
  for (const float y : seen.y.values.values()) smaller += std::abs(y) < 0.5298394f;
  plugin.destroy(component);
  std::printf("%.4f of the noise is smaller than its width\n", smaller / 1e6);
  return std::abs(smaller / 1e6 - 0.5) < 5 * 0.0005 ? 0 : 1;
}
