// The transformers that decode the (49,24) array code, on one thread: words a second that they decode without and with the
// early exit, and learn from; and what the same core makes of a product of large matrices by OpenBLAS, where there is one.
// Counters: of_sgemm, the rate of that product divided into 15.9 MFLOP a word, which is what the dense network takes: 1
// means as fast as a dense implementation that does nothing but multiply. Masked pairs are never computed here.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <tandem/neural/code_transformer.hpp>
#include <tandem/noise.hpp>
#include <vector>

#ifdef TANDEM_OPENBLAS
extern "C" void cblas_sgemm(int order, int turn_a, int turn_b, int m, int n, int k, float alpha, const float* a, int lda, const float* b,
                            int ldb, float beta, float* c, int ldc);
extern "C" void openblas_set_num_threads(int threads);
#endif

namespace {
using namespace tandem;
using neural::CodeTransformer;
using Attention = neural::CodeTransformerShape::Attention;

constexpr double dense_flops = 15.9e6;  // of the ECCT for (49,24), six layers of width 32: 77 tokens, all pairs

/// Check 7 i + a holds bit 7 j + (a - i j mod 7).
SparseMatrix array_code() {
  std::vector<std::vector<std::uint32_t>> rows;
  for (std::uint32_t i = 0; i < 4; ++i)
    for (std::uint32_t a = 0; a < 7; ++a) {
      auto& row = rows.emplace_back();
      for (std::uint32_t j = 0; j < 7; ++j) row.push_back(7 * j + (a + 7 * 7 - i * j % 7) % 7);
    }
  return SparseMatrix(49, rows);
}

/// Floating-point operations a second, the best of twenty; 0 without OpenBLAS.
double sgemm_rate() {
#ifdef TANDEM_OPENBLAS
  static const double rate = [] {
    constexpr int size = 512;
    openblas_set_num_threads(1);
    std::vector<float> a(size * size, 0.5f), b(a), c(a);
    double best = 0;
    for (int attempt = 0; attempt < 20; ++attempt) {
      const auto begin = std::chrono::steady_clock::now();
      cblas_sgemm(101, 111, 111, size, size, size, 1, a.data(), size, b.data(), size, 0, c.data(), size);
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
      best = std::max(best, 2.0 * size * size * size / time.count());
    }
    return best;
  }();
  return rate;
#else
  return 0;
#endif
}

struct Words final {
  std::vector<float> input;
  std::vector<std::uint8_t> flipped;

  Words(const SparseMatrix& checks, std::size_t rows) {
    std::vector<float> y(checks.columns());
    for (std::size_t row = 0; row < rows; ++row) {
      Noise(1, "benchmark", row).normals(0, y);
      for (float& value : y) value = 1 + 0.6f * value;
      for (const float value : y) input.push_back(std::abs(value)), flipped.push_back(value < 0);
      for (std::size_t check = 0; check < checks.rows(); ++check) {
        bool odd = false;
        for (const auto bit : checks.row(check)) odd ^= y[bit] < 0;
        input.push_back(odd ? -1.0f : 1.0f);
      }
    }
  }
};

void words(benchmark::State& state, Attention attention, bool learns) {
  const SparseMatrix checks = array_code();
  CodeTransformer model({.attention = attention, .n = 49, .m = 28}, checks);
  model.initialize(1);
  constexpr std::size_t rows = 512;
  const Words words(checks, rows);
  std::vector<float> logits(rows * 49), gradient(model.parameters().size());
  for (auto _ : state) {
    if (learns)
      model.learn(words.input, words.flipped, 1, gradient);
    else
      model.infer(words.input, logits);
    benchmark::ClobberMemory();
  }
  const auto count = static_cast<double>(state.iterations() * rows);
  state.SetItemsProcessed(static_cast<std::int64_t>(count));
  if (!learns && sgemm_rate() > 0)
    state.counters["of_sgemm"] = benchmark::Counter(count * dense_flops / sgemm_rate(), benchmark::Counter::kIsRate);
}

void sgemm(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(sgemm_rate());
  state.counters["flop/s"] = sgemm_rate();
}

BENCHMARK(sgemm)->Iterations(1);
BENCHMARK_CAPTURE(words, ecct/decode, Attention::self, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(words, crossmpt/decode, Attention::cross, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(words, ecct/learn, Attention::self, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(words, crossmpt/learn, Attention::cross, true)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
