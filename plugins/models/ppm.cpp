// Prediction by partial matching: the contexts of the last 0 .. order symbols, each with its own counts, blended from
// the longest to the shortest by escape probabilities that are learned for classes of contexts.
#include <algorithm>
#include <array>
#include <optional>

#include "context_model.hpp"

namespace {
using namespace tandem;
using models::ContextTrie;
using models::highest_order;

// Absolute discount of a count: what a symbol seen once is worth less than its count says.
constexpr double discount = 0.65;

// An escape probability that learns, and how much it has learned from.
struct Escape {
  float probability = 0, evidence = 0;
};

int distinct_class(std::uint32_t distinct) {
  if (distinct <= 4) return static_cast<int>(distinct) - 1;
  return distinct <= 6 ? 4 : distinct <= 10 ? 5 : distinct <= 20 ? 6 : 7;
}
// By the mean count of the symbols seen in a context.
int count_class(std::uint32_t total, std::uint32_t distinct) {
  constexpr std::uint64_t double_limits[] = {2, 3, 4, 6, 10, 20, 60};
  int above = 0;
  for (const auto limit : double_limits) above += 2 * std::uint64_t{total} > limit * distinct;
  return above;
}

// Two classifications of a context; its escape probability is the mean of the two classes', weighted by their evidence.
class Escapes final {
 public:
  Escapes() : by_order_(order_classes), by_depth_(depth_classes) {
    // Where nothing was learned: a context escapes the less, the more often it saw its symbols.
    constexpr float mean_counts[] = {1, 1.3f, 1.7f, 2.5f, 4, 7, 20, 60};  // of count_class 0 .. 7
    for (std::size_t i = 0; i < by_order_.size(); ++i) by_order_[i].probability = 1 / (1 + mean_counts[i / 2 % 8] / 2);
    for (std::size_t i = 0; i < by_depth_.size(); ++i) by_depth_[i].probability = 1 / (1 + mean_counts[i % 8] / 2);
  }
  // Of the context of the last `order` symbols while `depth` is the longest there is; `below` is the context one
  // shorter, `proven` says whether the last symbol was found in the context that this one continues.
  std::array<std::uint32_t, 2> classes(int order, int depth, const ContextTrie::Node& context,
                                       const ContextTrie::Node& below, bool proven) const {
    const int distinct = distinct_class(context.distinct), counts = count_class(context.total, context.distinct);
    return {static_cast<std::uint32_t>(((order * 8 + distinct) * 8 + counts) * 2 + proven),
            static_cast<std::uint32_t>(
                (((std::min(depth - order, 7) * 2 + proven) * 8 + distinct) * 8 + distinct_class(below.distinct)) * 8 +
                counts)};
  }
  double probability(const std::array<std::uint32_t, 2>& of) const {
    const Escape &one = by_order_[of[0]], &two = by_depth_[of[1]];
    const double weight_one = std::min(static_cast<double>(one.evidence), 100.0) + 1;
    const double weight_two = std::min(static_cast<double>(two.evidence), 100.0) + 1;
    return (weight_one * static_cast<double>(one.probability) + weight_two * static_cast<double>(two.probability)) /
           (weight_one + weight_two);
  }
  // `escaped` is the posterior probability that the symbol came from a shorter context, `reached` that this one was
  // asked.
  void learn(const std::array<std::uint32_t, 2>& of, double reached, double escaped) {
    for (Escape* escape : {&by_order_[of[0]], &by_depth_[of[1]]}) {
      // Limited evidence keeps a class learning.
      const double evidence = std::min(static_cast<double>(escape->evidence) + reached, 250.0);
      const double old = static_cast<double>(escape->probability);
      const double next = old + reached * (escaped - old) / (evidence + 3);
      escape->evidence = static_cast<float>(evidence);
      escape->probability = static_cast<float>(std::clamp(next, 0.0002, 0.9995));
    }
  }

 private:
  static constexpr std::size_t order_classes = (highest_order + 1) * 8 * 8 * 2, depth_classes = 8 * 2 * 8 * 8 * 8;
  std::vector<Escape> by_order_, by_depth_;
};

// One stream: where it stands, and what it has learned itself.
class Stream final {
 public:
  // What a model has learned from its text.
  struct Primed {
    std::shared_ptr<const ContextTrie::Nodes> contexts;
    Escapes escapes;
  };

  explicit Stream(const models::ContextSettings& settings) : path_(settings), escapes_(Escapes()) {}
  Stream(const models::ContextSettings& settings, std::shared_ptr<const Primed> primed, bool learns)
      : primed_(std::move(primed)), path_(settings, primed_->contexts, learns) {
    if (learns) escapes_ = primed_->escapes;
  }

  void restart() {
    path_.restart();
    last_found_ = 0;
  }
  void step(Token symbol) {
    const int found = path_.look_up(symbol);
    if (escapes_) {
      if (primed_ || symbols_ < settled || symbols_ % 4 == 0) learn_escapes();
      ++symbols_;
      path_.learn(found);  // update exclusion: contexts shorter than the longest that knew the symbol learn nothing new
    }
    path_.move();
    last_found_ = symbol == path_.settings().end ? 0 : found;
  }
  void predict(std::span<double> out) const;
  Primed finish() && { return {std::move(path_).finish(), std::move(*escapes_)}; }

 private:
  // Symbols of a training text after which the escapes have settled: every fourth keeps them so, in a third less time.
  static constexpr std::size_t settled = 1'000'000;
  struct Level {
    bool used;
    std::array<std::uint32_t, 2> classes;
    double escape, weight;  // weight: of one discounted count
  };
  Level level(int order) const {
    const auto& context = path_.context(order);
    if (context.distinct == 0) return {.used = false, .classes = {}, .escape = 1, .weight = 0};
    const auto& below = path_.context(std::max(order - 1, 0));
    const Escapes& escapes = escapes_ ? *escapes_ : primed_->escapes;
    const auto classes = escapes.classes(order, path_.depth(), context, below, last_found_ >= order);
    const double escape = escapes.probability(classes);
    return {true, classes, escape, (1 - escape) / (context.total - discount * context.distinct)};
  }
  void learn_escapes();

  std::shared_ptr<const Primed> primed_;  // none while it learns the training text
  models::ContextPath path_;
  std::optional<Escapes> escapes_;  // none: frozen
  int last_found_ = 0;
  std::size_t symbols_ = 0;  // learned
};

void Stream::predict(std::span<double> out) const {
  std::ranges::fill(out, 0.0);
  double reached = 1;
  for (int order = path_.depth(); order >= 0; --order) {
    const Level here = level(order);
    const double weight = reached * here.weight;
    for (const auto& child : path_.seen(order)) out[child.symbol] += weight * (child.count - discount);
    reached *= here.escape;
  }
  const double rest = reached / static_cast<double>(out.size());
  for (double& p : out) p += rest;
}

// One step of expectation maximisation for the chain p_k = (1 - e_k) f_k + e_k p_(k-1).
void Stream::learn_escapes() {
  const int depth = path_.depth();
  std::array<Level, highest_order + 1> levels;
  std::array<double, highest_order + 2> p;  // p[k + 1] of order k
  p[0] = 1.0 / path_.settings().vocabulary;
  for (int order = 0; order <= depth; ++order) {
    const Level& here = levels[order] = level(order);
    p[order + 1] = here.escape * p[order];
    if (const auto count = path_.count(order); count != 0) p[order + 1] += here.weight * (count - discount);
  }
  double reached = 1;
  for (int order = depth; order >= 0; --order) {
    const Level& here = levels[order];
    if (!here.used) continue;
    const double escaped = here.escape * p[order] / p[order + 1];
    escapes_->learn(here.classes, reached, escaped);
    reached *= escaped;
  }
}

class Ppm final : public models::ContextModel<Stream> {
 public:
  void fields(Fields& f) override {
    declare_contexts(f, 8);
    f.source(
        "Cleary and Witten 1984 (PPM); Shkarin 2002 (PPMII, var. H: learned escapes, update exclusion); Kneser and Ney "
        "1995 (discount); Steinruecken 2015 (blending)");
    f.example(R"({"text": "corpus:prime", "order": 6})");
  }
};

}  // namespace
TANDEM_PLUGIN(Ppm, tandem::Model, "ppm", "1.0.0", "prediction by partial matching with learned escapes")
