// Huffman coding: with a table that both ends have, or one that follows the tokens of a row.
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "adaptive_tree.hpp"
#include "bound.hpp"
#include "canonical_code.hpp"

namespace {
using namespace tandem;
using coders::AdaptiveTree;
using coders::CanonicalCode;

constexpr const char* coder_name = "huffman";

std::vector<std::uint8_t> model_lengths(const Model& model) {
  const std::uint32_t size = model.vocabulary().size;
  const auto session = open_distribution(model, 1);
  std::vector<std::uint64_t> weights(size);
  for (Token symbol = 0; symbol < size; ++symbol)
    weights[symbol] = session->distribution().interval(0, symbol).frequency;
  return coders::limited_huffman_lengths(std::move(weights));
}

[[noreturn]] void refuse(const std::string& what) {
  throw FieldError("table", what, "give a code length from 0 (no codeword) to 32 for each id, in the order of the ids");
}

// A JSON array of integers, or integers with white space between.
std::vector<std::uint8_t> read_lengths(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file) refuse("the code lengths in " + path + " cannot be read");
  std::vector<std::uint8_t> lengths;
  const auto add = [&](std::int64_t length) {
    if (length < 0 || length > coders::longest_code)
      refuse("code length " + std::to_string(length) + " of id " + std::to_string(lengths.size()) + " in " + path +
             " is not within 0 .. 32");
    lengths.push_back(static_cast<std::uint8_t>(length));
  };
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start != std::string::npos && text[start] == '[') {
    // Depth is checked while parsing, so that a file of brackets costs nothing.
    const auto flat = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
      if (depth > 1) throw std::invalid_argument("it holds more than one level");
      return true;
    };
    nlohmann::json array;
    try {
      array = nlohmann::json::parse(text, flat);
    } catch (const std::exception& problem) {
      refuse(path + " is not an array of code lengths: " + problem.what());
    }
    for (const auto& value : array) {
      if (!value.is_number_integer())
        refuse("value " + std::to_string(lengths.size()) + " in " + path + " is not an integer");
      add(value.is_number_unsigned() && value.get<std::uint64_t>() > 255 ? 255 : value.get<std::int64_t>());
    }
  } else {
    std::istringstream words(text);
    for (std::int64_t length; words >> length;) add(length);
    if (!words.eof()) refuse("value " + std::to_string(lengths.size()) + " in " + path + " is not an integer");
  }
  return lengths;
}

// Refuses lengths that no code can have.
void check_lengths(const std::vector<std::uint8_t>& lengths, const Vocabulary& vocabulary, const std::string& path) {
  if (lengths.size() != vocabulary.size)
    refuse(path + " holds " + std::to_string(lengths.size()) + " code lengths for a vocabulary of " +
           std::to_string(vocabulary.size));
  std::uint64_t used = 0;
  for (const auto length : lengths)
    if (length != 0) used += std::uint64_t{1} << (coders::longest_code - length);
  if (used > std::uint64_t{1} << coders::longest_code)
    refuse("no code has the lengths in " + path + ": their Kraft sum exceeds 1");
  if (lengths[vocabulary.end] == 0 && vocabulary.size > 1)
    refuse("id " + std::to_string(vocabulary.end) + ", `end`, has no codeword in " + path);
}

class Huffman final : public Coder {
 public:
  void fields(Fields& f) override {
    f("table", table_, "model")
        .keywords({"model", "adaptive"})
        .doc(
            "`model`: built on what the bound model predicts at the start of a frame; `adaptive`: equal counts "
            "at the start of each row, one more for each token sent; or a file with a code length for each id, a "
            "JSON array or plain text");
    f.source(
        "Huffman, A method for the construction of minimum-redundancy codes, Proc. IRE 40(9), 1952; "
        "adaptive: Knuth, Dynamic Huffman coding, J. Algorithms 6, 1985");
    f.example(R"({"table": "model"})");
  }

  void bind(Component& other) override {
    bound_.set(other, coder_name, table_.keyword == "model");
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    if (table_.keyword == "adaptive") {
      tree_ = std::make_unique<AdaptiveTree>(vocabulary.size);
    } else {
      const auto lengths = table_.keyword == "model" ? model_lengths(*bound_.model()) : read_lengths(table_.path);
      if (table_.keyword.empty()) check_lengths(lengths, vocabulary, table_.reference);
      code_ = std::make_unique<CanonicalCode>(lengths);
    }
  }
  Exactness exactness() const override { return Exactness::portable; }

  Coded encode(const Tokens& tokens) const override {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    Coded out;
    std::vector<std::uint8_t> scratch;
    for (std::size_t row = 0; row < tokens.rows(); ++row) {
      coders::check_row(tokens[row], row, vocabulary);
      if (tree_)
        encode_adaptive(tokens[row], scratch, out.bits);
      else
        encode_static(tokens[row], row, out.bits);
    }
    return out;
  }

  Recovered decode(const Bits& bits) const override {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    Recovered out;
    std::vector<Token> tokens;
    for (std::size_t row = 0; row < bits.rows(); ++row) {
      tokens.clear();
      // A vocabulary of one symbol, `end`, takes no bits and leaves nothing to damage.
      bool clean = vocabulary.size == 1;
      if (!clean) clean = tree_ ? decode_adaptive(bits[row], tokens) : decode_static(bits[row], tokens);
      out.tokens.append(tokens);
      out.clean.push_back(clean);
    }
    return out;
  }

 private:
  void encode_static(std::span<const Token> row, std::size_t index, Bits& out) const {
    const Token end = bound_.vocabulary(coder_name).end;
    auto size = static_cast<std::size_t>(code_->length(end));
    for (const Token token : row) {
      if (code_->length(token) == 0)
        throw Error("token " + std::to_string(token) + " has no codeword in the table", "row " + std::to_string(index));
      size += static_cast<std::size_t>(code_->length(token));
    }
    auto* place = out.append(size).data();
    for (const Token token : row) place = code_->write(token, place);
    code_->write(end, place);
  }

  void encode_adaptive(std::span<const Token> row, std::vector<std::uint8_t>& scratch, Bits& out) const {
    AdaptiveTree tree = *tree_;
    scratch.clear();
    for (const Token token : row) {
      tree.write(token, scratch);
      tree.update(token);
    }
    tree.write(bound_.vocabulary(coder_name).end, scratch);
    out.append(scratch);
  }

  bool decode_static(std::span<const std::uint8_t> bits, std::vector<Token>& tokens) const {
    const Token end = bound_.vocabulary(coder_name).end;
    while (const auto token = code_->read(bits)) {
      if (*token == end) return true;
      tokens.push_back(*token);
    }
    return false;
  }

  bool decode_adaptive(std::span<const std::uint8_t> bits, std::vector<Token>& tokens) const {
    const Token end = bound_.vocabulary(coder_name).end;
    AdaptiveTree tree = *tree_;
    while (const auto token = tree.read(bits)) {
      if (*token == end) return true;
      tokens.push_back(*token);
      tree.update(*token);
    }
    return false;
  }

  File table_;
  coders::Bound bound_;
  std::unique_ptr<CanonicalCode> code_;
  std::unique_ptr<AdaptiveTree> tree_;
};
}  // namespace
TANDEM_PLUGIN(Huffman, tandem::Coder, "huffman", "1.0.0",
              "canonical Huffman code from a model, from a file, or adaptive")
