// What the channel decoder reports of itself.
#include <tandem/metric.hpp>

namespace {
class DecoderReport final : public tandem::Metric {
  unsigned needs() const override { return code_bits; }
  std::vector<std::string> quantities() const override { return {"blocks", "iterations", "converged"}; }
  std::vector<tandem::Row> rows() const override {
    using enum tandem::Row::Kind;
    return {{"iterations", ratio, 1, 0, "", "mean number of iterations a block"},
            {"converged", share, 2, 0, "", "share of blocks whose codeword satisfies every check"}};
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    if (exchange.blocks.size() != exchange.frames || exchange.iterations.size() != exchange.converged.size())
      throw tandem::Error("the metric was not given the decoder's report");
    std::size_t block = 0;
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      std::uint64_t iterations = 0, converged = 0;
      const std::size_t end = block + exchange.blocks[frame];
      for (; block < end; ++block) {
        iterations += exchange.iterations[block];
        converged += exchange.converged[block] != 0;
      }
      double* row = out.data() + 3 * frame;
      row[0] = exchange.blocks[frame];
      row[1] = static_cast<double>(iterations);
      row[2] = static_cast<double>(converged);
    }
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(DecoderReport, tandem::Metric, "decoder", "1.0.0",
              "iterations of the channel decoder, and how often it converged")
