// The cheap stages around a decoder, each alone: random-bits, bpsk, awgn, rayleigh, ber, bler, frame on 1,024 frames of
// 24 information and 49 code bits a call. `frame` is the time a frame.
//
//   stages FOLDER_OF_PLUGINS [Google Benchmark's options]
#include <benchmark/benchmark.h>

#include <cstdio>
#include <host/library.hpp>
#include <random>
#include <string>
#include <tandem/block.hpp>
#include <tandem/channel.hpp>
#include <tandem/metric.hpp>
#include <tandem/modem.hpp>
#include <tandem/source.hpp>
#include <vector>

namespace {
using namespace tandem;

constexpr std::size_t frames = 1024, k = 24, n = 49;
std::string folder;

template <class Role>
std::shared_ptr<Role> plugin(const std::string& name, const std::string& fields = "{}") {
  auto component = host::Library::load(folder + "/" + name + ".so")->create();
  host::assign(*component, fields, {});
  component->ready({});
  return std::dynamic_pointer_cast<Role>(component);
}
void finish(benchmark::State& state) {
  using benchmark::Counter;
  state.counters["frame"] = Counter(frames, Counter::kIsIterationInvariantRate | Counter::kInvert);
}
Bits random_rows(std::size_t length) {
  Bits out(frames, length);
  Noise(1, "source", 0).bits(out);
  return out;
}

void source(benchmark::State& state) {
  const auto bits = plugin<Source>("random-bits");
  std::uint64_t first = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(bits->read(first, frames, Noise(1, "source", first)).values().data());
    first += frames;
  }
  finish(state);
}

void modulate(benchmark::State& state, const char* name) {
  const auto modem = plugin<DigitalModem>(name);
  const auto bits = random_rows(name[0] == 'b' ? n : n + 1);
  for (auto _ : state) benchmark::DoNotOptimize(modem->modulate(bits).values.values().data());
  finish(state);
}

void channel(benchmark::State& state, const char* name, const char* fields) {
  const auto transmitter = plugin<Channel>(name, fields);
  const auto x = plugin<DigitalModem>("bpsk")->modulate(random_rows(n));
  std::uint64_t first = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(transmitter->transmit(x, 0.5f, Noise(1, "channel", first)).y.values.values().data());
    first += frames;
  }
  finish(state);
}
void noise_alone(benchmark::State& state) {
  Ragged<float> values(frames, n);
  std::uint64_t first = 0;
  for (auto _ : state) {
    Noise(1, "channel", first).normals(values);
    benchmark::DoNotOptimize(values.values().data());
    first += frames;
  }
  finish(state);
}

void demodulate(benchmark::State& state, const char* name, const char* channel_name, const char* fields) {
  const auto modem = plugin<DigitalModem>(name);
  const auto transmitter = plugin<Channel>(channel_name, fields);
  const auto x = modem->modulate(random_rows(name[0] == 'b' ? n : n + 1));
  const auto observation = transmitter->transmit(x, 0.5f, Noise(1, "channel", 0));
  const auto* law = dynamic_cast<const Law*>(transmitter.get());
  if (law && !law->applies()) law = nullptr;
  for (auto _ : state) benchmark::DoNotOptimize(modem->demodulate(observation, law).llr.values().data());
  finish(state);
}

void metrics(benchmark::State& state, const std::vector<const char*>& names) {
  std::mt19937_64 random(1);
  std::vector<std::uint32_t> blocks(frames, 1), bits(frames, k), errors(frames), iterations(frames, 3);
  std::vector<std::uint8_t> converged(frames, 1), wrong(frames), trusted(frames, 1);
  for (std::size_t i = 0; i < frames; ++i) wrong[i] = (errors[i] = random() % 50 == 0) != 0;
  Exchange exchange;
  exchange.frames = frames;
  exchange.k = k;
  exchange.n = n;
  exchange.blocks = blocks;
  exchange.block_bits = bits;
  exchange.information_errors = exchange.code_errors = errors;
  exchange.converged = converged;
  exchange.iterations = iterations;
  exchange.wrong = wrong;
  exchange.trusted = trusted;
  std::vector<std::shared_ptr<Metric>> all;
  std::vector<std::vector<double>> out;
  for (const auto* name : names) {
    all.push_back(plugin<Metric>(name));
    out.emplace_back(frames * all.back()->quantities().size());
  }
  for (auto _ : state)
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i]->measure(exchange, out[i]);
      benchmark::DoNotOptimize(out[i].data());
    }
  finish(state);
}

void bleu(benchmark::State& state) {
  std::mt19937_64 random(1);
  Bytes sent, received;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    std::string text;
    for (int word = 0; word < 20; ++word) text += "word" + std::to_string(random() % 1000) + " ";
    std::ranges::copy(text, sent.append(text.size()).begin());
    text[random() % text.size()] = 'x';
    std::ranges::copy(text, received.append(text.size()).begin());
  }
  Exchange exchange;
  exchange.frames = frames;
  exchange.items_sent = &sent;
  exchange.items_received = &received;
  const auto metric = plugin<Metric>("bleu");
  std::vector<double> out(frames * metric->quantities().size());
  for (auto _ : state) {
    metric->measure(exchange, out);
    benchmark::DoNotOptimize(out.data());
  }
  finish(state);
}

void block(benchmark::State& state, const char* name) {
  const auto stage = plugin<Block>(name);
  const auto bits = random_rows(name[0] == 'c' ? k : n);
  for (auto _ : state) {
    Batch batch;
    batch.bytes = bits;
    benchmark::DoNotOptimize(stage->forward(std::move(batch)).bytes.values().data());
  }
  finish(state);
}

}  // namespace

int main(int count, char** words) {
  if (count < 2 || words[1][0] == '-') {
    std::fputs("stages FOLDER_OF_PLUGINS [Google Benchmark's options]\n", stderr);
    return 2;
  }
  folder = words[1];
  words[1] = words[0];
  int left = count - 1;
  ::benchmark::Initialize(&left, words + 1);
  benchmark::RegisterBenchmark("random-bits", source);
  for (const char* name : {"bpsk", "qpsk"}) {
    benchmark::RegisterBenchmark((std::string(name) + " modulate").c_str(), modulate, name);
    benchmark::RegisterBenchmark((std::string(name) + " demodulate awgn").c_str(), demodulate, name, "awgn", "{}");
    benchmark::RegisterBenchmark((std::string(name) + " demodulate rayleigh").c_str(), demodulate, name, "rayleigh",
                                 "{}");
    benchmark::RegisterBenchmark((std::string(name) + " demodulate rayleigh without csi").c_str(), demodulate, name,
                                 "rayleigh", R"({"csi": "none"})");
  }
  benchmark::RegisterBenchmark("noise alone", noise_alone);
  benchmark::RegisterBenchmark("awgn", channel, "awgn", "{}");
  benchmark::RegisterBenchmark("rayleigh", channel, "rayleigh", "{}");
  benchmark::RegisterBenchmark("rayleigh, a gain a frame", channel, "rayleigh", R"({"fading": "frame"})");
  benchmark::RegisterBenchmark("laplace", channel, "laplace", "{}");
  benchmark::RegisterBenchmark("bsc", channel, "bsc", "{}");
  for (const char* name : {"ber", "bler", "frame"})
    benchmark::RegisterBenchmark(name, metrics, std::vector<const char*>{name});
  benchmark::RegisterBenchmark("ber + bler + frame", metrics, std::vector<const char*>{"ber", "bler", "frame"});
  benchmark::RegisterBenchmark("bleu of 20 words", bleu);
  benchmark::RegisterBenchmark("crc", block, "crc");
  benchmark::RegisterBenchmark("interleaver", block, "interleaver");
  ::benchmark::RunSpecifiedBenchmarks();
}
