// Addressed noise and elementary functions: the time a row (batches of 256), a call and a value, on the target Highway
// chose (TANDEM_SIMD=avx2 for the other one). `mt19937` is what the standard library needs for the same row.
#include <benchmark/benchmark.h>

#include <random>
#include <tandem/math.hpp>
#include <tandem/noise.hpp>
#include <vector>

namespace {

constexpr std::size_t rows = 256;

// Shows seconds a row and a value of `length` values a row.
void finish(benchmark::State& state, std::size_t rows_each, std::size_t length) {
  using benchmark::Counter;
  const auto count = static_cast<double>(rows_each);
  const auto rate = Counter::kIsIterationInvariantRate | Counter::kInvert;
  state.counters["row"] = Counter(count, rate);
  state.counters["value"] = Counter(count * static_cast<double>(length), rate);
}

template <class T, void (tandem::Noise::*call)(tandem::Ragged<T>&) const>
void batch(benchmark::State& state) {
  const auto length = static_cast<std::size_t>(state.range(0));
  tandem::Ragged<T> values(rows, length);
  std::uint64_t first = 0;
  for (auto _ : state) {
    (tandem::Noise(1, "channel", first).*call)(values);
    benchmark::DoNotOptimize(values.values().data());
    first += rows;
  }
  finish(state, rows, length);
}

template <class T, void (tandem::Noise::*call)(std::size_t, std::span<T>) const>
void one_by_one(benchmark::State& state) {
  const auto length = static_cast<std::size_t>(state.range(0));
  std::vector<T> values(length);
  const tandem::Noise noise(1, "channel", 0);
  std::size_t row = 0;
  for (auto _ : state) {
    (noise.*call)(row++, values);
    benchmark::DoNotOptimize(values.data());
  }
  finish(state, 1, length);
}

void varying_rows(benchmark::State& state) {
  tandem::Ragged<float> values;
  for (std::size_t row = 0; row < rows; ++row) values.append(static_cast<std::size_t>(state.range(0)) - 8 + row % 17);
  std::uint64_t first = 0;
  for (auto _ : state) {
    tandem::Noise(1, "channel", first).normals(values);
    benchmark::DoNotOptimize(values.values().data());
    first += rows;
  }
  finish(state, rows, static_cast<std::size_t>(state.range(0)));
}

void mt19937(benchmark::State& state) {
  const auto length = static_cast<std::size_t>(state.range(0));
  std::mt19937_64 generator;
  std::normal_distribution<float> normal;
  std::vector<float> values(length);
  for (auto _ : state) {
    for (float& value : values) value = normal(generator);
    benchmark::DoNotOptimize(values.data());
  }
  finish(state, 1, length);
}

template <void (*call)(std::span<const float>, std::span<float>)>
void function(benchmark::State& state) {
  std::vector<float> x(4096), out(x.size());
  tandem::Noise(1, "x", 0).uniforms(0, x);
  for (float& value : x) value *= 8;
  for (auto _ : state) {
    call(x, out);
    benchmark::DoNotOptimize(out.data());
  }
  finish(state, 1, x.size());
}
void sincos(std::span<const float> x, std::span<float> out) {
  static std::vector<float> cosine(x.size());
  tandem::math::sincos(x, out, cosine);
}

using tandem::Noise;
BENCHMARK(batch<float, &Noise::normals>)->Name("normals/batch")->Arg(49)->Arg(128)->Arg(648);
BENCHMARK(varying_rows)->Name("normals/batch of varying rows")->Arg(49);
BENCHMARK(one_by_one<float, &Noise::normals>)->Name("normals/row")->Arg(49)->Arg(128)->Arg(648);
BENCHMARK(mt19937)->Name("normals/mt19937")->Arg(49);
BENCHMARK(batch<float, &Noise::uniforms>)->Name("uniforms/batch")->Arg(49);
BENCHMARK(one_by_one<float, &Noise::uniforms>)->Name("uniforms/row")->Arg(49);
BENCHMARK(batch<std::uint8_t, &Noise::bits>)->Name("bits/batch")->Arg(24)->Arg(64)->Arg(540);
BENCHMARK(one_by_one<std::uint8_t, &Noise::bits>)->Name("bits/row")->Arg(24);
BENCHMARK(function<tandem::math::log>)->Name("math/log");
BENCHMARK(function<tandem::math::exp>)->Name("math/exp");
BENCHMARK(function<sincos>)->Name("math/sincos");
BENCHMARK(function<tandem::math::erfc>)->Name("math/erfc");

}  // namespace

BENCHMARK_MAIN();
