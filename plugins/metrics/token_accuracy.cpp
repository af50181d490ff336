// Tokens that came out as they went in.
#include <algorithm>
#include <tandem/metric.hpp>

namespace {
class TokenAccuracy final : public tandem::Metric {
  unsigned needs() const override { return tokens; }
  std::vector<std::string> quantities() const override { return {"equal", "sent"}; }
  std::vector<tandem::Row> rows() const override {
    return {{"equal", tandem::Row::Kind::share, 0, 1, "",
             "share of the positions sent whose token came out equal; a position that never came out does not"}};
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    if (exchange.frames == 0) return;
    if (!exchange.tokens_sent || !exchange.tokens_received)
      throw tandem::Error("the metric was given no tokens to compare");
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      const auto sent = (*exchange.tokens_sent)[frame], received = (*exchange.tokens_received)[frame];
      const auto both = std::min(sent.size(), received.size());
      std::size_t equal = 0;
      for (std::size_t i = 0; i < both; ++i) equal += sent[i] == received[i];
      out[2 * frame] = static_cast<double>(equal);
      out[2 * frame + 1] = static_cast<double>(sent.size());
    }
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(TokenAccuracy, tandem::Metric, "token-accuracy", "1.0.0", "share of tokens that came out as they went in")
