#include <algorithm>
#include <array>
#include <tandem/error.hpp>
#include <tandem/neural/sentence_words.hpp>

namespace tandem::neural {
namespace {

/// The letters behind U+00C0 .. U+017F without their accents; a space where none is left.
constexpr std::string_view latin =
    "AAAAAA CEEEEIIII NOOOOO  UUUUY  aaaaaa ceeeeiiii nooooo  uuuuy y"
    "AaAaAaCcCcCcCcDd  EeEeEeEeEeGgGgGgGgHh  IiIiIiIiI   JjKk LlLlLl "
    "   NnNnNn   OoOoOo  RrRrRrSsSsSsSsTtTt  UuUuUuUuUuUuWwYyYZzZzZz ";
static_assert(latin.size() == 0x180 - 0xC0);

bool is_space(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_punctuation(unsigned char c) { return c > ' ' && c < 127 && !is_letter(c) && !(c >= '0' && c <= '9'); }

}  // namespace

std::vector<std::string> plain_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool letters = true;
  const auto take = [&](unsigned char c) {
    if (is_letter(c))
      word += static_cast<char>(c | 0x20);
    else if (!is_punctuation(c))
      letters = false;
  };
  const auto end = [&] {
    if (letters && !word.empty()) words.push_back(word);
    word.clear();
    letters = true;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (is_space(c)) {
      end();
    } else if (c < 0x80) {
      take(c);
    } else if (c >= 0xC3 && c <= 0xC5 && i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xC0) == 0x80) {
      const std::size_t code = (c & 0x1Fu) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3Fu);
      if (const char base = latin[code - 0xC0]; base != ' ') take(static_cast<unsigned char>(base));
    } else if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) == 0xA0) {
      ++i;  // the space that does not break: NFKC makes it a space, and so does a reader
      end();
    }
  }
  end();
  return words;
}

SentenceWords::SentenceWords(std::vector<std::string> words) : words_(std::move(words)) {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (words_[i].empty() || !std::ranges::all_of(words_[i], [](char c) { return c >= 'a' && c <= 'z'; }))
      throw Error("word " + std::to_string(i + 1) + " of the list is not of the letters a to z");
    if (!ids_.emplace(words_[i], static_cast<Token>(first_word + i)).second)
      throw Error("the word \"" + words_[i].substr(0, 40) + "\" is in the list twice");
  }
}

SentenceWords SentenceWords::of(std::span<const std::string> texts, std::size_t most) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& text : texts)
    for (auto& word : plain_words(text)) ++counts[std::move(word)];
  std::vector<std::pair<std::uint64_t, std::string>> sorted;
  for (const auto& [word, count] : counts) sorted.emplace_back(count, word);
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.first > b.first; });
  if (sorted.size() > most) sorted.resize(most);
  std::vector<std::string> words;
  for (auto& [count, word] : sorted) words.push_back(std::move(word));
  std::ranges::sort(words);
  return SentenceWords(std::move(words));
}

SentenceWords SentenceWords::of_lines(std::string_view lines) {
  std::vector<std::string> words;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    words.emplace_back(lines.substr(0, end));
    lines = end == std::string_view::npos ? std::string_view{} : lines.substr(end + 1);
  }
  return SentenceWords(std::move(words));
}

std::string SentenceWords::lines() const {
  std::string out;
  for (const auto& word : words_) out += word + "\n";
  return out;
}

std::vector<Token> SentenceWords::ids(std::string_view text) const {
  std::vector<Token> out;
  for (const auto& word : plain_words(text)) {
    const auto found = ids_.find(word);
    out.push_back(found == ids_.end() ? Token{sentence_unknown} : found->second);
  }
  return out;
}

std::string SentenceWords::text(std::span<const Token> ids) const {
  std::string out;
  for (const Token id : ids) {
    if (id < first_word || id >= vocabulary()) continue;
    if (!out.empty()) out += ' ';
    out += words_[id - first_word];
  }
  return out;
}

std::vector<std::size_t> SentenceParts::of_words(std::size_t words) const {
  const std::size_t parts = longest == 0 ? 1 : std::max<std::size_t>(1, (words + longest - 1) / longest);
  std::vector<std::size_t> out(parts, words / parts);
  for (std::size_t i = 0; i < words % parts; ++i) ++out[i];
  return out;
}

std::vector<std::size_t> SentenceParts::of_positions(std::size_t positions) const {
  if (positions < frame) return {};
  if (longest == 0) return {positions - frame};
  // So many full parts and one more: s parts hold from (s - 1) longest + 1 to s longest words.
  const std::size_t parts = std::max<std::size_t>(1, (positions + longest - 1) / (longest + frame));
  std::size_t best = std::min(longest, positions - frame);
  for (std::size_t s = parts > 1 ? parts - 1 : 1; s <= parts + 1; ++s)
    if (positions >= s * frame) {
      const std::size_t words = std::min(s * longest, positions - s * frame);
      if (words > (s - 1) * longest) best = std::max(best, words);
    }
  return of_words(best);
}

}  // namespace tandem::neural
