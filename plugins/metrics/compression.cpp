// How many bits the source coder spends.
#include <tandem/metric.hpp>

namespace {
class Compression final : public tandem::Metric {
  unsigned needs() const override { return items | ledger; }
  std::vector<std::string> quantities() const override { return {"coded-bits", "characters", "bytes"}; }
  std::vector<tandem::Row> rows() const override {
    using enum tandem::Row::Kind;
    return {{"bits-per-character", ratio, 0, 1, "bits",
             "coded bits, side information included, a UTF-8 character of the items"},
            {"bits-per-byte", ratio, 0, 2, "bits", "coded bits, side information included, a byte of the items"}};
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    if (exchange.frames == 0) return;
    if (!exchange.items_sent || exchange.ledger.size() != exchange.frames)
      throw tandem::Error("the metric was given no items or no ledger");
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      const auto item = (*exchange.items_sent)[frame];
      std::size_t continuing = 0;
      for (const auto byte : item) continuing += (byte & 0xC0) == 0x80;
      out[3 * frame] = static_cast<double>(exchange.ledger[frame].coded_bits);
      out[3 * frame + 1] = static_cast<double>(item.size() - continuing);
      out[3 * frame + 2] = static_cast<double>(item.size());
    }
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(Compression, tandem::Metric, "compression", "1.0.0", "coded bits a character and a byte of the items")
