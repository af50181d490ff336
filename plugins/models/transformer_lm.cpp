// Transformers that predict the next token, as `tandem train` writes them.
#include "language_session.hpp"

namespace {
using namespace tandem;

class TransformerLanguageModel final : public models::TrainedModel {
 public:
  void fields(Fields& f) override {
    declare_weights(f).doc(
        "what was learned: a safetensors file of the family lmic, gpt2 or llama. Where it says which tokenizer it was "
        "trained with, no other is accepted");
    declare_window(f);
    f.source(
        "Deletang et al. 2024, arXiv 2309.10668 (lmic); Radford et al. 2019 (gpt2); Touvron et al. 2023, arXiv "
        "2302.13971 "
        "(llama)");
    f.example(R"({"weights": "model:lm-bytes"})");
    f.beside(R"({"tokenizer": {"bytes": {"end": 10}}})");
  }

 protected:
  bool fits(neural::LanguageFamily family) const override { return family != neural::LanguageFamily::lstm; }
};

}  // namespace
TANDEM_PLUGIN(TransformerLanguageModel, tandem::Model, "transformer-lm", "1.1.0",
              "transformers that predict the next token")
