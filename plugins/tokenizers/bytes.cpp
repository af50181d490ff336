// Bytes as tokens: the vocabulary of every text, image and file.
#include <charconv>
#include <optional>
#include <tandem/tokenizer.hpp>

namespace {
using namespace tandem;

class ByteTokenizer final : public Tokenizer {
 public:
  void fields(Fields& f) override {
    f("end", end_field_, "\"extra\"")
        .doc(
            "what marks a frame's end: \"extra\" (a 257th symbol), or the value, 0 to 255, of a byte that never occurs "
            "in "
            "the items, such as 10 for lines; the vocabulary then has 256 symbols");
    f.example(R"({"end": 10})");
  }
  void ready(const Environment&) override {
    end_ = 256;
    if (end_field_.text == "\"extra\"") return;
    const char* last = end_field_.text.data() + end_field_.text.size();
    const auto [stop, error] = std::from_chars(end_field_.text.data(), last, end_);
    if (error != std::errc{} || stop != last || end_ > 255)
      throw FieldError("end", "must be \"extra\" or a byte's value from 0 to 255, not " + end_field_.text);
  }

  Vocabulary vocabulary() const override {
    return {end_ == 256 ? 257u : 256u, end_, "bytes:" + (end_ == 256 ? "extra" : std::to_string(end_))};
  }
  Tokens encode(const Bytes& items) const override {
    Tokens tokens;
    tokens.reserve(items.size());
    for (std::size_t row = 0; row < items.rows(); ++row) {
      const auto item = items[row];
      const auto out = tokens.append(item.size());
      for (std::size_t i = 0; i < item.size(); ++i) {
        if (item[i] == end_)
          throw Error("byte " + std::to_string(i) + " of the item is " + std::to_string(end_) + ", which marks the end",
                      "row " + std::to_string(row), "use \"end\": \"extra\"");
        out[i] = item[i];
      }
    }
    return tokens;
  }
  Bytes decode(const Tokens& tokens) const override {
    Bytes items;
    std::vector<std::uint8_t> item;
    for (std::size_t row = 0; row < tokens.rows(); ++row) {
      item.clear();
      for (const Token token : tokens[row])
        if (token != end_ && token < 256) item.push_back(static_cast<std::uint8_t>(token));
      items.append(item);
    }
    return items;
  }
  std::string spell(Token token) const override {
    return token == end_ || token > 255 ? std::string{} : std::string(1, static_cast<char>(token));
  }
  Exactness exactness() const override { return Exactness::portable; }

 private:
  Json end_field_;
  Token end_ = 256;
};

}  // namespace
TANDEM_PLUGIN(ByteTokenizer, tandem::Tokenizer, "bytes", "1.0.0", "bytes as tokens")
