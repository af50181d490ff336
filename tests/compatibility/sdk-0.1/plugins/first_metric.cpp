// first-metric: bursts of wrong bits, runs of errors with fewer than `gap` right bits between them.
#include <tandem/metric.hpp>

namespace {
using namespace tandem;

// A metric gives a fixed vector of quantities for each frame; its rows are made of their sums over frames, and the host
// adds intervals. A frame's values depend on that frame alone.
class FirstMetric final : public Metric {
  void fields(Fields& f) override {
    f("gap", gap_, std::size_t{3}).range(1, 1e6).unit("bits").doc("so many right bits in a row end a burst");
    f.source("Gilbert: Capacity of a burst-noise channel, Bell Syst. Tech. J. 39(5), 1960, for the notion");
    f.example(R"({"gap": 3})");
  }

  // Only what is asked for here is there: items, tokens, bits, code_bits, ledger; several joined by |.
  unsigned needs() const override { return bits; }
  std::vector<std::string> quantities() const override { return {"errors", "bursts"}; }
  // Rows are reported as first-metric.errors and first-metric.count.
  std::vector<Row> rows() const override {
    return {{"errors", Row::Kind::ratio, 0, 1, "bits", "mean number of wrong bits of a burst"},
            {"count", Row::Kind::mean, 1, -1, "bursts", "mean number of bursts of a frame"}};
  }

  void measure(const Exchange& exchange, std::span<double> out) const override {
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      const auto sent = (*exchange.bits_sent)[frame], received = (*exchange.bits_received)[frame];
      double errors = 0, bursts = 0;
      std::size_t right = gap_;  // before the first bit nothing is wrong
      for (std::size_t i = 0; i < sent.size(); ++i) {
        const bool wrong = i >= received.size() || sent[i] != received[i];
        if (wrong && right >= gap_) ++bursts;
        errors += wrong;
        right = wrong ? 0 : right + 1;
      }
      out[2 * frame] = errors;
      out[2 * frame + 1] = bursts;
    }
  }

  Exactness exactness() const override { return Exactness::portable; }

  std::size_t gap_ = 3;
};

}  // namespace
TANDEM_PLUGIN(FirstMetric, Metric, "first-metric", "0.1.0", "bursts of wrong bits")
