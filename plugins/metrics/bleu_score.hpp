#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <tandem/math.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

/// BLEU (Papineni et al., ACL 2002) as nltk 3.8 computes it, for sentences and for a corpus of them.
namespace tandem::metrics {

/// What BLEU needs of one sentence, or of many: sums of `NgramCounts` are those of the corpus.
struct NgramCounts final {
  std::array<std::uint64_t, 4>
      matches{};  ///< n-grams of order i + 1 found in a reference, clipped by the most of any one
  std::array<std::uint64_t, 4> total{};  ///< n-grams of the hypothesis, at least 1 a sentence
  std::uint64_t hypothesis_length = 0;   ///< in tokens
  std::uint64_t reference_length = 0;    ///< of the reference closest in length, the shorter one of two
};

enum class Smoothing : std::uint8_t { none, method1 };

/// Cut at ASCII white space.
inline std::vector<std::string_view> split(std::string_view text) {
  constexpr std::string_view space = " \t\n\r\f\v";
  std::vector<std::string_view> tokens;
  for (std::size_t begin = text.find_first_not_of(space); begin != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(space, begin), text.size());
    tokens.push_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(space, end);
  }
  return tokens;
}

/// Counts n-grams of hypotheses and references; one object serves many sentences, on one thread.
class NgramCounter final {
 public:
  NgramCounts count(std::span<const std::string_view> references, std::string_view hypothesis) {
    words_.clear();
    NgramCounts out;
    number(hypothesis, hypothesis_);
    out.hypothesis_length = hypothesis_.size();
    for (auto& best : best_) best.clear();
    for (std::size_t order = 1; order <= 4; ++order) {
      grams(hypothesis_, order, hypothesis_grams_[order - 1]);
      out.total[order - 1] =
          std::max<std::uint64_t>(1, hypothesis_.size() < order ? 0 : hypothesis_.size() + 1 - order);
      best_[order - 1].resize(hypothesis_grams_[order - 1].size());
    }
    bool first = true;
    for (const auto text : references) {
      number(text, reference_);
      const std::uint64_t length = reference_.size();
      const auto distance = [&out](std::uint64_t l) {
        return l > out.hypothesis_length ? l - out.hypothesis_length : out.hypothesis_length - l;
      };
      if (first ||
          std::pair(distance(length), length) < std::pair(distance(out.reference_length), out.reference_length))
        out.reference_length = length;
      first = false;
      for (std::size_t i = 0; i < 4; ++i) {
        grams(reference_, i + 1, reference_grams_);
        find_best(hypothesis_grams_[i], reference_grams_, best_[i]);
      }
    }
    for (std::size_t i = 0; i < 4; ++i)
      for (const auto matches : best_[i]) out.matches[i] += matches;
    return out;
  }

 private:
  using Gram = std::array<std::uint32_t, 4>;
  using Counted = std::vector<std::pair<Gram, std::uint32_t>>;

  void number(std::string_view text, std::vector<std::uint32_t>& ids) {
    ids.clear();
    for (const auto word : split(text))
      ids.push_back(words_.try_emplace(word, static_cast<std::uint32_t>(words_.size())).first->second);
  }

  // The different n-grams in order, and how often each occurs.
  void grams(const std::vector<std::uint32_t>& ids, std::size_t order, Counted& out) {
    sorted_.clear();
    for (std::size_t end = order; end <= ids.size(); ++end) {
      Gram gram{};
      std::copy_n(ids.begin() + static_cast<std::ptrdiff_t>(end - order), order, gram.begin());
      sorted_.push_back(gram);
    }
    std::ranges::sort(sorted_);
    out.clear();
    for (const auto& gram : sorted_)
      if (out.empty() || out.back().first != gram)
        out.emplace_back(gram, 1);
      else
        ++out.back().second;
  }

  static void find_best(const Counted& hypothesis, const Counted& reference, std::vector<std::uint32_t>& best) {
    auto other = reference.begin();
    for (std::size_t i = 0; i < hypothesis.size(); ++i) {
      while (other != reference.end() && other->first < hypothesis[i].first) ++other;
      if (other != reference.end() && other->first == hypothesis[i].first)
        best[i] = std::max(best[i], std::min(hypothesis[i].second, other->second));
    }
  }

  std::unordered_map<std::string_view, std::uint32_t> words_;
  std::vector<std::uint32_t> hypothesis_, reference_;
  std::vector<Gram> sorted_;
  std::array<Counted, 4> hypothesis_grams_;
  Counted reference_grams_;
  std::array<std::vector<std::uint32_t>, 4>
      best_;  // of each n-gram of the hypothesis: the matches in the best reference
};

/// BLEU from counts, the precision of order i + 1 weighted by weights[i]. Without smoothing a precision of zero enters
/// as the least normal double, so that the score is tiny, not 0; with method1 (Chen, Cherry, WMT 2014) as 0.1 matches.
inline double bleu(const NgramCounts& counts, std::span<const double> weights, Smoothing smoothing) {
  if (counts.matches[0] == 0) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    const auto matches = static_cast<double>(counts.matches[i]), total = static_cast<double>(counts.total[i]);
    const double precision = matches > 0                       ? matches / total
                             : smoothing == Smoothing::method1 ? 0.1 / total
                                                               : std::numeric_limits<double>::min();
    sum += weights[i] * math::log(precision);
  }
  const auto hypothesis = static_cast<double>(counts.hypothesis_length);
  const auto reference = static_cast<double>(counts.reference_length);
  const double brevity = hypothesis > reference ? 1 : math::exp(1 - reference / hypothesis);
  return brevity * math::exp(sum);
}

}  // namespace tandem::metrics
