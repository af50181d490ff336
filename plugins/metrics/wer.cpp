// Word error rate.
#include <unordered_map>

#include "bleu_score.hpp"
#include "edits.hpp"
#include "texts.hpp"

namespace {
class WordErrorRate final : public tandem::Metric, public tandem::ComparesTexts {
  void fields(tandem::Fields& f) override {
    tandem::metrics::declare_form(f, form_);
    f.source("Levenshtein 1966; Jurafsky, Martin: Speech and Language Processing, 3rd edition, section 16.5");
    f.example(R"({"text": "words"})");
  }
  unsigned needs() const override { return items; }
  std::vector<std::string> quantities() const override { return {"edits", "words"}; }
  std::vector<tandem::Row> rows() const override {
    return {{"words", tandem::Row::Kind::ratio, 0, 1, "",
             "words put in, left out or changed, a word sent; above 1 where more came out than went in"}};
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    const tandem::metrics::Texts texts(exchange);
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      if (form_ == "words")
        count(tandem::metrics::words_of(texts.sent(frame)), tandem::metrics::words_of(texts.received(frame)),
              out.data() + 2 * frame);
      else
        count(texts.sent(frame), texts.received(frame), out.data() + 2 * frame);
    }
  }

  static void count(std::string_view sent, std::string_view received, double* row) {
    std::unordered_map<std::string_view, std::uint32_t> known;
    const auto numbered = [&](std::string_view text) {
      std::vector<std::uint32_t> ids;
      for (const auto word : tandem::metrics::split(text))
        ids.push_back(known.try_emplace(word, static_cast<std::uint32_t>(known.size())).first->second);
      return ids;
    };
    const auto a = numbered(sent), b = numbered(received);
    row[0] = static_cast<double>(tandem::metrics::edits(a, b, static_cast<std::uint32_t>(known.size())));
    row[1] = static_cast<double>(a.size());
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  std::string form_ = "raw";
};
}  // namespace
TANDEM_PLUGIN(WordErrorRate, tandem::Metric, "wer", "1.0.0", "word error rate: edits a word, words cut at white space")
