// Speed of the text models: priming, frozen and learning sessions with the whole distribution at every symbol, and
// opening sessions over a primed model. Arguments are kilobytes of training text, from the folder TANDEM_DATA.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <tandem/model.hpp>

#include "host/library.hpp"

namespace {
using namespace tandem;

std::shared_ptr<Component> make(const std::string& name, const std::string& fields) {
  const auto bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto component = host::Library::load(bin.parent_path() / "lib/tandem/plugins" / (name + ".so"))->create();
  Fields::Resolver resolver;
  resolver.file = [](const FieldSpec&, const std::string& json) {
    return File{.reference = json, .path = json.substr(1, json.size() - 2), .keyword = {}, .sha256 = {}};
  };
  host::assign(*component, fields, resolver);
  component->ready({});
  return component;
}

// The first bytes of a file of the data folder; empty when it is not there.
std::string data_text(const std::string& name, std::size_t bytes) {
  const char* folder = std::getenv("TANDEM_DATA");
  std::ifstream in(std::filesystem::path(folder ? folder : "") / name, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text.resize(std::min(text.size(), bytes));
  return text;
}

// A model that a file of so many kilobytes primes when the tokenizer is bound, and the file as long as it is needed.
struct Bench {
  Bench(const std::string& name, const std::string& more, std::int64_t kilobytes)
      : path(std::filesystem::temp_directory_path() / ("tandem-benchmark-" + std::to_string(::getpid()))) {
    const std::string text = data_text("text/europarl-train.en.txt", static_cast<std::size_t>(kilobytes) * 1000);
    bytes = text.size();
    std::ofstream(path, std::ios::binary) << text;
    tokenizer = make("bytes", "{}");
    component = make(name, R"({"text": ")" + path.string() + R"(", "cut": "whole")" + more + "}");
  }
  ~Bench() { std::filesystem::remove(path); }
  const Model& bound() {
    component->bind(*tokenizer);
    return dynamic_cast<const Model&>(*component);
  }

  std::filesystem::path path;
  std::size_t bytes = 0;
  std::shared_ptr<Component> tokenizer, component;
};

void prime(benchmark::State& state, const std::string& name, const std::string& more) {
  Bench bench(name, more, state.range(0));
  if (bench.bytes == 0) state.SkipWithError("needs the folder TANDEM_DATA");
  for (auto _ : state) bench.bound();
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bench.bytes));
}
void code(benchmark::State& state, const std::string& name, const std::string& more) {
  Bench bench(name, more, state.range(0));
  const std::string text = data_text("text/europarl-dev.en.txt", 100'000);
  if (text.empty()) state.SkipWithError("needs the folder TANDEM_DATA");
  const Model& model = bench.bound();
  double bits = 0;
  for (auto _ : state) {
    bits = 0;
    const auto session = open_distribution(model, 1);
    const std::uint8_t active = 1;
    for (const char c : text) {
      const Token token = static_cast<std::uint8_t>(c);
      bits += session->distribution().bits() - std::log2(session->distribution().interval(0, token).frequency);
      session->step({&token, 1}, {&active, 1});
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(text.size()));
  state.counters["bits_per_character"] = bits / static_cast<double>(text.size());
}
void open_sessions(benchmark::State& state, const std::string& more) {
  Bench bench("ppm", more, 20);
  const Model& model = bench.bound();
  const Token seed[] = {model.vocabulary().end};
  for (auto _ : state) benchmark::DoNotOptimize(model.open(1, seed));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

const std::string frozen, stream = R"(, "adapt": "stream")";
BENCHMARK_CAPTURE(prime, ppm, "ppm", frozen)->Arg(20)->Arg(2000)->Arg(19'315)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(prime, markov, "markov", frozen)->Arg(2000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(code, ppm_frozen, "ppm", frozen)->Arg(20)->Arg(2000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(code, ppm_stream, "ppm", stream)->Arg(20)->Arg(2000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(code, markov_frozen, "markov", frozen)->Arg(2000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(code, static, "static", std::string())->Arg(2000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(open_sessions, frozen, frozen)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(open_sessions, stream, stream)->Unit(benchmark::kMicrosecond);

}  // namespace
BENCHMARK_MAIN();
