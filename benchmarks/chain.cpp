// The whole chain of a run against its decoder alone, on the same frames: random bits, code, BPSK, AWGN, decoder, metrics.
// Frames a second of all threads together; `decoder` is decode() on receptions that are ready.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/unit.hpp"

namespace {

using namespace tandem;

struct Setting {
  const char *name, *code, *decoder;
  double eb_n0_db;
};
constexpr Setting settings[] = {
    {"array-49-24/sum-product/flooding", R"({"array-ldpc": {}})", R"({"bp": {}})", 4},
    {"array-49-24/min-sum/flooding", R"({"array-ldpc": {}})", R"({"min-sum": {}})", 4},
    {"array-49-24/min-sum/layered", R"({"array-ldpc": {}})", R"({"min-sum": {"schedule": "layered"}})", 4},
    {"array-49-24/sum-product/flooding/no-stop", R"({"array-ldpc": {}})", R"({"bp": {"stop": false}})", 4},
    {"array-49-24/min-sum/layered/no-stop", R"({"array-ldpc": {}})", R"({"min-sum": {"schedule": "layered", "stop": false}})", 4},
    {"array-121-60/min-sum/layered", R"({"array-ldpc": {"p": 11, "rows": 6}})", R"({"min-sum": {"schedule": "layered"}})", 4},
};
constexpr std::size_t batch = 1024, unit = 16 * batch;

// A link of the setting, its metrics, and one batch of receptions.
struct Bench {
  host::Catalogue catalogue{host::plugin_folders({})};
  host::Registry registry;
  host::Plan plan;
  host::Links links{catalogue, 1, 1};
  host::Link link;
  std::vector<std::shared_ptr<Metric>> owned;
  std::vector<const Metric*> metrics;
  float n0 = 0;
  std::shared_ptr<Decoder> decoder;
  Reception reception;

  explicit Bench(const Setting& setting) {
    const auto path = std::filesystem::temp_directory_path() / ("tandem-bench-chain-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ".json");
    std::ofstream(path) << R"({"source": {"random-bits": {"length": K}}, "link": {"code": )" << setting.code << R"(, "decoder": )" << setting.decoder
                        << R"(, "modem": "bpsk", "channel": "awgn"}, "snr": {"eb_n0_db": 4}, "metrics": ["ber", "bler"], "stop": {"frames": 1}})";
    std::ifstream in(path);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    text.replace(text.find(": K"), 3, std::string(setting.code).find("11") == std::string::npos ? ": 24" : ": 60");
    std::ofstream(path) << text;
    plan = host::make_plan(host::load_config(path, {}, {}), catalogue, registry);
    std::filesystem::remove(path);
    const auto& variant = plan.arms[0].variants[0];
    link = links.build(variant);
    n0 = host::noise_density(setting.eb_n0_db + host::decibels(link.bits_per_use));
    for (std::size_t m = 0; m < plan.metrics.size(); ++m) {
      owned.push_back(std::dynamic_pointer_cast<Metric>(links.instances().get(plan.metrics[m], plan.config.document, {"metrics"})));
      metrics.push_back(owned.back().get());
    }
    decoder = std::dynamic_pointer_cast<Decoder>(links.instances().get(variant.graph, *variant.graph.find("decoder"), variant.document));
    const auto sent = link.transmitter->send(0, batch);
    const auto observation = link.receiver->observe(*sent, 0, n0);
    const auto modem = std::dynamic_pointer_cast<DigitalModem>(links.instances().get(variant.graph, *variant.graph.find("modem"), variant.document));
    reception = modem->demodulate(observation, nullptr);
  }
};

void chain(benchmark::State& state, const Setting& setting) {
  Bench bench(setting);
  std::uint64_t first = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(host::run_unit(bench.link, bench.metrics, first, unit, bench.n0, batch));
    first += unit;
  }
  state.counters["frames/s"] = benchmark::Counter(static_cast<double>(first), benchmark::Counter::kIsRate);
}

void decoder(benchmark::State& state, const Setting& setting) {
  Bench bench(setting);
  double frames = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(bench.decoder->decode(bench.reception));
    frames += batch;
  }
  state.counters["frames/s"] = benchmark::Counter(frames, benchmark::Counter::kIsRate);
}

}  // namespace

int main(int count, char** arguments) {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);  // as the command does
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  for (const auto& setting : settings) {
    for (const int threads : {1, 2}) {
      benchmark::RegisterBenchmark((std::string(setting.name) + "/chain").c_str(), chain, setting)->Threads(threads)->UseRealTime();
      benchmark::RegisterBenchmark((std::string(setting.name) + "/decoder").c_str(), decoder, setting)->Threads(threads)->UseRealTime();
    }
  }
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
}
