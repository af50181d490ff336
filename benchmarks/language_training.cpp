// Language models under libtorch, on one thread: tokens a second that they learn from, and that a plain forward pass over
// whole windows of 256 tokens reads. The latter is the peer of bench-language-models: such a pass sees all tokens at once, which
// a coder cannot; reading the window anew for every token, as the published coders do, takes 128 times as long on average.
#include <benchmark/benchmark.h>

#include <cmath>
#include <tandem/noise.hpp>
#include <vector>

#include "../plugins/trainers/language_learner.hpp"

namespace {
using namespace tandem;
using namespace tandem::neural;

struct Subject final {
  explicit Subject(const LanguageShape& shape) {
    std::vector<float> parameters(parameters_of(shape));
    Noise(1, "benchmark", 0).normals(0, parameters);
    for (float& value : parameters) value *= 0.05f;
    for (std::size_t i = 0; i < 64 * 257; ++i) stream.push_back(static_cast<Token>(i * 7 % shape.vocabulary));
    network = std::make_unique<LanguageLearner>(
        LanguageLearner::Settings{.shape = shape, .adam = {.steps = 1000}, .window = 256, .dropout = 0, .device = "cpu", .threads = 1},
        parameters, stream);
  }
  std::vector<Token> stream;
  std::unique_ptr<LanguageLearner> network;
};

void forward(benchmark::State& state, const LanguageShape& shape) {
  Subject subject(shape);
  const auto windows = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(subject.network->judge(subject.stream, windows));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * windows * 256));
}

void learn(benchmark::State& state, const LanguageShape& shape) {
  Subject subject(shape);
  const std::vector<std::int64_t> starts = {0, 100, 200, 300, 400, 500, 600, 700};
  for (auto _ : state) subject.network->step(starts, 1);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * starts.size() * 256));
}

const LanguageShape lmic_250k{
    .family = LanguageFamily::lmic, .vocabulary = 256, .context = 256, .layers = 4, .width = 64, .heads = 8, .key_heads = 8, .hidden = 256};
const LanguageShape llama_3m{
    .family = LanguageFamily::llama, .vocabulary = 2048, .context = 256, .layers = 6, .width = 192, .heads = 6, .key_heads = 6, .hidden = 512};
BENCHMARK_CAPTURE(forward, lmic_250k, lmic_250k)->Arg(1)->Arg(8)->Arg(64)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(forward, llama_3m, llama_3m)->Arg(1)->Arg(8)->Arg(64)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(learn, lmic_250k, lmic_250k)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(learn, llama_3m, llama_3m)->Unit(benchmark::kMillisecond);

}  // namespace
BENCHMARK_MAIN();
