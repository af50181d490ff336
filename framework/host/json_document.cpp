#include "json_document.hpp"

#include <fstream>
#include <unordered_set>

namespace tandem::host {
namespace {

constexpr int most_levels = 64;
constexpr std::size_t most_bytes = std::size_t{16} << 20;
// An object is searched key by key; and each value's place is kept with its path.
constexpr std::size_t most_keys = 10'000, most_values = 1'000'000, most_path_bytes = std::size_t{256} << 20;

// Walks the text once. Structure and places are ours; strings and numbers are handed to the JSON library.
class Scanner {
 public:
  Scanner(const std::string& text, const std::string& name) : text_(text), name_(name) {}

  JsonDocument scan() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = line_start_ = 3;
    skip_blank();
    document_.places[""] = place();
    document_.value = value("", 0);
    skip_blank();
    if (at_ < text_.size()) fail("something stands behind the end of the JSON value");
    return std::move(document_);
  }

 private:
  Place place() const { return {name_, line_, static_cast<int>(at_ - line_start_) + 1}; }
  [[noreturn]] void fail(const std::string& message, const std::string& hint = {}) const { fail_at(place(), message, hint); }
  [[noreturn]] static void fail_at(const Place& place, const std::string& message, const std::string& hint = {}) {
    throw Refusal(Problem{place, {}, message, hint, Exit::usage});
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool ended() const { return at_ >= text_.size(); }

  void remember(const std::string& path, const Place& place) {
    path_bytes_ += path.size();
    if (document_.places.size() >= most_values || path_bytes_ > most_path_bytes)
      fail_at(place, "there are too many values", "a config is a small file");
    document_.places[path] = place;
  }

  void skip_blank() {
    while (!ended()) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        line_start_ = ++at_;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        ++at_;
      } else if (c == '/' && at_ + 1 < text_.size() && text_[at_ + 1] == '/') {
        while (!ended() && text_[at_] != '\n') ++at_;
      } else if (c == '/' && at_ + 1 < text_.size() && text_[at_ + 1] == '*') {
        const Place start = place();
        at_ += 2;
        while (at_ + 1 < text_.size() && !(text_[at_] == '*' && text_[at_ + 1] == '/')) {
          if (text_[at_] == '\n') ++line_, line_start_ = at_ + 1;
          ++at_;
        }
        if (at_ + 1 >= text_.size()) fail_at(start, "this comment does not end");
        at_ += 2;
      } else {
        return;
      }
    }
  }

  Ordered value(const std::string& path, int level) {
    if (level > most_levels) fail("values are nested more than 64 levels deep");
    switch (peek()) {
      case '{': return object(path, level);
      case '[': return array(path, level);
      case '"': return string();
      case '\0': fail(ended() ? "the file ends too early" : "a zero byte");
      default: return word();
    }
  }

  Ordered object(const std::string& path, int level) {
    Ordered out = Ordered::object();
    std::unordered_set<std::string> keys;
    ++at_;
    skip_blank();
    if (peek() == '}') return ++at_, out;
    while (true) {
      if (peek() != '"') fail(ended() ? "the file ends within an object" : "a key in double quotes is expected here");
      const Place key_place = place();
      const std::string key = string().get<std::string>();
      if (key.find(path_separator) != std::string::npos) fail_at(key_place, "a control character in a key");
      if (keys.size() == most_keys) fail_at(key_place, "an object has more than 10000 keys");
      if (!keys.insert(key).second) fail_at(key_place, "the key \"" + key + "\" stands here twice", "keep one of them");
      const std::string inner = path.empty() ? key : path + path_separator + key;
      remember(inner, key_place);
      skip_blank();
      if (peek() != ':') fail("a colon is expected behind the key \"" + key + "\"");
      ++at_;
      skip_blank();
      out.get_ref<Ordered::object_t&>().emplace_back(key, value(inner, level + 1));
      if (separator('}', "object")) return out;
    }
  }

  Ordered array(const std::string& path, int level) {
    Ordered out = Ordered::array();
    ++at_;
    skip_blank();
    if (peek() == ']') return ++at_, out;
    while (true) {
      const std::string inner = (path.empty() ? "" : path + path_separator) + std::to_string(out.size());
      remember(inner, place());
      out.push_back(value(inner, level + 1));
      if (separator(']', "list")) return out;
    }
  }

  // Behind a member: true at the closing bracket, false at a comma with something behind it.
  bool separator(char closing, const char* what) {
    skip_blank();
    if (peek() == closing) return ++at_, true;
    if (ended()) fail(std::string("the file ends within ") + (closing == '}' ? "an " : "a ") + what);
    if (peek() != ',') fail(std::string("a comma or '") + closing + "' is expected here");
    ++at_;
    skip_blank();
    if (peek() == closing) fail(std::string("a comma before '") + closing + "'", "take the comma out");
    return false;
  }

  Ordered string() {
    const Place start = place();
    const std::size_t begin = at_++;
    while (!ended() && text_[at_] != '"' && text_[at_] != '\n') at_ += text_[at_] == '\\' ? 2 : 1;
    if (ended() || text_[at_] != '"') fail_at(start, "this string does not end on its line");
    ++at_;
    return token(begin, start, "this is not a valid JSON string");
  }

  Ordered word() {
    const Place start = place();
    const std::size_t begin = at_;
    while (!ended() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '+' || text_[at_] == '-' ||
                        text_[at_] == '.' || text_[at_] == '_'))
      ++at_;
    if (at_ == begin) fail("a JSON value is expected here");
    const std::string word = text_.substr(begin, at_ - begin);
    return token(begin, start, "\"" + word.substr(0, 40) + "\" is no JSON value");
  }

  Ordered token(std::size_t begin, const Place& start, const std::string& message) {
    Ordered out = Ordered::parse(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                                 text_.begin() + static_cast<std::ptrdiff_t>(at_), nullptr, false);
    if (out.is_discarded()) fail_at(start, message);
    if (out.is_number_float() && !std::isfinite(out.get<double>())) fail_at(start, "this number is too large");
    return out;
  }

  const std::string& text_;
  const std::string& name_;
  std::size_t at_ = 0, line_start_ = 0, path_bytes_ = 0;
  int line_ = 1;
  JsonDocument document_;
};

}  // namespace

JsonDocument parse_document(const std::string& text, const std::string& name) {
  if (text.size() > most_bytes)
    throw Refusal(Problem{{name, 0, 0}, {}, "is larger than 16 MiB", "a config is a small file", Exit::usage});
  return Scanner(text, name).scan();
}

JsonDocument read_document(const std::filesystem::path& path) {
  const auto refuse = [&](const char* message) {
    throw Refusal(Problem{{path.string(), 0, 0}, {}, message, {}, Exit::usage});
  };
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (failed || !std::filesystem::exists(status)) refuse("does not exist");
  if (std::filesystem::is_directory(status)) refuse("is a directory, not a config");
  std::ifstream in(path, std::ios::binary);
  std::string text;
  std::string piece(65536, '\0');
  while (in && text.size() <= most_bytes) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text.append(piece, 0, static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad() || text.empty()) refuse(text.empty() && !in.bad() ? "is empty" : "cannot be read");
  return parse_document(text, path.string());
}

}  // namespace tandem::host
