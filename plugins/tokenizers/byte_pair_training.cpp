#include "byte_pair_training.hpp"

#include <queue>

namespace tandem::tokenizers {
namespace {

using Symbol = std::uint32_t;
constexpr std::uint64_t pair_of(Symbol left, Symbol right) { return std::uint64_t{left} << 32 | right; }

struct Word {
  std::vector<Symbol> symbols;
  std::uint64_t count;
};
struct Occurrences {
  std::uint64_t count = 0;
  std::vector<std::uint32_t> words;  // all that hold the pair, perhaps some that did
};
struct Candidate {
  std::uint64_t count, pair;
  bool operator<(const Candidate& other) const {
    return count != other.count ? count < other.count : pair > other.pair;
  }
};

class Trainer final {
 public:
  explicit Trainer(const PieceCounts& pieces) {
    for (const auto& [piece, count] : pieces) {
      if (piece.size() < 2) continue;
      Word word{{}, count};
      for (const char c : piece) word.symbols.push_back(static_cast<std::uint8_t>(c));
      words_.push_back(std::move(word));
      count_pairs(words_.size() - 1, 0);
    }
    for (const auto& [pair, found] : pairs_) queue_.push({found.count, pair});
  }

  /// Adds the next merge; false when no pair occurs twice.
  bool step() {
    while (!queue_.empty()) {
      const Candidate best = queue_.top();
      queue_.pop();
      const auto found = pairs_.find(best.pair);
      // Counts of pairs in the queue only fall: one that was right when it was put in is looked at early enough.
      if (found == pairs_.end() || found->second.count < 2) continue;
      if (found->second.count != best.count) {
        queue_.push({found->second.count, best.pair});
        continue;
      }
      const auto left = static_cast<Symbol>(best.pair >> 32), right = static_cast<Symbol>(best.pair);
      const std::string spelling = merges_.spelling(left) + merges_.spelling(right);
      if (spelling.size() > Merges::longest || merges_.find(spelling) != Merges::unknown) continue;
      merges_.add(left, right);
      merge(left, right);
      return true;
    }
    return false;
  }
  const Merges& merges() const { return merges_; }

 private:
  void merge(Symbol left, Symbol right) {
    const auto joined = static_cast<Symbol>(merges_.symbols() - 1);
    const std::vector<std::uint32_t> words = std::move(pairs_[pair_of(left, right)].words);
    for (const auto index : words) {
      auto& [symbols, count] = words_[index];
      bool held = false;
      for (std::size_t i = 0; i + 1 < symbols.size() && !held; ++i)
        held = symbols[i] == left && symbols[i + 1] == right;
      if (!held) continue;
      for (std::size_t i = 0; i + 1 < symbols.size(); ++i) pairs_[pair_of(symbols[i], symbols[i + 1])].count -= count;
      std::size_t out = 0;
      for (std::size_t i = 0; i < symbols.size(); ++i, ++out) {
        const bool here = symbols[i] == left && i + 1 < symbols.size() && symbols[i + 1] == right;
        symbols[out] = here ? joined : symbols[i];
        i += here ? 1 : 0;
      }
      symbols.resize(out);
      count_pairs(index, joined);
    }
    pairs_.erase(pair_of(left, right));
    for (const auto pair : new_pairs_) queue_.push({pairs_[pair].count, pair});
    new_pairs_.clear();
  }
  // Counts the pairs of a word; those with the new symbol, or all when it is 0, learn where they stand.
  void count_pairs(std::size_t index, Symbol joined) {
    const auto& [symbols, count] = words_[index];
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const std::uint64_t pair = pair_of(symbols[i], symbols[i + 1]);
      auto& found = pairs_[pair];
      found.count += count;
      if (joined != 0 && symbols[i] != joined && symbols[i + 1] != joined) continue;
      if (joined != 0 && found.words.empty()) new_pairs_.push_back(pair);
      if (found.words.empty() || found.words.back() != index) found.words.push_back(static_cast<std::uint32_t>(index));
    }
  }

  std::vector<Word> words_;
  std::unordered_map<std::uint64_t, Occurrences> pairs_;
  std::vector<std::uint64_t> new_pairs_;
  std::priority_queue<Candidate> queue_;
  Merges merges_;
};

}  // namespace

Merges learn_merges(const PieceCounts& pieces, std::size_t wanted, const std::function<bool(std::size_t)>& go_on) {
  Trainer trainer(pieces);
  while (trainer.merges().ranks() < wanted && go_on(trainer.merges().ranks()) && trainer.step()) {
  }
  return trainer.merges();
}

}  // namespace tandem::tokenizers
