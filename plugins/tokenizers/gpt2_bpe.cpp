// GPT-2's byte pair encoding: 50,257 tokens from the published encoder.json and vocab.bpe.
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "byte_pairs.hpp"

namespace {
using namespace tandem;
using tokenizers::file_name;
using tokenizers::in_quotes;

constexpr const char* end_name = "<|endoftext|>";
constexpr std::size_t largest_file = std::size_t{1} << 26, largest_vocabulary = std::size_t{1} << 20;

// GPT-2's files write each byte as a character of its own that can be printed (openai/gpt-2 src/encoder.py,
// bytes_to_unicode): bytes 33 .. 126, 161 .. 172, 174 .. 255 are their own code points, the others follow from U+0100
// on.
class ByteCharacters final {
 public:
  ByteCharacters() {
    std::uint32_t next = 0x100;
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      const bool printable = (byte > 32 && byte < 127) || (byte > 160 && byte != 173);
      byte_of_[printable ? byte : next++] = static_cast<std::uint8_t>(byte);
    }
  }
  /// The bytes a text of such characters stands for; nothing when another character occurs.
  std::optional<std::string> bytes(std::string_view text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::uint32_t code = static_cast<std::uint8_t>(text[i]);
      if (code >= 0x80) {  // all are below U+0144: two bytes at most
        if (code < 0xC2 || code > 0xC5 || i + 1 == text.size() || (text[i + 1] & 0xC0) != 0x80) return {};
        code = (code & 0x1F) << 6 | (static_cast<std::uint8_t>(text[++i]) & 0x3F);
      }
      if (code >= byte_of_.size() || !byte_of_[code]) return {};
      out += static_cast<char>(*byte_of_[code]);
    }
    return out;
  }

 private:
  std::array<std::optional<std::uint8_t>, 256 + 68> byte_of_;
};

// Reads one flat object of names and ids, refusing everything else; a name given twice is seen only this way.
class EncoderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit EncoderReader(const std::string& file) : file_(file) {}
  std::vector<std::pair<std::string, Token>> entries;

  bool null() override { return refuse(); }
  bool boolean(bool) override { return refuse(); }
  bool number_integer(std::int64_t) override { return refuse(); }
  bool number_float(double, const std::string&) override { return refuse(); }
  bool string(std::string&) override { return refuse(); }
  bool binary(binary_t&) override { return refuse(); }
  bool start_array(std::size_t) override { return refuse(); }
  bool end_array() override { return true; }
  bool end_object() override { return true; }
  bool start_object(std::size_t) override {
    if (inside_) return refuse();
    return inside_ = true;
  }
  bool key(std::string& name) override {
    if (entries.size() == largest_vocabulary) throw FieldError("encoder", file_ + ": has more than 2^20 entries");
    entries.emplace_back(name, 0);
    return true;
  }
  bool number_unsigned(std::uint64_t id) override {
    if (!inside_ || id >= largest_vocabulary) return refuse();
    entries.back().second = static_cast<Token>(id);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    throw FieldError("encoder", file_ + ": byte " + std::to_string(position) + ": is not JSON");
  }

 private:
  bool refuse() const {
    if (entries.empty()) throw FieldError("encoder", file_ + ": must be a JSON object of token names and ids");
    throw FieldError("encoder", file_ + ": entry " + std::to_string(entries.size()) + ", " +
                                    in_quotes(entries.back().first) + ": must be an id from 0 to 2^20 - 1");
  }
  const std::string& file_;
  bool inside_ = false;
};

class Gpt2Tokenizer final : public Tokenizer {
 public:
  void fields(Fields& f) override {
    f("encoder", encoder_)
        .required()
        .doc(
            "encoder.json: a JSON object of all token names and their ids; bytes that cannot be printed stand as other "
            "characters. \"<|endoftext|>\" is `end`, and only ever `end`: as text it is spelled in other tokens");
    f("merges", merges_)
        .required()
        .doc("vocab.bpe: a version line, then a line for each merge, \"left right\", the first to be applied first");
    f.source("Radford, Wu, Child, Luan, Amodei, Sutskever 2019; openai/gpt-2 src/encoder.py");
    f.example(R"({"encoder": "data:gpt2-encoder", "merges": "data:gpt2-merges"})");
  }
  void ready(const Environment&) override {
    const auto merges = read_merges();
    const auto [ids, end] = read_ids(merges);
    coder_ = std::make_unique<tokenizers::BytePairCoder>(merges, ids, end, "gpt2-bpe");
  }

  Vocabulary vocabulary() const override { return coder_->vocabulary(); }
  Tokens encode(const Bytes& items) const override { return coder_->encode(items); }
  Bytes decode(const Tokens& tokens) const override { return coder_->decode(tokens); }
  std::string spell(Token token) const override { return std::string(coder_->spell(token)); }
  Exactness exactness() const override { return Exactness::portable; }

 private:
  tokenizers::Merges read_merges() const {
    const std::string text = tokenizers::read_vocabulary_file("merges", merges_, largest_file);
    std::size_t line = 1;
    const auto fail = [&](const std::string& message) {
      throw FieldError("merges", file_name(merges_) + ":" + std::to_string(line) + ": " + message);
    };
    if (!text.starts_with("#version")) fail("must start with \"#version\"");
    tokenizers::Merges merges;
    std::size_t start = text.find('\n');
    for (start = start == std::string::npos ? text.size() : start + 1; start < text.size();) {
      ++line;
      const std::size_t stop = std::min(text.find('\n', start), text.size());
      const std::string_view pair = std::string_view(text).substr(start, stop - start);
      start = stop + 1;
      if (merges.ranks() + 257 >= largest_vocabulary) fail("is one merge too many for 2^20 tokens");
      const std::size_t blank = pair.find(' ');
      if (blank == std::string_view::npos || pair.find(' ', blank + 1) != std::string_view::npos)
        fail("must be two parts with a blank between them, not " + in_quotes(pair));
      const auto left = characters_.bytes(pair.substr(0, blank)), right = characters_.bytes(pair.substr(blank + 1));
      if (!left || !right) fail(in_quotes(pair) + " has a character that stands for no byte");
      try {
        merges.add(*left, *right);
      } catch (const Error& error) {
        fail(error.message());
      }
    }
    return merges;
  }
  // The id of each symbol, and the end's.
  std::pair<std::vector<Token>, Token> read_ids(const tokenizers::Merges& merges) const {
    const std::string text = tokenizers::read_vocabulary_file("encoder", encoder_, largest_file);
    EncoderReader reader(file_name(encoder_));
    nlohmann::json::sax_parse(text, &reader);
    const auto& entries = reader.entries;
    const std::size_t size = merges.symbols() + 1;
    if (entries.size() != size)
      throw FieldError("encoder", file_name(encoder_) + ": has " + std::to_string(entries.size()) + " entries; the " +
                                      std::to_string(merges.ranks()) + " merges, 256 bytes and the end make " +
                                      std::to_string(size));
    constexpr Token none = std::numeric_limits<Token>::max();
    std::vector<Token> ids(merges.symbols(), none);
    std::vector<std::size_t> owner(size, size);  // of each id
    Token end = none;
    for (std::size_t i = 0; i < size; ++i) {
      const auto& [name, id] = entries[i];
      const auto fail = [&, &name = name](const std::string& message) {
        throw FieldError("encoder", file_name(encoder_) + ": entry " + std::to_string(i + 1) + ", " + in_quotes(name) +
                                        ": " + message);
      };
      if (id >= size) fail("id " + std::to_string(id) + " is not below the number of entries");
      if (owner[id] != size) fail("has the id " + std::to_string(id) + " of " + in_quotes(entries[owner[id]].first));
      owner[id] = i;
      const auto bytes = characters_.bytes(name);
      if (name != end_name && !bytes) fail("has a character that stands for no byte");
      const auto symbol = name == end_name ? none : merges.find(*bytes);
      if (name != end_name && symbol == tokenizers::Merges::unknown) fail("is neither a byte nor made by a merge");
      Token& place = name == end_name ? end : ids[symbol];
      if (place != none) fail("stands there twice");
      place = id;
    }
    return {std::move(ids), end};  // as many names as symbols, none twice: all are there
  }

  File encoder_, merges_;
  const ByteCharacters characters_;
  std::unique_ptr<tokenizers::BytePairCoder> coder_;
};

}  // namespace
TANDEM_PLUGIN(Gpt2Tokenizer, tandem::Tokenizer, "gpt2-bpe", "1.0.0", "GPT-2's byte pair encoding")
