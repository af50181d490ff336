// Frames a second through decode() alone: one core, batches of 1024 frames, Eb/N0 of 4 dB, 50 iterations at most, with
// and without the stop at the first codeword; ordered statistics by order; the shipped transformers. Counters: items_per_second, frames;
// times_peer, against AFF3CT 3.0.2 built for the machine (one AVX-512 core, float32, syndrome stop, the same code,
// schedule and Eb/N0); fer and iterations, of these frames; edges_per_second, messages sent from checks; of_limit, the
// share of what the machine could do if it issued four vector instructions in every cycle and spent none on anything
// but messages.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <tandem/code.hpp>
#include <tandem/noise.hpp>
#include <vector>

#include "host/library.hpp"

namespace {
using namespace tandem;

constexpr std::size_t rows = 1024, batches = 32;
constexpr double eb_n0_db = 4;

struct Transmission final {
  std::vector<Reception> receptions;
  std::vector<Bits> codewords;

  explicit Transmission(const Code& code) {
    const double rate = static_cast<double>(code.k()) / static_cast<double>(code.n());
    const auto deviation = static_cast<float>(1 / std::sqrt(2 * rate * std::pow(10, eb_n0_db / 10)));
    for (std::size_t batch = 0; batch < batches; ++batch) {
      const Noise noise(1, "benchmark", batch * rows);
      Bits information(rows, code.k());
      noise.stream(1).bits(information);
      codewords.push_back(code.encode(information));
      Reception reception;
      reception.y = Ragged<float>(rows, code.n());
      noise.normals(reception.y);
      reception.llr = reception.y;
      for (std::size_t i = 0; i < reception.y.size(); ++i) {
        float& y = reception.y.values()[i];
        y = static_cast<float>(1 - 2 * codewords.back().values()[i]) + deviation * y;
        reception.llr.values()[i] = 2 / (deviation * deviation) * y;
      }
      receptions.push_back(std::move(reception));
    }
  }
};

// Cycles a second of this thread, from a chain of dependent additions.
double clock_rate() {
  constexpr int additions = 100'000'000;
  std::uint64_t x = 1;
  const std::clock_t start = std::clock();
  for (int i = 0; i < additions; ++i) asm volatile("add $1, %0" : "+r"(x));
  return additions * static_cast<double>(CLOCKS_PER_SEC) / static_cast<double>(std::clock() - start);
}

std::size_t lanes() {
  const char* wanted = std::getenv("TANDEM_SIMD");
  const bool floor_only = wanted && std::string_view(wanted) == "avx2";
  return __builtin_cpu_supports("avx512bw") && !floor_only ? 16 : 8;
}

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

// "array-ldpc", or a matrix in the folder TANDEM_DATA; null when that is not there.
std::shared_ptr<Code> make_code(const std::string& name) {
  if (name == "array-ldpc") return make<Code>(name);
  const char* folder = std::getenv("TANDEM_DATA");
  const auto path = std::filesystem::path(folder ? folder : "") / name;
  if (!folder || !std::filesystem::exists(path)) return nullptr;
  return make<Code>("parity-check", "{\"matrix\": \"" + path.string() + "\"}");
}

void decode(benchmark::State& state, const std::string& code_name, const std::string& decoder_name, bool layered,
            bool stop, double peer) {
  const auto code = make_code(code_name);
  if (!code) return state.SkipWithError(("needs " + code_name + " in the folder TANDEM_DATA").c_str());
  const auto decoder =
      make<Decoder>(decoder_name, std::string("{\"schedule\": \"") + (layered ? "layered" : "flooding") +
                                      "\", \"stop\": " + (stop ? "true" : "false") + "}");
  decoder->bind(*code);
  const Transmission transmission(*code);
  const double clock = clock_rate();

  double iterations = 0, wrong = 0, frames = 0;
  std::size_t batch = 0;
  for (auto _ : state) {
    const Decoded decoded = decoder->decode(transmission.receptions[batch]);
    state.PauseTiming();
    for (std::size_t r = 0; r < rows; ++r) {
      iterations += decoded.iterations[r];
      wrong += !std::ranges::equal(decoded.codeword[r], transmission.codewords[batch][r]);
    }
    frames += rows;
    batch = (batch + 1) % batches;
    state.ResumeTiming();
  }
  // Vector instructions an edge and iteration: arithmetic alone, a division for one.
  const double instructions = decoder_name == "bp" ? 41 : 12;
  const double edges = iterations * static_cast<double>(code->checks()->ones());
  state.SetItemsProcessed(static_cast<std::int64_t>(frames));
  if (peer > 0) state.counters["times_peer"] = benchmark::Counter(frames / peer, benchmark::Counter::kIsRate);
  state.counters["fer"] = wrong / frames;
  state.counters["iterations"] = iterations / frames;
  state.counters["edges_per_second"] = benchmark::Counter(edges, benchmark::Counter::kIsRate);
  state.counters["of_limit"] = benchmark::Counter(edges * instructions / (4 * static_cast<double>(lanes()) * clock),
                                                  benchmark::Counter::kIsRate);
}

// A decoder whose fields say all that there is to say.
void plain(benchmark::State& state, const std::string& code_name, const std::string& decoder_name, const std::string& fields) {
  const auto code = make_code(code_name);
  if (!code) return state.SkipWithError(("needs " + code_name + " in the folder TANDEM_DATA").c_str());
  const auto decoder = make<Decoder>(decoder_name, fields);
  decoder->bind(*code);
  const Transmission transmission(*code);
  double wrong = 0, frames = 0;
  std::size_t batch = 0;
  for (auto _ : state) {
    const Decoded decoded = decoder->decode(transmission.receptions[batch]);
    state.PauseTiming();
    for (std::size_t r = 0; r < rows; ++r)
      wrong += !std::ranges::equal(decoded.codeword[r], transmission.codewords[batch][r]);
    frames += rows;
    batch = (batch + 1) % batches;
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(frames));
  state.counters["fer"] = wrong / frames;
}

void encode(benchmark::State& state, const std::string& code_name) {
  const auto code = make_code(code_name);
  if (!code) return state.SkipWithError(("needs " + code_name + " in the folder TANDEM_DATA").c_str());
  Bits information(rows, code->k());
  Noise(1, "benchmark", 0).bits(information);
  for (auto _ : state) benchmark::DoNotOptimize(code->encode(information));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * rows));
}

struct Case final {
  const char *name, *code, *decoder;
  bool layered;
  double peer;
};
const Case cases[] = {
    {"array(49,24)/bp/flooding", "array-ldpc", "bp", false, 262'000},
    {"array(49,24)/bp/layered", "array-ldpc", "bp", true, 0},
    {"array(49,24)/min-sum/flooding", "array-ldpc", "min-sum", false, 1'210'000},
    {"array(49,24)/min-sum/layered", "array-ldpc", "min-sum", true, 1'840'000},
    {"CCSDS(128,64)/bp/flooding", "codes/aff3ct/CCSDS_64_128.alist", "bp", false, 187'000},
    {"CCSDS(128,64)/bp/layered", "codes/aff3ct/CCSDS_64_128.alist", "bp", true, 0},
    {"CCSDS(128,64)/min-sum/flooding", "codes/aff3ct/CCSDS_64_128.alist", "min-sum", false, 980'000},
    {"CCSDS(128,64)/min-sum/layered", "codes/aff3ct/CCSDS_64_128.alist", "min-sum", true, 1'890'000},
    {"802.11n(648,540)/bp/flooding", "codes/aff3ct/WIFI_540_648.alist", "bp", false, 28'000},
    {"802.11n(648,540)/bp/layered", "codes/aff3ct/WIFI_540_648.alist", "bp", true, 0},
    {"802.11n(648,540)/min-sum/flooding", "codes/aff3ct/WIFI_540_648.alist", "min-sum", false, 125'000},
    {"802.11n(648,540)/min-sum/layered", "codes/aff3ct/WIFI_540_648.alist", "min-sum", true, 203'000}};

}  // namespace

int main(int argc, char** argv) {
  // Memory stays with the process, as in a long run: else each batch pays for fresh pages.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  for (const bool stop : {true, false})
    for (const auto& [name, code, decoder, layered, peer] : cases)
      benchmark::RegisterBenchmark((std::string(name) + (stop ? "/stop" : "/fixed")).c_str(), decode, code, decoder,
                                   layered, stop, stop ? peer : 0.0);
  for (const auto& [name, code] : {std::pair{"array(49,24)", "array-ldpc"},
                                   {"BCH(63,45)", "codes/ecct/BCH_N63_K45.txt"},
                                   {"CCSDS(128,64)", "codes/aff3ct/CCSDS_64_128.alist"}})
    for (const char* order : {"1", "2", "3"})
      benchmark::RegisterBenchmark((std::string(name) + "/osd/" + order).c_str(), plain, code, "osd", "{\"order\": " + std::string(order) + "}");
  const auto models = std::filesystem::canonical("/proc/self/exe").parent_path().parent_path() / "share/tandem/registry/models";
  for (const std::string name : {"ecct", "crossmpt"})
    for (const bool stop : {true, false})
      benchmark::RegisterBenchmark(("array(49,24)/" + name + (stop ? "/stop" : "/fixed")).c_str(), plain, "array-ldpc", name,
                                   "{\"weights\": \"" + (models / (name + "-49-24-awgn.safetensors")).string() + "\", \"stop\": " + (stop ? "true" : "false") + "}");
  for (const char* code : {"array-ldpc", "codes/aff3ct/CCSDS_64_128.alist", "codes/aff3ct/WIFI_540_648.alist"})
    benchmark::RegisterBenchmark((std::string("encode/") + code).c_str(), encode, code);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
