#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "context_trie.hpp"

namespace tandem::models {

constexpr int highest_order = 32;

struct ContextSettings final {
  std::uint32_t vocabulary = 0;
  Token end = 0;
  int order = 0;
  std::size_t memory = 0;  // bytes of nodes
};

/// Where a stream stands in a trie: at the contexts of its last 0 .. depth() symbols since the frame's beginning, the
/// `end` before it included. A step is look_up, then learn if the path learns, then move.
class ContextPath final {
 public:
  /// Learns a training text.
  explicit ContextPath(const ContextSettings& settings) : settings_(settings), learns_(true) { restart(); }
  /// Stands on what was learned; learns on top of it, or only follows.
  ContextPath(const ContextSettings& settings, std::shared_ptr<const ContextTrie::Nodes> primed, bool learns)
      : settings_(settings), learns_(learns), primed_(std::move(primed)), trie_(primed_) {
    restart();
  }

  const ContextSettings& settings() const { return settings_; }
  bool learns() const { return learns_; }
  int depth() const { return depth_; }
  const ContextTrie::Node& context(int order) const { return trie_[active_[order]]; }
  std::span<const ContextTrie::Node> seen(int order) const { return trie_.children(active_[order]); }
  /// After look_up: how often the symbol was seen in the context; 0 where it is unknown.
  std::uint32_t count(int order) const {
    return children_[order] == ContextTrie::none ? 0 : trie_[children_[order]].count;
  }

  /// What it has learned itself takes.
  std::size_t bytes() const { return trie_.bytes(); }

  /// Moves to where a frame begins.
  void restart() {
    active_[0] = learns_ ? trie_.own_root() : ContextTrie::root;
    depth_ = 0;
    if (settings_.order == 0) return;
    active_[1] = find(active_[0], settings_.end);
    if (active_[1] != ContextTrie::none) depth_ = 1;
  }
  /// Finds the symbol in all contexts; returns the longest that knows it, 0 if none does.
  int look_up(Token symbol) {
    // A frame that has filled the memory goes on from the primed state.
    if (learns_ && primed_ && full()) {
      trie_ = ContextTrie(primed_);
      active_[0] = trie_.own_root();
      depth_ = 0;
    }
    symbol_ = symbol;
    int longest = 0;
    for (int order = 0; order <= depth_; ++order) {
      children_[order] = find(active_[order], symbol);
      if (children_[order] == ContextTrie::none) continue;
      trie_.prefetch_children(children_[order]);
      longest = order;
    }
    return longest;
  }
  /// Counts the symbol in the contexts from `order` on; while there is memory for it, also where it is new.
  void learn(int order) {
    for (; order <= depth_; ++order) {
      if (children_[order] == ContextTrie::none) {
        if (full()) break;
        children_[order] = trie_.add(active_[order], symbol_, active_);
      }
      trie_.count(active_[order], children_[order]);
    }
  }
  void move() {
    if (symbol_ == settings_.end) return restart();
    int depth = 0;
    for (int order = 0; order <= depth_ && order < settings_.order && children_[order] != ContextTrie::none; ++order)
      active_[++depth] = children_[order];
    depth_ = depth;
  }

  std::shared_ptr<const ContextTrie::Nodes> finish() && { return std::move(trie_).finish(); }

 private:
  using Path = std::array<ContextTrie::Id, highest_order + 1>;
  ContextTrie::Id find(ContextTrie::Id parent, Token symbol) {
    return learns_ ? trie_.find_own(parent, symbol) : trie_.find(parent, symbol);
  }
  bool full() const { return trie_.bytes() > settings_.memory; }

  ContextSettings settings_;
  bool learns_;
  std::shared_ptr<const ContextTrie::Nodes> primed_;  // none while it learns the training text
  ContextTrie trie_;
  Path active_{}, children_{};
  int depth_ = 0;
  Token symbol_ = 0;
};

}  // namespace tandem::models
