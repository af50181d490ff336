// Recurrent networks that predict the next token, as `tandem train` writes them.
#include "language_session.hpp"

namespace {
using namespace tandem;

class LstmLanguageModel final : public models::TrainedModel {
 public:
  void fields(Fields& f) override {
    declare_weights(f).doc(
        "what was learned: a safetensors file of the family lstm. Where it says which tokenizer it was trained with, "
        "no "
        "other is accepted");
    f.source("Hochreiter and Schmidhuber 1997; forget gates of Gers, Schmidhuber and Cummins 2000");
    f.example(R"({"weights": "model:lstm-bytes"})");
    f.beside(R"({"tokenizer": {"bytes": {"end": 10}}})");
  }

 protected:
  bool fits(neural::LanguageFamily family) const override { return family == neural::LanguageFamily::lstm; }
};

}  // namespace
TANDEM_PLUGIN(LstmLanguageModel, tandem::Model, "lstm-lm", "1.0.0", "recurrent networks that predict the next token")
