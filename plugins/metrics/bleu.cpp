// BLEU of received texts against sent ones.
#include <tandem/metric.hpp>

#include "bleu_score.hpp"

namespace {
using tandem::metrics::NgramCounts;

class Bleu final : public tandem::Metric, public tandem::ComparesTexts {
  void fields(tandem::Fields& f) override {
    f("smoothing", smoothing_, "none")
        .choices({"none", "method1"})
        .doc("what an n-gram precision of zero becomes: next to nothing, or that of 0.1 matches");
    f.source("Papineni et al.: BLEU, ACL 2002; as nltk 3.8 computes it, tokens cut at white space");
    f.example(R"({"smoothing": "method1"})");
  }
  unsigned needs() const override { return items; }

  std::vector<std::string> quantities() const override {
    return {"bleu-1",    "bleu-2",  "bleu-3",  "bleu-4",  "matches-1", "matches-2",         "matches-3",
            "matches-4", "total-1", "total-2", "total-3", "total-4",   "hypothesis-length", "reference-length"};
  }
  std::vector<tandem::Row> rows() const override {
    using enum tandem::Row::Kind;
    std::vector<tandem::Row> out;
    for (int order = 1; order <= 4; ++order)
      out.push_back({std::to_string(order), mean, order - 1, -1, "",
                     "mean over frames of the sentence's BLEU with equal weights up to this order"});
    for (int order = 1; order <= 4; ++order)
      out.push_back({"corpus-" + std::to_string(order), function, 0, -1, "",
                     "BLEU of all frames as one corpus; not the mean of the sentences"});
    return out;
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    if (exchange.frames == 0) return;
    if (!exchange.items_sent || !exchange.items_received)
      throw tandem::Error("the metric was given no texts to compare");
    const auto text = [](std::span<const std::uint8_t> item) {
      return std::string_view(reinterpret_cast<const char*>(item.data()), item.size());
    };
    tandem::metrics::NgramCounter counter;
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      const std::string_view reference = text((*exchange.items_sent)[frame]);
      const auto counts = counter.count({&reference, 1}, text((*exchange.items_received)[frame]));
      double* row = out.data() + frame * width;
      for (std::size_t order = 1; order <= 4; ++order) row[order - 1] = score(counts, order);
      for (std::size_t i = 0; i < 4; ++i) {
        row[4 + i] = static_cast<double>(counts.matches[i]);
        row[8 + i] = static_cast<double>(counts.total[i]);
      }
      row[12] = static_cast<double>(counts.hypothesis_length);
      row[13] = static_cast<double>(counts.reference_length);
    }
  }

  double evaluate(std::size_t row, std::span<const double> sums, std::uint64_t) const override {
    NgramCounts counts;
    for (std::size_t i = 0; i < 4; ++i) {
      counts.matches[i] = static_cast<std::uint64_t>(sums[4 + i]);
      counts.total[i] = static_cast<std::uint64_t>(sums[8 + i]);
    }
    counts.hypothesis_length = static_cast<std::uint64_t>(sums[12]);
    counts.reference_length = static_cast<std::uint64_t>(sums[13]);
    return score(counts, row - 3);
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  double score(const NgramCounts& counts, std::size_t order) const {
    const std::vector<double> weights(order, 1 / static_cast<double>(order));
    return bleu(counts, weights,
                smoothing_ == "method1" ? tandem::metrics::Smoothing::method1 : tandem::metrics::Smoothing::none);
  }

  static constexpr std::size_t width = 14;
  std::string smoothing_ = "none";
};
}  // namespace
TANDEM_PLUGIN(Bleu, tandem::Metric, "bleu", "1.0.0", "BLEU-1 to BLEU-4, mean of sentences and of the corpus")
