// The cross-attention message-passing transformer.
#include "code_transformer.hpp"

namespace {
class CrossMpt final : public CodeTransformerDecoder {
 public:
  CrossMpt() : CodeTransformerDecoder(Shape::Attention::cross, "crossmpt") {}
  void fields(tandem::Fields& f) override {
    CodeTransformerDecoder::fields(f);
    f.source(
        "S.-J. Park, H.-Y. Kwak, S.-H. Kim, Y. Kim and J.-S. No, \"CrossMPT: cross-attention message-passing transformer for "
        "error correcting codes\", ICLR 2025, arXiv 2405.01033");
    f.example(R"({"weights": "model:crossmpt-49-24-awgn"})");
  }
};
}  // namespace
TANDEM_PLUGIN(CrossMpt, tandem::Decoder, "crossmpt", "1.0.0", "cross-attention message-passing transformer")
