// The joint codecs for sentences, with the shipped weights, on one thread: sentences of `corpus:debate` that they send and read a
// second, at 10 dB over AWGN, one at a time and many at once. Counters: flop/s, the operations that there are at least, for
// the ratio to what the machine can multiply (bench-code-transformers prints that of OpenBLAS).
#include <benchmark/benchmark.h>

#include <fstream>
#include <string>
#include <tandem/neural/operations.hpp>
#include <tandem/neural/sentence_words.hpp>
#include <tandem/noise.hpp>
#include <vector>

namespace {
using namespace tandem;

struct Subject final {
  neural::SentenceCodec codec;
  std::vector<Tokens> batches;
  std::size_t sentences = 0;
  double operations = 0;  ///< for all of them

  Subject(const std::string& name, std::size_t at_once) : Subject(Safetensors(std::string(TANDEM_SOURCE_DIR) + "/registry/models/" + name + ".safetensors"), at_once) {}

  Subject(const Safetensors& file, std::size_t at_once) : codec(neural::SentenceCodec::load(file)) {
    const auto words = neural::SentenceWords::of_lines(file.metadata("words"));
    std::ifstream in(std::string(TANDEM_SOURCE_DIR) + "/registry/corpora/debate.txt");
    for (std::string line; std::getline(in, line); ++sentences) {
      if (sentences % at_once == 0) batches.emplace_back();
      const auto ids = words.ids(line);
      batches.back().append(std::span<const Token>(ids));
    }
    for (const Tokens& batch : batches) operations += neural::operations_of(codec.shape(), codec.work(batch));
  }

  std::vector<Features> received() const {
    std::vector<Features> out;
    for (const Tokens& batch : batches) {
      Features features = codec.encode(batch), noise = features;
      Noise(1, "noise", 0).normals(noise);
      for (std::size_t i = 0; i < features.size(); ++i) features.values()[i] += 0.22f * noise.values()[i];
      out.push_back(std::move(features));
    }
    return out;
  }
};

void both_ways(benchmark::State& state, const char* name) {
  const Subject subject(name, static_cast<std::size_t>(state.range(0)));
  const auto received = subject.received();
  for (auto _ : state)
    for (std::size_t i = 0; i < received.size(); ++i) {
      benchmark::DoNotOptimize(subject.codec.encode(subject.batches[i]));
      benchmark::DoNotOptimize(subject.codec.decode(received[i]));
    }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * subject.sentences));
  state.counters["flop/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * subject.operations, benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(both_ways, deepsc, "deepsc")->Arg(1)->Arg(80)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(both_ways, ut, "ut")->Arg(1)->Arg(80)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(both_ways, ut_quantized, "ut-quantized")->Arg(1)->Arg(80)->Unit(benchmark::kMillisecond);

}  // namespace
BENCHMARK_MAIN();
