// DeepSC: a transformer that sends 16 real values a word, and one that reads the sentence out of what arrives.
#include "sentence.hpp"

namespace {
using namespace tandem;

class DeepSc final : public codecs::Sentence {
  void fields(Fields& f) override {
    declare(f);
    f.source("Xie, Qin, Li, Juang: Deep Learning Enabled Semantic Communication Systems, IEEE Trans. Signal Process. 69, 2021");
    f.example(R"({"weights": "model:deepsc"})");
  }
  bool fits(const neural::SentenceShape& shape) const override { return shape.family == neural::SentenceFamily::deepsc; }
};

}  // namespace
TANDEM_PLUGIN(DeepSc, Codec, "deepsc", "1.0.0", "sentences as 16 real values a word, by a transformer")
