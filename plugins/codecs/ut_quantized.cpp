// The universal transformer with a learned quantizer: 30 signs a word, which any modem for bits could carry.
#include "sentence.hpp"

namespace {
using namespace tandem;

class QuantizedUniversalTransformer final : public codecs::Sentence {
  void fields(Fields& f) override {
    declare(f);
    f.source("Zhou et al.: Adaptive bit rate control in semantic communication with incremental knowledge-based HARQ, arXiv 2203.06634");
    f.example(R"({"weights": "model:ut-quantized"})");
  }
  bool fits(const neural::SentenceShape& shape) const override { return shape.quantizer != 0; }
};

}  // namespace
TANDEM_PLUGIN(QuantizedUniversalTransformer, Codec, "ut-quantized", "1.0.0", "sentences as 30 signs a word, by a transformer with adaptive computation")
