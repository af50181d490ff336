// A token a byte.
#include <algorithm>
#include <atomic>
#include <tandem/tokenizer.hpp>

#include "fault.hpp"

namespace {
using namespace tandem;

constexpr Token end = 256;
std::atomic<int> tokenizers = 0;

class BrokenTokenizer final : public Tokenizer {
 public:
  BrokenTokenizer() : number_(++tokenizers) {}
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "folds-case", "drops-the-last", "beyond-the-vocabulary", "sends-end", "no-fingerprint", "fingerprint-of-its-own", "end-beyond", "refuses-damage", "drops-rows",
                       "end-is-text", "end-is-spelled", "spells-nothing"});
    f.example("{}");
  }
  Exactness exactness() const override { return Exactness::portable; }

  Vocabulary vocabulary() const override {
    std::string fingerprint = fault_.is("no-fingerprint") ? "" : "broken-tokenizer";
    if (fault_.is("fingerprint-of-its-own")) fingerprint += std::to_string(number_);
    return {end + 1, fault_.is("end-beyond") ? end + 1 : end, fingerprint};
  }
  Tokens encode(const Bytes& items) const override {
    Tokens out;
    for (std::size_t row = 0; row < items.rows(); ++row) {
      const auto item = items[row];
      const bool shorter = fault_.is("drops-the-last") && item.size() > 1;
      const auto to = out.append(item.size() - shorter);
      std::ranges::copy(item.first(to.size()), to.begin());
      for (Token& token : to) {
        if (fault_.is("folds-case") && token >= 'A' && token <= 'Z') token += 'a' - 'A';
        if (fault_.is("beyond-the-vocabulary") && token == 'e') token = end + 1;
        if (fault_.is("sends-end") && token == 'e') token = end;
      }
    }
    return out;
  }
  Bytes decode(const Tokens& tokens) const override {
    Bytes out;
    std::vector<std::uint8_t> item;
    for (std::size_t row = 0; row < tokens.rows(); ++row) {
      item.clear();
      for (Token token : tokens[row]) {
        if (fault_.is("refuses-damage") && token > 127) throw Error("that is no text", "row " + std::to_string(row));
        if (fault_.is("beyond-the-vocabulary") && token == end + 1) token = 'e';
        if (fault_.is("end-is-text") && token == end) token = '.';
        if (token < end) item.push_back(static_cast<std::uint8_t>(token));
      }
      if (!fault_.is("drops-rows") || !item.empty()) out.append(item);
    }
    return out;
  }
  std::string spell(Token token) const override {
    if (token == end) return fault_.is("end-is-spelled") ? "<end>" : "";
    return fault_.is("spells-nothing") ? "" : std::string(1, static_cast<char>(token));
  }

 private:
  broken::Fault fault_;
  int number_;
};

}  // namespace
TANDEM_PLUGIN(BrokenTokenizer, tandem::Tokenizer, "broken-tokenizer", "1.0.0", "a tokenizer that breaks a promise")
