// Character error rate.
#include <unordered_map>

#include "edits.hpp"
#include "texts.hpp"

namespace {
class CharacterErrorRate final : public tandem::Metric, public tandem::ComparesTexts {
  void fields(tandem::Fields& f) override {
    tandem::metrics::declare_form(f, form_);
    f.source("Levenshtein 1966; a character is a code point of UTF-8, or a byte that belongs to none");
    f.example(R"({"text": "words"})");
  }
  unsigned needs() const override { return items; }
  std::vector<std::string> quantities() const override { return {"edits", "characters"}; }
  std::vector<tandem::Row> rows() const override {
    return {{"characters", tandem::Row::Kind::ratio, 0, 1, "",
             "characters put in, left out or changed, a character sent; above 1 where more came out than went in"}};
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
    std::unordered_map<std::uint32_t, std::uint32_t> known;
    const auto numbered = [&](std::string_view text) {
      std::vector<std::uint32_t> ids;
      while (!text.empty())
        ids.push_back(
            known.try_emplace(tandem::take_code_point(text), static_cast<std::uint32_t>(known.size()))
                .first->second);
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
TANDEM_PLUGIN(CharacterErrorRate, tandem::Metric, "cer", "1.0.0", "character error rate: edits a character of UTF-8")
