// Texts that came out as they went in.
#include "texts.hpp"

namespace {
class ExactMatch final : public tandem::Metric, public tandem::ComparesTexts {
  void fields(tandem::Fields& f) override {
    f.source(
        "Rajpurkar et al.: SQuAD, EMNLP 2016, section 6.1, without its articles; joint text systems, the words alone");
  }
  unsigned needs() const override { return items; }
  std::vector<std::string> quantities() const override { return {"equal", "equal-normalized", "equal-words"}; }
  std::vector<tandem::Row> rows() const override {
    using enum tandem::Row::Kind;
    return {{"frames", proportion, 0, -1, "", "share of frames that came out byte for byte"},
            {"normalized", proportion, 1, -1, "",
             "share of frames whose letters and digits came out, case, accents and punctuation apart"},
            {"words", proportion, 2, -1, "", "share of frames whose words came out, the ASCII letters alone"}};
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    using tandem::metrics::normalized, tandem::metrics::words_of;
    const tandem::metrics::Texts texts(exchange);
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      const auto sent = texts.sent(frame), received = texts.received(frame);
      const bool same = sent == received;
      out[3 * frame] = same;
      out[3 * frame + 1] = same || normalized(sent) == normalized(received);
      out[3 * frame + 2] = same || words_of(sent) == words_of(received);
    }
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
};
}  // namespace
TANDEM_PLUGIN(ExactMatch, tandem::Metric, "exact-match", "1.0.0",
              "share of texts that came out whole: to the byte, normalized, in their words")
