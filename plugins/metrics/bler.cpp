// Block error rates.
#include "blocks.hpp"

namespace {
class Bler final : public tandem::Metric {
  void fields(tandem::Fields& f) override {
    f.source("Lin, Costello: Error Control Coding, 2nd edition, section 1.5; a block is one codeword");
  }
  unsigned needs() const override { return bits; }
  std::vector<std::string> quantities() const override {
    return {"blocks", "information-wrong", "code-wrong", "undetected"};
  }
  std::vector<tandem::Row> rows() const override {
    // Blocks of one frame fail together, so that these are shares clustered by frame and no proportions of blocks.
    using enum tandem::Row::Kind;
    return {{"info", share, 1, 0, "",
             "share of blocks with a wrong information bit, padding not counted: what the text sees"},
            {"code", share, 2, 0, "",
             "share of blocks with a wrong bit among all of the codeword: the published frame error rate"},
            {"undetected", share, 3, 0, "",
             "share of blocks that are wrong although their codeword satisfies every check"}};
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    const tandem::metrics::Blocks blocks(exchange);
    std::size_t block = 0;
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      unsigned information_wrong = 0, code_wrong = 0, undetected = 0;
      const std::size_t end = block + blocks.a_frame[frame];
      for (; block < end; ++block) {
        const bool wrong = blocks.code_errors[block] != 0;
        information_wrong += blocks.information_errors[block] != 0;
        code_wrong += wrong;
        undetected += wrong && !blocks.converged.empty() && blocks.converged[block] != 0;
      }
      double* row = out.data() + 4 * frame;
      row[0] = blocks.a_frame[frame];
      row[1] = information_wrong;
      row[2] = code_wrong;
      row[3] = undetected;
    }
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(Bler, tandem::Metric, "bler", "1.0.0", "block error rates: any information bit, any code bit, undetected")
