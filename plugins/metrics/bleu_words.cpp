// BLEU of the words alone: what a comparison with joint text systems needs, which give back nothing else.
#include "bleu_metric.hpp"

namespace {
class BleuWords final : public tandem::metrics::BleuMetric {
  void fields(tandem::Fields& f) override {
    form_ = "words";
    declare_smoothing(f);
    f.source(
        "Papineni et al.: BLEU, ACL 2002; as nltk 3.8 computes it, on lower-case words without punctuation and digits");
    f.example(R"({"smoothing": "method1"})");
  }
};
}  // namespace
TANDEM_PLUGIN(BleuWords, tandem::Metric, "bleu-words", "1.0.0",
              "BLEU of lower-case words alone, for comparisons with joint systems")
