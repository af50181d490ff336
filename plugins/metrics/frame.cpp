// Frames that came out different from what went in.
#include <tandem/metric.hpp>

namespace {
class Frame final : public tandem::Metric {
  unsigned needs() const override { return 0; }
  std::vector<std::string> quantities() const override { return {"wrong", "undetected"}; }
  std::vector<tandem::Row> rows() const override {
    using enum tandem::Row::Kind;
    return {{"errors", proportion, 0, -1, "", "share of frames that came out different from what went in"},
            {"undetected", proportion, 1, -1, "", "share of frames that are wrong although every check held"}};
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    if (exchange.wrong.size() != exchange.frames) throw tandem::Error("the metric was not told which frames are wrong");
    const bool checked = !exchange.trusted.empty();
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      const bool wrong = exchange.wrong[frame] != 0;
      out[2 * frame] = wrong;
      out[2 * frame + 1] = wrong && (!checked || exchange.trusted[frame] != 0);
    }
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(Frame, tandem::Metric, "frame", "1.0.0", "frame error rate, and the share that no check noticed")
