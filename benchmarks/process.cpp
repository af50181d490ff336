// Decoders that are executables, (49,24), Eb/N0 of 4 dB: the time of a call, frames a second, and what of it is the way
// there and back. `echo` is a Python program that answers without looking; `min_sum` decodes with numpy. Counters:
// items_per_second, frames; bridge, the time of the fastest echo of as many frames in this run over the mean time of
// the call.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <tandem/code.hpp>
#include <tandem/noise.hpp>

#include "host/library.hpp"

namespace {
using namespace tandem;

constexpr double eb_n0_db = 4;

// A plugin of the build tree, with its fields set.
template <class Role>
std::shared_ptr<Role> make(const std::string& name, const std::string& fields = "{}") {
  const auto bin = std::filesystem::canonical("/proc/self/exe").parent_path();
  const auto component = host::Library::load(bin.parent_path() / "lib/tandem/plugins" / (name + ".so"))->create();
  Fields::Resolver resolver;
  resolver.file = [](const FieldSpec&, const std::string& json) {
    return File{.reference = {}, .path = json.substr(1, json.size() - 2), .keyword = {}, .sha256 = {}};
  };
  host::assign(*component, fields, resolver);
  component->ready({});
  return std::dynamic_pointer_cast<Role>(component);
}

std::shared_ptr<Decoder> executable(const std::string& script, const Code& code) {
  const std::string path = TANDEM_SOURCE_DIR "/" + script;
  auto decoder =
      make<Decoder>("process-decoder", "{\"command\": [\"/usr/bin/python3\"], \"script\": \"" + path + "\"}");
  decoder->bind(const_cast<Code&>(code));
  return decoder;
}

Reception transmission(const Code& code, std::size_t rows) {
  const double rate = static_cast<double>(code.k()) / static_cast<double>(code.n());
  const auto deviation = static_cast<float>(1 / std::sqrt(2 * rate * std::pow(10, eb_n0_db / 10)));
  Reception out;
  out.y = Ragged<float>(rows, code.n());
  Noise(1, "benchmark", 0).normals(out.y);
  for (float& y : out.y.values()) y = 1 + deviation * y;  // the codeword of zeros
  out.llr = out.y;
  for (float& llr : out.llr.values()) llr *= 2 / (deviation * deviation);
  return out;
}

double fastest(const Decoder& decoder, const Reception& reception) {
  double out = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 200; ++i) {
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(decoder.decode(reception));
    out = std::min(out, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return out;
}

void decode(benchmark::State& state, const std::string& script) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto code = make<Code>("array-ldpc");
  const Reception reception = transmission(*code, rows);
  try {
    const double echo = fastest(*executable("benchmarks/echo.py", *code), reception);
    const auto decoder = executable(script, *code);
    const auto start = std::chrono::steady_clock::now();
    for (auto _ : state) benchmark::DoNotOptimize(decoder->decode(reception));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.counters["bridge"] = echo * static_cast<double>(state.iterations()) / took.count();
  } catch (const Error& error) {
    state.SkipWithError(error.what());
  }
}

}  // namespace

BENCHMARK_CAPTURE(decode, echo, "benchmarks/echo.py")
    ->Arg(1)
    ->Arg(64)
    ->Arg(1000)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode, min_sum, "docs/examples/process/min_sum.py")
    ->Arg(1)
    ->Arg(64)
    ->Arg(1000)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_MAIN();
