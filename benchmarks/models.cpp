// Speed of the text models: priming, frozen and learning sessions with the whole distribution at every symbol, and
// opening sessions over a primed model. The arguments of priming are kilobytes of the training text.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <tandem/model.hpp>

#include "support/support.hpp"

namespace {
using namespace tandem;

struct Bound {
  std::shared_ptr<Tokenizer> tokenizer = test::make<Tokenizer>("bytes");
  std::shared_ptr<Model> model;
};
// The first bytes of the large training text where the data folder has it, else the short one that is shipped.
std::string training_text(std::size_t bytes) {
  auto path = test::data("text/europarl-train.en.txt");
  if (path.empty()) path = test::source_dir() / "registry/corpora/prime.txt";
  std::string text = test::read_file(path);
  text.resize(std::min(text.size(), bytes));
  return text;
}
std::string sent_text() {
  auto path = test::data("text/europarl-dev.en.txt");
  if (path.empty()) path = test::source_dir() / "registry/corpora/sample.txt";
  return test::read_file(path).substr(0, 100'000);
}
// A model that is primed with a file of that many kilobytes when the tokenizer is bound.
Bound unprimed(const std::string& name, const std::string& more, std::size_t kilobytes) {
  const auto path = std::filesystem::temp_directory_path() / ("tandem-benchmark-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary) << training_text(kilobytes * 1000);
  Bound bound;
  bound.model = test::make<Model>(name, R"({"text": ")" + path.string() + R"(", "cut": "whole")" + more + "}");
  return bound;
}
Bound primed(const std::string& name, const std::string& more, std::size_t kilobytes) {
  Bound bound = unprimed(name, more, kilobytes);
  bound.model->bind(*bound.tokenizer);
  return bound;
}

void prime(benchmark::State& state, const std::string& name, const std::string& more) {
  const auto kilobytes = static_cast<std::size_t>(state.range(0));
  const Bound bound = unprimed(name, more, kilobytes);
  for (auto _ : state) bound.model->bind(*bound.tokenizer);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(training_text(kilobytes * 1000).size()));
}
void code(benchmark::State& state, const std::string& name, const std::string& more) {
  const Bound bound = primed(name, more, static_cast<std::size_t>(state.range(0)));
  const std::string text = sent_text();
  double bits = 0;
  for (auto _ : state) {
    bits = 0;
    const auto session = open_distribution(*bound.model, 1);
    const std::uint8_t active = 1;
    for (const char c : text) {
      const Token token = static_cast<std::uint8_t>(c);
      bits += session->distribution().bits() - std::log2(session->distribution().interval(0, token).frequency);
      session->step({&token, 1}, {&active, 1});
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.counters["bits_per_character"] = bits / static_cast<double>(text.size());
}
void open_sessions(benchmark::State& state, const std::string& more) {
  const Bound bound = primed("ppm", more, 20);
  const Token seed[] = {bound.model->vocabulary().end};
  for (auto _ : state) benchmark::DoNotOptimize(bound.model->open(1, seed));
  state.SetItemsProcessed(state.iterations());
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
