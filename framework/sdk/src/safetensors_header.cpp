#include <algorithm>
#include <cstdint>
#include <tandem/error.hpp>
#include <utility>

#include "safetensors_format.hpp"

namespace tandem::safetensors_format {
namespace {
constexpr Safetensors::Type no_type = static_cast<Safetensors::Type>(255);

// Reads exactly the table's grammar: no recursion, and nothing is kept but what the table needs.
class Parser {
 public:
  Parser(std::string_view text, const std::string& path) : text_(text), path_(path) {}

  Header parse() {
    if (text_.empty() || text_[0] != '{') fail("the header does not begin with {");
    bool metadata_seen = false;
    object([&](const std::string& key) {
      if (key == metadata_key) {
        if (std::exchange(metadata_seen, true)) fail("__metadata__ is given twice");
        metadata();
        return;
      }
      if (header_.entries.size() == most_entries)
        fail("there are more than " + std::to_string(most_entries) + " tensors");
      name_ = &key;
      if (const std::string fault = fault_of_name(key); !fault.empty()) fail(fault);
      header_.entries.push_back(entry(key));
      name_ = nullptr;
    });
    if (text_.find_first_not_of(' ', at_) != std::string_view::npos) fail("only spaces may follow the header's object");
    return std::move(header_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw Error(message, name_ ? at_tensor(path_, *name_) : path_ + ": byte " + std::to_string(at_) + " of the header");
  }

  char peek() {
    constexpr std::string_view blanks = " \t\r\n";
    while (at_ < text_.size() && blanks.find(text_[at_]) != std::string_view::npos) ++at_;
    if (at_ == text_.size()) fail("the header ends inside its object");
    return text_[at_];
  }
  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  // What stands there, for a message about what should.
  std::string found() {
    switch (const char c = peek()) {
      case '{':
        return "an object";
      case '[':
        return "a list";
      case '"':
        return "a string";
      case '-':
        return "a negative number";
      default:
        return c >= '0' && c <= '9' ? "a number" : "something else";
    }
  }

  template <class Value>
  void object(Value&& value) {
    if (!take('{')) fail("must be an object, not " + found());
    if (take('}')) return;
    do {
      if (peek() != '"') fail("a key must be a string, not " + found());
      const std::string key = string();
      if (!take(':')) fail("a colon is missing after the key " + quoted(key));
      value(key);
    } while (take(','));
    if (!take('}')) fail("a comma or } is missing");
  }

  void metadata() {
    object([&](const std::string& key) {
      if (peek() != '"') fail("__metadata__ maps strings to strings, but " + quoted(key) + " to " + found());
      if (header_.metadata.size() == most_entries)
        fail("there are more than " + std::to_string(most_entries) + " entries in __metadata__");
      if (!header_.metadata.emplace(key, string()).second)
        fail("the key " + quoted(key) + " stands in __metadata__ twice");
    });
  }

  Entry entry(const std::string& name) {
    Entry out{.name = name, .type = no_type, .shape = {}};
    bool shape = false, offsets = false;
    object([&](const std::string& key) {
      const bool again =
          (key == "dtype" && out.type != no_type) || (key == "shape" && shape) || (key == "data_offsets" && offsets);
      if (again) fail("the key " + quoted(key) + " is given twice");
      if (key == "dtype") {
        out.type = type();
      } else if (key == "shape") {
        out.shape = numbers("shape", most_dimensions);
        shape = true;
      } else if (key == "data_offsets") {
        const auto pair = numbers("data_offsets", 2);
        if (pair.size() != 2) fail("data_offsets must hold two numbers");
        out.begin = pair[0];
        out.end = pair[1];
        offsets = true;
      } else {
        fail("the key " + quoted(key) + " is unknown");
      }
    });
    if (out.type == no_type) fail("dtype is missing");
    if (!shape) fail("shape is missing");
    if (!offsets) fail("data_offsets is missing");
    return out;
  }

  Safetensors::Type type() {
    if (peek() != '"') fail("dtype must be a string, not " + found());
    const std::string name = string();
    for (auto i = 0; i <= static_cast<int>(Safetensors::Type::f64); ++i)
      if (name == name_of(static_cast<Safetensors::Type>(i))) return static_cast<Safetensors::Type>(i);
    fail("the dtype " + quoted(name) + " is unknown");
  }

  std::vector<std::size_t> numbers(const std::string& what, std::size_t most) {
    std::vector<std::size_t> out;
    if (!take('[')) fail(what + " must be a list, not " + found());
    if (take(']')) return out;
    do {
      if (out.size() == most) fail(what + " holds more than " + std::to_string(most) + " numbers");
      out.push_back(number(what));
    } while (take(','));
    if (!take(']')) fail(what + ": a comma or ] is missing");
    return out;
  }

  std::size_t number(const std::string& what) {
    const auto digit = [this] { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; };
    peek();
    if (!digit()) fail(what + " must hold whole numbers, not " + found());
    std::size_t value = 0;
    const std::size_t begin = at_;
    for (; digit(); ++at_) {
      value = 10 * value + static_cast<std::size_t>(text_[at_] - '0');
      if (value > largest_number) fail(what + " holds a number above 2^53");
    }
    if (text_[begin] == '0' && at_ - begin > 1) fail(what + " holds a number with leading zeros");
    if (at_ < text_.size() && std::string_view(".eE").find(text_[at_]) != std::string_view::npos)
      fail(what + " holds a number with a point or an exponent");
    return value;
  }

  std::string string() {
    ++at_;  // the quotation mark
    std::string out;
    for (;;) {
      const std::size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20)
        ++at_;
      const std::string_view plain = text_.substr(begin, at_ - begin);
      if (!is_utf8(plain)) fail("the string " + quoted(out + std::string(plain)) + " is not UTF-8");
      out += plain;
      if (at_ == text_.size()) fail("the header ends inside a string");
      if (text_[at_] == '"') break;
      if (text_[at_] != '\\') fail("a control character stands in a string unescaped");
      ++at_;
      escape(out);
    }
    ++at_;
    return out;
  }

  void escape(std::string& out) {
    constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    const char letter = at_ < text_.size() ? text_[at_++] : '\0';
    if (const auto place = letters.find(letter); place != std::string_view::npos) {
      out += meant[place];
      return;
    }
    if (letter != 'u') fail("an escape in a string is unknown");
    std::uint32_t code = four_digits();
    if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      const std::uint32_t low = four_digits();
      code = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xd800;
    }
    if (code >= 0xd800 && code < 0xe000) fail("a string holds half a surrogate pair, so it is not UTF-8");
    append(out, code);
  }

  std::uint32_t four_digits() {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) fail("\\u needs four hexadecimal digits");
      code = 16 * code + static_cast<std::uint32_t>(digit);
      ++at_;
    }
    return code;
  }

  static void append(std::string& out, std::uint32_t code) {
    const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
    const auto rest = [&](int shift) { byte(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) {
      byte(code);
    } else if (code < 0x800) {
      byte(0xc0 | code >> 6);
      rest(0);
    } else if (code < 0x10000) {
      byte(0xe0 | code >> 12);
      rest(6);
      rest(0);
    } else {
      byte(0xf0 | code >> 18);
      rest(12);
      rest(6);
      rest(0);
    }
  }

  std::string_view text_;
  const std::string& path_;
  std::size_t at_ = 0;
  const std::string* name_ = nullptr;
  Header header_;
};
}  // namespace

Header parse_header(std::string_view text, const std::string& path) { return Parser(text, path).parse(); }

}  // namespace tandem::safetensors_format
