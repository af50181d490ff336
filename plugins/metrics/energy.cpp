// What a frame costs that comes out right.
#include <tandem/metric.hpp>

namespace {
class Energy final : public tandem::Metric {
  void fields(tandem::Fields& f) override {
    f.source(
        "energy per goodbit: Fu, Modiano, Tsitsiklis: Optimal energy allocation, IEEE/ACM Trans. Networking 11 (2003)");
  }
  unsigned needs() const override { return ledger; }
  std::vector<std::string> quantities() const override { return {"energy", "correct", "uses"}; }
  std::vector<tandem::Row> rows() const override {
    using enum tandem::Row::Kind;
    return {{"per-correct", ratio, 0, 1, "Es",
             "energy sent, of all frames, a frame that came out as it went in, in energies of a use: compare at equal Es/N0, as arms "
             "at equal unified SNR have spent the same; NaN where none did"},
            {"per-use", ratio, 0, 2, "Es", "energy sent a channel use"}};
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    if (exchange.wrong.size() != exchange.frames || exchange.ledger.size() != exchange.frames)
      throw tandem::Error("the metric was given no ledger, or not told which frames are wrong");
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      out[3 * frame] = exchange.ledger[frame].energy;
      out[3 * frame + 1] = exchange.wrong[frame] == 0;
      out[3 * frame + 2] = static_cast<double>(exchange.ledger[frame].uses);
    }
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(Energy, tandem::Metric, "energy", "1.0.0", "energy a frame that came out right, and a channel use")
