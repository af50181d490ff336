#include <algorithm>
#include <tandem/error.hpp>
#include <tandem/neural/sentence_words.hpp>
#include <tandem/text.hpp>

namespace tandem::neural {

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
