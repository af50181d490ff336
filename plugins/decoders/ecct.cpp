// The error correction code transformer.
#include "code_transformer.hpp"

namespace {
class Ecct final : public CodeTransformerDecoder {
 public:
  Ecct() : CodeTransformerDecoder(Shape::Attention::self, "ecct") {}
  void fields(tandem::Fields& f) override {
    CodeTransformerDecoder::fields(f);
    f.source("Y. Choukroun and L. Wolf, \"Error correction code transformer\", NeurIPS 2022, arXiv 2203.14966");
    f.example(R"({"weights": "model:ecct-49-24-awgn"})");
  }
};
}  // namespace
TANDEM_PLUGIN(Ecct, tandem::Decoder, "ecct", "1.0.0", "error correction code transformer")
