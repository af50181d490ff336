// A universal transformer for sentences: its layers run again and again, for each position as often as it needs.
#include "sentence.hpp"

namespace {
using namespace tandem;

class UniversalTransformer final : public codecs::Sentence {
  void fields(Fields& f) override {
    declare(f);
    f.source("Zhou, Li, Wu, Zhang: Semantic communication with adaptive universal transformer, arXiv 2108.09119");
    f.example(R"({"weights": "model:ut"})");
  }
  bool fits(const neural::SentenceShape& shape) const override { return shape.family == neural::SentenceFamily::ut && shape.quantizer == 0; }
};

}  // namespace
TANDEM_PLUGIN(UniversalTransformer, Codec, "ut", "1.0.0", "sentences as 16 real values a word, by a transformer with adaptive computation")
