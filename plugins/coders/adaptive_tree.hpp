#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <tandem/batch.hpp>
#include <utility>
#include <vector>

namespace tandem::coders {

/// Huffman tree that follows the counts of the symbols seen, all 1 at first: algorithm FGK (Knuth, Dynamic Huffman
/// coding, J. Algorithms 6, 1985) without its escape, as every symbol is in the tree from the start.
///
/// Nodes stand in places ordered by weight, siblings side by side, the root last; a place's parent is fixed by what
/// stands in the parent's place. A symbol's count grows by first moving its node to the last place of equal weight.
class AdaptiveTree final {
 public:
  /// Over symbols 0 .. size - 1, size from 1 to 2^31.
  explicit AdaptiveTree(std::uint32_t size) : size_(size) {
    const std::size_t places = 2 * std::size_t{size} - 1;
    weights_.assign(places, 1);
    parents_.assign(places, 0);
    content_.resize(places);
    place_of_.resize(size);
    std::iota(place_of_.begin(), place_of_.end(), 0u);
    std::iota(content_.begin(), content_.end(), 0u);
    // Joining the two first nodes over and over gives nodes in the order of their weights.
    for (std::size_t place = size; place < places; ++place) {
      const auto left = static_cast<std::uint32_t>(2 * (place - size));
      weights_[place] = weights_[left] + weights_[left + 1];
      content_[place] = size + left;
      parents_[left] = parents_[left + 1] = static_cast<std::uint32_t>(place);
    }
  }

  /// Appends the symbol's codeword.
  void write(Token symbol, std::vector<std::uint8_t>& out) const {
    const std::size_t old = out.size();
    for (std::uint32_t place = place_of_[symbol]; place != root(); place = parents_[place])
      out.push_back(place != left_child(parents_[place]));
    std::reverse(out.begin() + static_cast<std::ptrdiff_t>(old), out.end());
  }

  /// Takes one codeword off the front of `bits`; nothing when they end within it.
  std::optional<Token> read(std::span<const std::uint8_t>& bits) const {
    std::uint32_t place = root();
    while (content_[place] >= size_) {
      if (bits.empty()) return std::nullopt;
      place = left_child(place) + (bits.front() & 1u);
      bits = bits.subspan(1);
    }
    return content_[place];
  }

  /// Counts the symbol once more.
  void update(Token symbol) {
    for (std::uint32_t place = place_of_[symbol];; place = parents_[place]) {
      const auto after = std::upper_bound(weights_.begin() + place, weights_.end(), weights_[place]);
      const auto leader = static_cast<std::uint32_t>(after - weights_.begin() - 1);
      // A node's ancestors are heavier than it, so the leader is none of them.
      if (leader != place) {
        std::swap(content_[place], content_[leader]);
        settle(place);
        settle(leader);
        place = leader;
      }
      ++weights_[place];
      if (place == root()) return;
    }
  }

 private:
  std::uint32_t root() const { return static_cast<std::uint32_t>(weights_.size() - 1); }
  std::uint32_t left_child(std::uint32_t place) const { return content_[place] - size_; }
  // Tells what hangs on a place where it now is.
  void settle(std::uint32_t place) {
    if (content_[place] < size_)
      place_of_[content_[place]] = place;
    else
      parents_[left_child(place)] = parents_[left_child(place) + 1] = place;
  }

  std::uint32_t size_;
  std::vector<std::uint64_t> weights_;
  std::vector<std::uint32_t> parents_;
  std::vector<std::uint32_t> content_;   // a symbol, or size_ + the place of the left child
  std::vector<std::uint32_t> place_of_;  // of each symbol
};

}  // namespace tandem::coders
