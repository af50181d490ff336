// Character error rate.
#include <unordered_map>

#include "edit_rate.hpp"

namespace {
class CharacterErrorRate final : public tandem::metrics::EditRate {
  void fields(tandem::Fields& f) override {
    tandem::metrics::declare_form(f, form_);
    f.source("Levenshtein 1966; a character is a code point of UTF-8, or a byte that belongs to none");
    f.example(R"({"text": "words"})");
  }
  std::vector<std::string> quantities() const override { return {"edits", "characters"}; }
  std::vector<tandem::Row> rows() const override {
    return {{"characters", tandem::Row::Kind::ratio, 0, 1, "",
             "characters put in, left out or changed, a character sent; above 1 where more came out than went in"}};
  }

  Symbols numbered(std::string_view sent, std::string_view received) const override {
    std::unordered_map<std::uint32_t, std::uint32_t> known;
    const auto number = [&](std::uint32_t symbol) { return known.try_emplace(symbol, static_cast<std::uint32_t>(known.size())).first->second; };
    const auto ids_of = [&](std::string_view text) {
      std::vector<std::uint32_t> ids;
      while (!text.empty()) ids.push_back(number(tandem::take_code_point(text)));
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
TANDEM_PLUGIN(CharacterErrorRate, tandem::Metric, "cer", "1.0.0", "character error rate: edits a character of UTF-8")
