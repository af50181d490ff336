#include <algorithm>
#include <tandem/neural/operations.hpp>

namespace tandem::neural {
namespace {

/// 1 + 2 + ... + n.
double triangle(double n) { return n * (n + 1) / 2; }

constexpr double a_norm = 4;  ///< multiplications a value, as profilers count a LayerNorm

/// Multiplications of one position's matrices in one layer, its own and those that keep the memory's keys.
struct Layer final {
  double own, memory;
};
Layer encoder_layer(const SentenceShape& s) {
  const auto w = static_cast<double>(s.width), h = static_cast<double>(s.hidden);
  return {4 * w * w + 2 * w * h, 0};
}
Layer decoder_layer(const SentenceShape& s) {
  const auto w = static_cast<double>(s.width), h = static_cast<double>(s.hidden);
  return {6 * w * w + 2 * w * h, 2 * w * w};
}
/// Between encoder and decoder, a position.
double middle(const SentenceShape& s) {
  const auto w = static_cast<double>(s.width), h = static_cast<double>(s.hidden), f = static_cast<double>(s.features),
             n = static_cast<double>(s.narrowing), q = static_cast<double>(s.quantizer);
  const double receiver = s.family == SentenceFamily::ut ? f * n + n * w : f * w + 2 * w * h;
  return w * n + n * f + 2 * f * q + receiver;
}
double head(const SentenceShape& s) { return static_cast<double>(s.width) * static_cast<double>(s.vocabulary); }
double halting(const SentenceShape& s) { return s.family == SentenceFamily::ut ? static_cast<double>(s.width) : 0; }

double published(const SentenceShape& s, std::size_t words) {
  const auto layers = static_cast<double>(s.layers), w = static_cast<double>(s.width);
  if (s.family == SentenceFamily::ut) {
    const double hops = SentenceShape::hops, positions = static_cast<double>(words + 1);
    const double both = encoder_layer(s).own + decoder_layer(s).own + decoder_layer(s).memory;
    return 2 * positions * (hops * (layers * both + 2 * halting(s)) + middle(s) + head(s));
  }
  constexpr double longest = 30, steps = 29, positions = longest + 1;  // padded to the longest sentence
  const double encoder = positions * (layers * (encoder_layer(s).own + 2 * a_norm * w) + middle(s) + a_norm * w);
  const double decoder = triangle(steps) * (layers * (decoder_layer(s).own + 3 * a_norm * w) + head(s)) + steps * positions * layers * decoder_layer(s).memory;
  const double sentences = std::max(1.0, static_cast<double>((words + 29) / 30));
  return 2 * sentences * (encoder + decoder);
}

}  // namespace

double operations_of(const LanguageShape& s, std::size_t symbols, Counting counting) {
  const auto w = static_cast<double>(s.width), layers = static_cast<double>(s.layers), n = static_cast<double>(symbols);
  const double head = w * static_cast<double>(s.vocabulary);
  if (s.family == LanguageFamily::lstm) return 2 * 2 * n * (layers * 8 * w * w + head);
  const bool llama = s.family == LanguageFamily::llama;
  const double keys = llama ? static_cast<double>(s.key_heads * s.head_width()) : w;
  const double layer = 2 * w * w + 2 * w * keys + (llama ? 3 : 2) * w * static_cast<double>(s.hidden);
  const double norms = llama ? 0 : layers * 2 * a_norm * w + (s.family == LanguageFamily::gpt2 ? a_norm * w : 0);
  const double reads = counting == Counting::kept ? n : triangle(n);
  if (counting == Counting::published) return 2 * 2 * reads * (norms + head + (s.family == LanguageFamily::gpt2 ? 0 : layers * layer));
  // A position looks at itself and at all before it.
  const double pairs = counting == Counting::kept ? triangle(n) : n * (n + 1) * (n + 2) / 6;
  return 2 * 2 * (reads * (layers * layer + head) + pairs * layers * 2 * w);
}

double operations_of(const CodeTransformerShape& s, std::size_t pairs, Counting counting) {
  const auto w = static_cast<double>(s.width), layers = static_cast<double>(s.layers), tokens = static_cast<double>(s.tokens()),
             hidden = static_cast<double>(s.hidden());
  const double linear = tokens * (layers * (4 * w * w + 2 * w * hidden) + w + static_cast<double>(s.n));
  if (counting == Counting::published) return 2 * (linear + tokens * a_norm * w * (2 * layers + 2));
  const double seen = counting == Counting::anew && s.attention == CodeTransformerShape::Attention::self ? tokens * tokens : static_cast<double>(pairs);
  return 2 * (linear + layers * seen * 2 * w);
}

double operations_of(const SentenceShape& s, std::size_t words, Counting counting) {
  if (counting == Counting::published) return published(s, words);
  const double hops = s.family == SentenceFamily::ut ? static_cast<double>(SentenceShape::hops) : 1;
  const auto layers = static_cast<double>(s.layers), w = static_cast<double>(s.width);
  const double positions = static_cast<double>(words + s.frame()), steps = static_cast<double>(words + 1);
  const double encoder = positions * (hops * (layers * (encoder_layer(s).own + positions * 2 * w) + halting(s)) + middle(s));
  const bool kept = counting == Counting::kept;
  const double reads = kept ? steps : triangle(steps), pairs = kept ? triangle(steps) : steps * (steps + 1) * (steps + 2) / 6;
  const double decoder = hops * (layers * (reads * (decoder_layer(s).own + positions * 2 * w) + pairs * 2 * w) + reads * halting(s)) + steps * head(s);
  return 2 * (encoder + decoder + (kept ? 1 : steps * hops) * positions * layers * decoder_layer(s).memory);
}

double operations_of(const SentenceShape& s, const SentenceWork& work) {
  const auto layers = static_cast<double>(s.layers), w = static_cast<double>(s.width);
  const auto encoded = static_cast<double>(work.encoder_rows), decoded = static_cast<double>(work.decoder_rows);
  const double linear = encoded * (layers * encoder_layer(s).own + halting(s)) + decoded * (layers * decoder_layer(s).own + halting(s));
  const double once = static_cast<double>(work.positions) * (middle(s) + layers * decoder_layer(s).memory) + static_cast<double>(work.told) * head(s);
  return 2 * (linear + once + static_cast<double>(work.pairs) * 2 * w);
}

}  // namespace tandem::neural
