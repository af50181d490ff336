#pragma once

#include <tandem/metric.hpp>

#include "bleu_score.hpp"
#include "texts.hpp"

namespace tandem::metrics {

/// BLEU of received texts against sent ones. What derives from it declares the fields.
class BleuMetric : public Metric, public ComparesTexts {
 public:
  unsigned needs() const override { return items; }

  std::vector<std::string> quantities() const override {
    return {"bleu-1",    "bleu-2",  "bleu-3",  "bleu-4",  "matches-1", "matches-2",         "matches-3",
            "matches-4", "total-1", "total-2", "total-3", "total-4",   "hypothesis-length", "reference-length"};
  }
  std::vector<Row> rows() const override {
    using enum Row::Kind;
    std::vector<Row> out;
    for (int order = 1; order <= 4; ++order)
      out.push_back({std::to_string(order), mean, order - 1, -1, "",
                     "mean over frames of the sentence's BLEU with equal weights up to this order"});
    for (int order = 1; order <= 4; ++order)
      out.push_back({"corpus-" + std::to_string(order), function, 0, -1, "",
                     "BLEU of all frames as one corpus; not the mean of the sentences"});
    return out;
  }

  void measure(const Exchange& exchange, std::span<double> out) const override {
    const Texts texts(exchange);
    NgramCounter counter;
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      std::string own_sent, own_received;
      std::string_view reference = texts.sent(frame), hypothesis = texts.received(frame);
      if (form_ == "words") {
        reference = own_sent = words_of(reference);
        hypothesis = own_received = words_of(hypothesis);
      }
      const auto counts = counter.count({&reference, 1}, hypothesis);
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

  Exactness exactness() const override { return Exactness::portable; }

 protected:
  void declare_smoothing(Fields& f) {
    f("smoothing", smoothing_, "none")
        .choices({"none", "method1"})
        .doc("what an n-gram precision of zero becomes: next to nothing, or that of 0.1 matches");
  }

  std::string form_ = "raw";

 private:
  double score(const NgramCounts& counts, std::size_t order) const {
    const std::vector<double> weights(order, 1 / static_cast<double>(order));
    return bleu(counts, weights, smoothing_ == "method1" ? Smoothing::method1 : Smoothing::none);
  }

  static constexpr std::size_t width = 14;
  std::string smoothing_ = "none";
};

}  // namespace tandem::metrics
