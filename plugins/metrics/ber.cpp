// Bit error rates.
#include "blocks.hpp"

namespace {
class Ber final : public tandem::Metric {
  void fields(tandem::Fields& f) override {
    f.source(
        "Jeruchim: Techniques for estimating the bit error rate, IEEE JSAC 2 (1984); intervals are clustered by frame");
  }
  unsigned needs() const override { return bits; }
  std::vector<std::string> quantities() const override {
    return {"information-errors", "information-bits", "code-errors", "code-bits"};
  }
  std::vector<tandem::Row> rows() const override {
    using enum tandem::Row::Kind;
    return {{"info", share, 0, 1, "", "share of wrong information bits, padding not counted"},
            {"code", share, 2, 3, "", "share of wrong bits among all of a codeword; without a code, ber.info"}};
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    const tandem::metrics::Blocks blocks(exchange);
    std::size_t block = 0;
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      std::uint64_t information_errors = 0, information_bits = 0, code_errors = 0;
      const std::size_t end = block + blocks.a_frame[frame], count = blocks.a_frame[frame];
      for (; block < end; ++block) {
        information_errors += blocks.information_errors[block];
        information_bits += blocks.bits[block];
        code_errors += blocks.code_errors[block];
      }
      double* row = out.data() + 4 * frame;
      row[0] = static_cast<double>(information_errors);
      row[1] = static_cast<double>(information_bits);
      row[2] = static_cast<double>(code_errors);
      row[3] = static_cast<double>(blocks.n ? count * blocks.n : information_bits);
    }
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(Ber, tandem::Metric, "ber", "1.0.0", "bit error rates of information and code bits")
