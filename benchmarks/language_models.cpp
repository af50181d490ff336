// Neural language models, stepped with 1, 8 and 64 streams on one thread: tokens a second over a window from its first
// position to its last, and the share of the core's peak of fused multiply-adds that the matrix products alone make
// (`attention` adds what the window adds). The first line measures that peak.
#include <benchmark/benchmark.h>
#include <hwy/targets.h>
#include <immintrin.h>

#include <chrono>
#include <cmath>
#include <tandem/neural/language_model.hpp>
#include <tandem/noise.hpp>
#include <vector>

namespace {
using namespace tandem;
using namespace tandem::neural;

/// Sixteen independent chains of fma: what one core can do at most.
template <class Vector>
[[gnu::always_inline]] inline float chains(std::size_t rounds, float start) {
  Vector sum[16];
  for (auto& s : sum) s = Vector{} + start;
  const Vector factor = Vector{} + 0.999f;
  for (std::size_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
    for (auto& s : sum) s = s * factor + factor;
  }
  Vector all{};
  for (const auto& s : sum) all += s;
  return all[0];
}
using Wide [[gnu::vector_size(64)]] = float;
using Narrow [[gnu::vector_size(32)]] = float;
[[gnu::target("avx512f"), gnu::optimize("fp-contract=fast")]] float wide_chains(std::size_t rounds, float start) {
  return chains<Wide>(rounds, start);
}
[[gnu::optimize("fp-contract=fast")]] float narrow_chains(std::size_t rounds, float start) {
  return chains<Narrow>(rounds, start);
}

bool is_wide() { return (hwy::SupportedTargets() & HWY_AVX3) != 0; }

/// Fused multiply-adds a second.
double peak() {
  static const double rate = [] {
    double best = 0;
    constexpr std::size_t rounds = 2'000'000;
    for (int attempt = 0; attempt < 20; ++attempt) {
      const auto begin = std::chrono::steady_clock::now();
      benchmark::DoNotOptimize(is_wide() ? wide_chains(rounds, 1) : narrow_chains(rounds, 1));
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
      best = std::max(best, static_cast<double>(rounds * 16 * (is_wide() ? 16 : 8)) / time.count());
    }
    return best;
  }();
  return rate;
}
void show_peak(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(peak());
  state.counters["fma/s"] = peak();
}
BENCHMARK(show_peak)->Iterations(1);

void tokens(benchmark::State& state, const LanguageShape& shape) {
  std::vector<float> parameters(parameters_of(shape));
  Noise(1, "benchmark", 0).normals(0, parameters);
  for (float& value : parameters) value *= 0.1f;
  const LanguageModel model(shape, parameters);
  const auto streams = static_cast<std::size_t>(state.range(0));
  LanguageState session = model.open(streams);
  std::vector<Token> last(streams);
  const std::vector<std::uint8_t> active(streams, 1);
  const std::size_t window = std::min<std::size_t>(shape.context == 0 ? 256 : shape.context, 256);
  double count = 0;
  for (auto _ : state) {
    session = model.open(streams);
    for (std::size_t t = 0; t < window; ++t) {
      for (std::size_t s = 0; s < streams; ++s) last[s] = static_cast<Token>((s * 31 + t * 7) % shape.vocabulary);
      session.step(last, active);
      benchmark::DoNotOptimize(session.logits(0).data());
    }
    count += static_cast<double>(window * streams);
  }
  const bool tied = shape.family == LanguageFamily::gpt2 || shape.family == LanguageFamily::lstm ||
                    (shape.family == LanguageFamily::llama && !shape.own_head);
  const std::size_t tables =
      (tied ? 0 : shape.vocabulary) +
      (shape.family == LanguageFamily::lmic || shape.family == LanguageFamily::gpt2 ? shape.context : 0);
  const auto products = static_cast<double>(parameters.size() - tables * shape.width);
  const auto scores = static_cast<double>(2 * shape.layers * shape.width * (window + 1) / 2);
  using benchmark::Counter;
  state.counters["tokens/s"] = Counter(count, Counter::kIsRate);
  state.counters["of_peak"] = Counter(count * products / peak(), Counter::kIsRate);
  if (shape.heads != 0)
    state.counters["with_attention"] = Counter(count * (products + scores) / peak(), Counter::kIsRate);
}

using enum LanguageFamily;
constexpr LanguageShape lmic_250k{
    .family = lmic, .vocabulary = 256, .context = 256, .layers = 4, .width = 64, .heads = 8, .hidden = 256};
constexpr LanguageShape llama_3m{.family = llama,
                                 .vocabulary = 2048,
                                 .context = 256,
                                 .layers = 6,
                                 .width = 192,
                                 .heads = 6,
                                 .key_heads = 6,
                                 .hidden = 512};
constexpr LanguageShape stories260k{.family = llama,
                                    .vocabulary = 512,
                                    .context = 512,
                                    .layers = 5,
                                    .width = 64,
                                    .heads = 8,
                                    .key_heads = 4,
                                    .hidden = 172};
constexpr LanguageShape gpt2_124m{.family = gpt2,
                                  .vocabulary = 50257,
                                  .context = 64,
                                  .layers = 12,
                                  .width = 768,
                                  .heads = 12,
                                  .key_heads = 12,
                                  .hidden = 3072};
constexpr LanguageShape lstm_1m{.family = lstm, .vocabulary = 257, .layers = 2, .width = 256};
#define SHAPE(shape) BENCHMARK_CAPTURE(tokens, shape, shape)->Arg(1)->Arg(8)->Arg(64)->Unit(benchmark::kMillisecond)
SHAPE(lmic_250k);
SHAPE(llama_3m);
SHAPE(stories260k);
SHAPE(lstm_1m);
BENCHMARK_CAPTURE(tokens, gpt2_124m, gpt2_124m)->Arg(1)->Arg(8)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
BENCHMARK_MAIN();
