// Information that arrives.
#include <tandem/metric.hpp>

namespace {
class Goodput final : public tandem::Metric {
  void fields(tandem::Fields& f) override {
    f.source("RFC 2647, section 3.17: bits delivered correctly, here a channel use");
  }
  unsigned needs() const override { return ledger; }
  std::vector<std::string> quantities() const override { return {"delivered-bits", "uses"}; }
  std::vector<tandem::Row> rows() const override {
    return {{"bits-per-use", tandem::Row::Kind::ratio, 0, 1, "bits",
             "source bits of the frames that came out as they went in, a channel use; 8 bits a byte of an item"}};
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    if (exchange.wrong.size() != exchange.frames || exchange.ledger.size() != exchange.frames)
      throw tandem::Error("the metric was given no ledger, or not told which frames are wrong");
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      const auto& ledger = exchange.ledger[frame];
      out[2 * frame] = exchange.wrong[frame] ? 0 : static_cast<double>(ledger.source_bits);
      out[2 * frame + 1] = static_cast<double>(ledger.uses);
    }
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(Goodput, tandem::Metric, "goodput", "1.0.0", "source bits that arrive whole, a channel use")
