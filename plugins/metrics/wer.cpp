// Word error rate.
#include <unordered_map>

#include "bleu_score.hpp"
#include "edit_rate.hpp"

namespace {
class WordErrorRate final : public tandem::metrics::EditRate {
  void fields(tandem::Fields& f) override {
    tandem::metrics::declare_form(f, form_);
    f.source("Levenshtein 1966; Jurafsky, Martin: Speech and Language Processing, 3rd edition, section 16.5");
    f.example(R"({"text": "words"})");
  }
  std::vector<std::string> quantities() const override { return {"edits", "words"}; }
  std::vector<tandem::Row> rows() const override {
    return {{"words", tandem::Row::Kind::ratio, 0, 1, "",
             "words put in, left out or changed, a word sent; above 1 where more came out than went in"}};
  }

  Symbols numbered(std::string_view sent, std::string_view received) const override {
    std::unordered_map<std::string_view, std::uint32_t> known;
    const auto number = [&](std::string_view symbol) { return known.try_emplace(symbol, static_cast<std::uint32_t>(known.size())).first->second; };
    const auto ids_of = [&](std::string_view text) {
      std::vector<std::uint32_t> ids;
      for (const auto word : tandem::metrics::split(text)) ids.push_back(number(word));
      return ids;
    };
    Symbols out;
    out.sent = ids_of(sent);
    out.received = ids_of(received);
    out.different = static_cast<std::uint32_t>(known.size());
    return out;
  }
};
}  // namespace
TANDEM_PLUGIN(WordErrorRate, tandem::Metric, "wer", "1.0.0", "word error rate: edits a word, words cut at white space")
