// Llama networks on one thread, token by token: tokens a second over a window of 256 positions of 1, 16 and 64 streams, of
// `tandem`, our LanguageModel; `plain` and `plain-fast`, scalar loops that read one stream after the other (plain_llama.cpp);
// `torch`, ordinary operations of libtorch, all streams in one forward pass a position. All have the same random parameters,
// and must give the same logits before anything is timed. On a machine that others use, compare what
// --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true tells.
#include "language_peers.hpp"

#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <cmath>
#include <string>
#include <tandem/error.hpp>
#include <tandem/noise.hpp>

namespace {
using namespace tandem;
using namespace tandem::neural;

class Ours final : public LanguagePeer {
 public:
  Ours(const LanguageShape& shape, std::span<const float> parameters) : model_(shape, parameters) {}

  void read(const Windows& windows, const See& see) override {
    LanguageState session = model_.open(windows.size());
    std::vector<Token> tokens(windows.size());
    const std::vector<std::uint8_t> active(windows.size(), 1);
    for (std::size_t t = 0; t < windows[0].size(); ++t) {
      for (std::size_t s = 0; s < windows.size(); ++s) tokens[s] = windows[s][t];
      session.step(tokens, active);
      for (std::size_t s = 0; s < windows.size(); ++s) see(s, t, session.logits(s));
    }
  }

 private:
  LanguageModel model_;
};

/// What can be joined or computed once is: queries, keys and values are one product, gate and up another, the turns of all
/// positions a table, and the caches are there from the beginning.
class Torch final : public LanguagePeer {
 public:
  Torch(const LanguageShape& shape, std::span<const float> parameters) : s_(shape) {
    const c10::InferenceMode inference;
    std::vector<torch::Tensor> all;
    for (const LanguageTensor& tensor : tensors_of(shape)) {
      const std::vector<std::int64_t> sizes(tensor.shape.begin(), tensor.shape.end());
      all.push_back(torch::from_blob(const_cast<float*>(parameters.data()) + tensor.offset, sizes).clone());
    }
    embedding_ = all[0];
    for (std::size_t l = 0; l < s_.layers; ++l) {
      const torch::Tensor* w = &all[1 + 9 * l];  // query, key, value, output, norm, gate, up, down, norm
      layers_.push_back({torch::cat({w[0], w[1], w[2]}, 1), w[3], w[4], torch::cat({w[5], w[6]}, 1), w[7], w[8]});
    }
    final_norm_ = all[1 + 9 * s_.layers];
    head_ = s_.own_head ? all.back() : embedding_.t();
    const auto pairs = torch::arange(0, integer(s_.head_width()), 2, torch::kDouble) / static_cast<double>(s_.head_width());
    const auto angles = torch::outer(torch::arange(integer(s_.context), torch::kDouble), torch::pow(10000.0, -pairs));
    turns_ = torch::polar(torch::ones_like(angles), angles).to(torch::kComplexFloat);
  }

  void read(const Windows& windows, const See& see) override {
    const c10::InferenceMode inference;
    const auto streams = integer(windows.size());
    if (caches_.empty() || caches_[0].first.size(0) != streams * integer(s_.key_heads)) {
      caches_.clear();
      const std::vector<std::int64_t> sizes = {streams * integer(s_.key_heads), integer(s_.context), integer(s_.head_width())};
      for (std::size_t l = 0; l < s_.layers; ++l) caches_.emplace_back(torch::zeros(sizes), torch::zeros(sizes));
    }
    torch::Tensor tokens = torch::empty({streams}, torch::kLong);
    for (std::size_t t = 0; t < windows[0].size(); ++t) {
      for (std::size_t s = 0; s < windows.size(); ++s) tokens.data_ptr<std::int64_t>()[s] = windows[s][t];
      const torch::Tensor logits = step(tokens, integer(t));
      for (std::size_t s = 0; s < windows.size(); ++s) see(s, t, {logits.data_ptr<float>() + s * s_.vocabulary, s_.vocabulary});
    }
  }

 private:
  struct Layer final {
    torch::Tensor attention, output, attention_norm, widen, narrow, feed_forward_norm;
  };
  static std::int64_t integer(std::size_t value) { return static_cast<std::int64_t>(value); }
  static torch::Tensor normalize(const torch::Tensor& x, const torch::Tensor& weight) {
    return x * x.square().mean(-1, true).add_(1e-5).rsqrt_() * weight;
  }

  torch::Tensor step(const torch::Tensor& tokens, std::int64_t position) {
    torch::Tensor x = embedding_.index_select(0, tokens);
    for (std::size_t l = 0; l < s_.layers; ++l) {
      const Layer& layer = layers_[l];
      x.addmm_(attention(normalize(x, layer.attention_norm).mm(layer.attention), l, position), layer.output);
      const auto both = normalize(x, layer.feed_forward_norm).mm(layer.widen).chunk(2, 1);
      x.addmm_(torch::silu(both[0]).mul_(both[1]), layer.narrow);
    }
    return normalize(x, final_norm_).mm(head_);
  }

  torch::Tensor attention(const torch::Tensor& projected, std::size_t layer, std::int64_t position) {
    const std::int64_t streams = projected.size(0), wide = integer(s_.head_width()), heads = integer(s_.heads);
    const std::int64_t keys = integer(s_.key_heads), turned = (heads + keys) * wide;
    const auto pairs = projected.narrow(1, 0, turned).view({streams, heads + keys, wide / 2, 2});
    const auto rotated = torch::view_as_real(torch::view_as_complex(pairs) * turns_[position]).view({streams, heads + keys, wide});
    const auto& [key_cache, value_cache] = caches_[layer];
    key_cache.select(1, position).view({streams, keys, wide}).copy_(rotated.narrow(1, heads, keys));
    value_cache.select(1, position).view({streams, keys, wide}).copy_(projected.narrow(1, turned, keys * wide).view({streams, keys, wide}));
    const auto query = rotated.narrow(1, 0, heads).reshape({streams * keys, heads / keys, wide}) * (1 / std::sqrt(static_cast<float>(wide)));
    const auto scores = query.bmm(key_cache.narrow(1, 0, position + 1).transpose(1, 2));
    return scores.softmax(-1).bmm(value_cache.narrow(1, 0, position + 1)).view({streams, heads * wide});
  }

  LanguageShape s_;
  torch::Tensor embedding_, final_norm_, head_, turns_;
  std::vector<Layer> layers_;
  std::vector<std::pair<torch::Tensor, torch::Tensor>> caches_;  ///< {streams * key heads, context, head width}
};

constexpr std::size_t window = 256;

LanguagePeer::Windows windows_of(const LanguageShape& shape, std::size_t streams) {
  LanguagePeer::Windows windows(streams, std::vector<Token>(window));
  for (std::size_t s = 0; s < streams; ++s)
    for (std::size_t t = 0; t < window; ++t) windows[s][t] = static_cast<Token>((s * 31 + t * (7 + s)) % shape.vocabulary);
  return windows;
}

/// Norms about 1, what goes through a matrix about as large as before, logits of a few nats.
std::vector<float> parameters_for(const LanguageShape& shape) {
  std::vector<float> parameters(parameters_of(shape));
  Noise(1, "benchmark", 0).normals(0, parameters);
  for (const LanguageTensor& tensor : tensors_of(shape)) {
    const bool norm = tensor.shape.size() == 1;
    const float scale = norm ? 0.1f : tensor.name == "embedding" ? 0.25f : 1 / std::sqrt(static_cast<float>(tensor.shape[0]));
    for (float& value : std::span(parameters).subspan(tensor.offset, tensor.size())) value = value * scale + (norm ? 1.0f : 0.0f);
  }
  return parameters;
}

void require_agreement(const std::string& name, const LanguageShape& shape, LanguagePeer& plain, LanguagePeer& other, float tolerance) {
  const LanguagePeer::Windows windows = windows_of(shape, 3);
  std::vector<float> expected(windows.size() * window * shape.vocabulary);
  const auto at = [&](std::size_t s, std::size_t t) { return expected.data() + (s * window + t) * shape.vocabulary; };
  plain.read(windows, [&](std::size_t s, std::size_t t, std::span<const float> logits) { std::ranges::copy(logits, at(s, t)); });
  other.read(windows, [&](std::size_t s, std::size_t t, std::span<const float> logits) {
    for (std::size_t v = 0; v < logits.size(); ++v)
      if (!(std::abs(logits[v] - at(s, t)[v]) <= tolerance))
        throw Error(name + " has another logit of token " + std::to_string(v) + " than plain at position " + std::to_string(t) +
                    " of stream " + std::to_string(s) + ": " + std::to_string(logits[v]) + ", not " + std::to_string(at(s, t)[v]));
  });
}

void tokens(benchmark::State& state, LanguagePeer& peer, const LanguageShape& shape) {
  const LanguagePeer::Windows windows = windows_of(shape, static_cast<std::size_t>(state.range(0)));
  const LanguagePeer::See see = [](std::size_t, std::size_t, std::span<const float> logits) { benchmark::DoNotOptimize(logits.data()); };
  for (auto _ : state) peer.read(windows, see);
  state.counters["tokens/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(windows.size() * window), benchmark::Counter::kIsRate);
}

constexpr LanguageShape stories260k{
    .family = LanguageFamily::llama, .vocabulary = 512, .context = 512, .layers = 5, .width = 64, .heads = 8, .key_heads = 4, .hidden = 172};
constexpr LanguageShape lm_bytes_96{
    .family = LanguageFamily::llama, .vocabulary = 256, .context = 256, .layers = 4, .width = 96, .heads = 4, .key_heads = 4, .hidden = 256};

}  // namespace

int main(int count, char** arguments) {
  torch::set_num_threads(1);
  std::vector<std::unique_ptr<LanguagePeer>> peers;
  for (const auto& [network, shape] : {std::pair("stories260k", stories260k), std::pair("lm-bytes-96", lm_bytes_96)}) {
    const std::vector<float> parameters = parameters_for(shape);
    const std::size_t first = peers.size();
    const auto enter = [&](const std::string& name, std::unique_ptr<LanguagePeer> peer) {
      peers.push_back(std::move(peer));
      if (name == "plain") require_agreement("tandem", shape, *peers.back(), *peers[first], 1e-2f);  // it keeps 11 bits
      if (peers.size() > first + 2) require_agreement(name, shape, *peers[first + 1], *peers.back(), 1e-3f);
      benchmark::RegisterBenchmark((network + ("/" + name)).c_str(), tokens, std::ref(*peers.back()), shape)
          ->Arg(1)->Arg(16)->Arg(64)->Unit(benchmark::kMillisecond);
    };
    enter("tandem", std::make_unique<Ours>(shape, parameters));
    enter("plain", plain_llama(shape, parameters));
    enter("plain-fast", plain_llama_fast(shape, parameters));
    enter("torch", std::make_unique<Torch>(shape, parameters));
  }
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
