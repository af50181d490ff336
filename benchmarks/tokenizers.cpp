// Speed of the tokenizers on Europarl of the folder TANDEM_DATA, an item a line: encoding, decoding, and learning a
// vocabulary of 2,048 from 19 MB.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <tandem/tokenizer.hpp>
#include <tandem/trainable.hpp>

#include "host/library.hpp"

namespace {
using namespace tandem;

std::filesystem::path bin() { return std::filesystem::read_symlink("/proc/self/exe").parent_path(); }
std::string data(const std::string& name) {
  const char* folder = std::getenv("TANDEM_DATA");
  return (std::filesystem::path(folder ? folder : "") / name).string();
}
std::shared_ptr<Component> make(const std::string& name, const std::string& fields) {
  const auto component = host::Library::load(bin().parent_path() / "lib/tandem/plugins" / (name + ".so"))->create();
  Fields::Resolver resolver;
  resolver.file = [](const FieldSpec&, const std::string& json) {
    return File{.reference = {}, .path = json.substr(1, json.size() - 2), .keyword = {}, .sha256 = {}};
  };
  host::assign(*component, fields, resolver);
  component->ready({});
  return component;
}

Bytes lines_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  Bytes lines;
  for (std::string line; std::getline(in, line);)
    lines.append(std::span(reinterpret_cast<const std::uint8_t*>(line.data()), line.size()));
  return lines;
}

class Quiet final : public Progress {
 public:
  void at(double, double) override {}
  bool stop_asked() const override { return false; }
};
// A folder with a vocabulary of 2,048, learned from 19 MB, as long as the program runs.
struct Trained {
  Trained() : folder(std::filesystem::temp_directory_path() / ("tandem-benchmark-" + std::to_string(::getpid()))) {
    run();
  }
  ~Trained() { std::filesystem::remove_all(folder); }
  void run() const {
    Quiet quiet;
    const auto trainer = make("bpe-vocabulary", R"({"text": ")" + data("text/europarl-train.en.txt") + R"("})");
    dynamic_cast<Trainer&>(*trainer).train({.folder = folder.string()}, quiet);
  }
  std::filesystem::path folder;
};

std::shared_ptr<Component> tokenizer(const std::string& name) {
  const auto field = [](const std::string& key, const std::string& path) {
    return "\"" + key + R"(": ")" + path + "\"";
  };
  if (name == "gpt2-bpe")
    return make(name, "{" + field("encoder", data("gpt2-bpe/encoder.json")) + "," +
                          field("merges", data("gpt2-bpe/vocab.bpe")) + "}");
  if (name == "llama-bpe") return make(name, "{" + field("tokenizer", data("models/tok512.bin")) + "}");
  if (name == "bytes") return make(name, "{}");
  if (name == "bpe") {
    static const Trained trained;
    return make(name, "{" + field("vocabulary", (trained.folder / "vocabulary.bpe").string()) + "}");
  }
  return make(name, "{" + field("text", data("text/europarl-train.en.txt")) + "}");
}

template <class Work>
void measure(benchmark::State& state, const std::string& name, Work&& work) {
  const Bytes lines = lines_of(data("text/europarl-dev.en.txt"));
  if (lines.empty()) return state.SkipWithError("needs the folder TANDEM_DATA");
  const auto component = tokenizer(name);
  const auto& subject = dynamic_cast<const Tokenizer&>(*component);
  const Tokens tokens = subject.encode(lines);
  for (auto _ : state) benchmark::DoNotOptimize(work(subject, lines, tokens));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(lines.size()));
  state.counters["bytes_per_token"] = static_cast<double>(lines.size()) / static_cast<double>(tokens.size());
}
void encode(benchmark::State& state, const std::string& name) {
  measure(state, name,
          [](const Tokenizer& subject, const Bytes& lines, const Tokens&) { return subject.encode(lines); });
}
void decode(benchmark::State& state, const std::string& name) {
  measure(state, name,
          [](const Tokenizer& subject, const Bytes&, const Tokens& tokens) { return subject.decode(tokens); });
}
// Nothing seen before: each time a tokenizer whose cache is empty.
void encode_cold(benchmark::State& state, const std::string& name) {
  const Bytes lines = lines_of(data("text/europarl-dev.en.txt"));
  if (lines.empty()) return state.SkipWithError("needs the folder TANDEM_DATA");
  for (auto _ : state) {
    state.PauseTiming();
    const auto component = tokenizer(name);
    state.ResumeTiming();
    benchmark::DoNotOptimize(dynamic_cast<const Tokenizer&>(*component).encode(lines));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(lines.size()));
}
void train(benchmark::State& state) {
  if (!std::filesystem::exists(data("text/europarl-train.en.txt"))) return state.SkipWithError("needs the folder TANDEM_DATA");
  const Trained trained;
  for (auto _ : state) trained.run();
}

BENCHMARK_CAPTURE(encode, bytes, "bytes")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, words, "words")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, bpe, "bpe")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, gpt2_bpe, "gpt2-bpe")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, llama_bpe, "llama-bpe")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode_cold, bpe, "bpe")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode_cold, gpt2_bpe, "gpt2-bpe")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, bpe, "bpe")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, gpt2_bpe, "gpt2-bpe")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, llama_bpe, "llama-bpe")->Unit(benchmark::kMillisecond);
BENCHMARK(train)->Unit(benchmark::kSecond)->Iterations(2);

}  // namespace
BENCHMARK_MAIN();
