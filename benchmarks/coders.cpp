// Speed of the coders without a model: bytes of input a second, a byte a symbol of 256 with given frequencies.
#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "../plugins/coders/adaptive_tree.hpp"
#include "../plugins/coders/canonical_code.hpp"
#include "../plugins/coders/range_coder.hpp"

namespace {
using namespace tandem::coders;

constexpr int total_bits = 16;
constexpr std::size_t symbols = 256, message_size = 1 << 20;

struct Data {
  std::array<std::uint32_t, symbols> frequencies{};
  std::array<std::uint32_t, symbols + 1> cumulative{};
  std::vector<std::uint8_t> owner;    // of each of the 2^total_bits targets
  std::vector<std::uint8_t> message;  // drawn by the frequencies
};

// Frequencies that fall like 1 / rank, about 6 bits a symbol.
const Data& data() {
  static const Data made = [] {
    Data d;
    std::uint32_t given = 0;
    double sum = 0;
    for (std::size_t i = 0; i < symbols; ++i) sum += 1.0 / static_cast<double>(i + 1);
    for (std::size_t i = 0; i < symbols; ++i) {
      const double p = 1.0 / static_cast<double>(i + 1) / sum;
      given += d.frequencies[i] = static_cast<std::uint32_t>(p * ((1 << total_bits) - 256)) + 1;
    }
    d.frequencies[0] += (1u << total_bits) - given;
    std::partial_sum(d.frequencies.begin(), d.frequencies.end(), d.cumulative.begin() + 1);
    for (std::size_t i = 0; i < symbols; ++i)
      d.owner.insert(d.owner.end(), d.frequencies[i], static_cast<std::uint8_t>(i));
    std::uint64_t state = 1;
    for (std::size_t i = 0; i < message_size; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      d.message.push_back(d.owner[state >> (64 - total_bits)]);
    }
    return d;
  }();
  return made;
}

std::vector<std::uint8_t> range_encode(const Data& d) {
  RangeEncoder encoder;
  for (const auto s : d.message) encoder.encode(d.cumulative[s], d.frequencies[s], total_bits);
  return encoder.finish_bytes();
}

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(message_size));
}

void range_encoder(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(range_encode(data()));
  count_bytes(state);
}
BENCHMARK(range_encoder);

void range_decoder(benchmark::State& state) {
  const Data& d = data();
  const auto bytes = range_encode(d);
  std::vector<std::uint8_t> out(message_size);
  for (auto _ : state) {
    RangeDecoder decoder(bytes);
    for (auto& symbol : out) {
      symbol = d.owner[decoder.target(total_bits)];
      decoder.consume(d.cumulative[symbol], d.frequencies[symbol]);
    }
    benchmark::DoNotOptimize(out.data());
  }
  if (out != d.message) state.SkipWithError("decoded wrongly");
  count_bytes(state);
}
BENCHMARK(range_decoder);

std::vector<std::uint8_t> huffman_encode(const Data& d, const CanonicalCode& code) {
  std::size_t size = 0;
  for (const auto s : d.message) size += static_cast<std::size_t>(code.length(s));
  std::vector<std::uint8_t> bits(size);
  auto* place = bits.data();
  for (const auto s : d.message) place = code.write(s, place);
  return bits;
}
CanonicalCode huffman_code(const Data& d) {
  return CanonicalCode(limited_huffman_lengths({d.frequencies.begin(), d.frequencies.end()}));
}

void huffman_encoder(benchmark::State& state) {
  const auto code = huffman_code(data());
  for (auto _ : state) benchmark::DoNotOptimize(huffman_encode(data(), code));
  count_bytes(state);
}
BENCHMARK(huffman_encoder);

void huffman_decoder(benchmark::State& state) {
  const Data& d = data();
  const auto code = huffman_code(d);
  const auto bits = huffman_encode(d, code);
  std::vector<std::uint8_t> out(message_size);
  for (auto _ : state) {
    std::span<const std::uint8_t> rest(bits);
    for (auto& symbol : out) symbol = static_cast<std::uint8_t>(code.read(rest).value_or(0));
    benchmark::DoNotOptimize(out.data());
  }
  if (out != d.message) state.SkipWithError("decoded wrongly");
  count_bytes(state);
}
BENCHMARK(huffman_decoder);

void adaptive_huffman_encoder(benchmark::State& state) {
  const Data& d = data();
  for (auto _ : state) {
    AdaptiveTree tree(symbols);
    std::vector<std::uint8_t> bits;
    for (const auto s : d.message) {
      tree.write(s, bits);
      tree.update(s);
    }
    benchmark::DoNotOptimize(bits.data());
  }
  count_bytes(state);
}
BENCHMARK(adaptive_huffman_encoder);
}  // namespace

BENCHMARK_MAIN();
