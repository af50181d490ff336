// BLEU of received texts against sent ones.
#include "bleu_metric.hpp"

namespace {
class Bleu final : public tandem::metrics::BleuMetric {
  void fields(tandem::Fields& f) override {
    declare_smoothing(f);
    tandem::metrics::declare_form(f, form_);
    f.source("Papineni et al.: BLEU, ACL 2002; as nltk 3.8 computes it, tokens cut at white space");
    f.example(R"({"smoothing": "method1"})");
  }
};
}  // namespace
TANDEM_PLUGIN(Bleu, tandem::Metric, "bleu", "1.0.0", "BLEU-1 to BLEU-4, mean of sentences and of the corpus")
