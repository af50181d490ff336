#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <queue>
#include <span>
#include <tandem/batch.hpp>
#include <tuple>
#include <vector>

namespace tandem::coders {

inline constexpr int longest_code = 32;  ///< bits of a canonical codeword at most

/// Huffman's code lengths for positive weights, the two lightest nodes joined first; of equal weights the node with the
/// lowest symbol in it. At most 2^31 symbols; a single one gets length 0.
inline std::vector<std::uint8_t> huffman_lengths(std::span<const std::uint64_t> weights) {
  struct Node {
    std::uint64_t weight;
    Token lowest;
    std::uint32_t index;
    bool operator>(const Node& other) const { return std::tie(weight, lowest) > std::tie(other.weight, other.lowest); }
  };
  const auto size = static_cast<std::uint32_t>(weights.size());
  std::vector<Node> leaves;
  leaves.reserve(size);
  for (std::uint32_t symbol = 0; symbol < size; ++symbol) leaves.push_back({weights[symbol], symbol, symbol});
  std::priority_queue<Node, std::vector<Node>, std::greater<>> queue({}, std::move(leaves));
  std::vector<std::uint32_t> parent(size == 0 ? 0 : 2 * std::size_t{size} - 1);
  for (std::uint32_t next = size; queue.size() > 1; ++next) {
    const Node first = queue.top();
    queue.pop();
    const Node second = queue.top();
    queue.pop();
    parent[first.index] = parent[second.index] = next;
    queue.push({first.weight + second.weight, std::min(first.lowest, second.lowest), next});
  }
  // A parent stands behind its children, so depths are known from the root downwards.
  std::vector<std::uint8_t> depth(parent.size(), 0);
  for (std::size_t node = parent.size(); node-- > 0;)
    if (node + 1 != parent.size()) depth[node] = static_cast<std::uint8_t>(std::min(depth[parent[node]] + 1, 255));
  depth.resize(size);
  return depth;
}

/// The same, with weights halved (never below 1) until no codeword is longer than `longest_code`.
inline std::vector<std::uint8_t> limited_huffman_lengths(std::vector<std::uint64_t> weights) {
  for (;;) {
    auto lengths = huffman_lengths(weights);
    if (lengths.empty() || *std::ranges::max_element(lengths) <= longest_code) return lengths;
    for (auto& weight : weights) weight = std::max<std::uint64_t>(weight / 2, 1);
  }
}

/// Codewords numbered upwards in the order (length, symbol); a symbol of length 0 has none. Lengths are at most
/// `longest_code`, and the sum of 2^-length is at most 1.
class CanonicalCode final {
 public:
  explicit CanonicalCode(std::vector<std::uint8_t> lengths)
      : lengths_(std::move(lengths)), codewords_(lengths_.size()) {
    for (const auto length : lengths_) ++counts_[length];
    counts_[0] = 0;
    std::uint32_t start = 0;
    std::uint64_t codeword = 0;
    std::array<std::uint32_t, longest_code + 1> filled{};
    for (int length = 1; length <= longest_code; ++length) {
      codeword = (codeword + counts_[length - 1]) << 1;
      first_[length] = codeword;
      starts_[length] = filled[length] = start;
      start += counts_[length];
    }
    ordered_.resize(start);
    for (Token symbol = 0; symbol < lengths_.size(); ++symbol) {
      const int length = lengths_[symbol];
      if (length == 0) continue;
      codewords_[symbol] = static_cast<std::uint32_t>(first_[length] + filled[length] - starts_[length]);
      ordered_[filled[length]++] = symbol;
    }
  }

  int length(Token symbol) const { return lengths_[symbol]; }

  /// Writes the codeword and returns the place behind it.
  std::uint8_t* write(Token symbol, std::uint8_t* out) const {
    const std::uint32_t codeword = codewords_[symbol];
    for (int bit = lengths_[symbol]; bit-- > 0;) *out++ = static_cast<std::uint8_t>(codeword >> bit & 1);
    return out;
  }

  /// Takes one codeword off the front of `bits`; nothing when they hold no whole codeword or none that exists.
  std::optional<Token> read(std::span<const std::uint8_t>& bits) const {
    std::uint64_t codeword = 0;
    const std::size_t most = std::min<std::size_t>(bits.size(), longest_code);
    for (std::size_t length = 1; length <= most; ++length) {
      codeword = codeword << 1 | (bits[length - 1] & 1);
      const std::uint64_t rank = codeword - first_[length];
      if (codeword >= first_[length] && rank < counts_[length]) {
        bits = bits.subspan(length);
        return ordered_[starts_[length] + rank];
      }
    }
    return std::nullopt;
  }

 private:
  std::vector<std::uint8_t> lengths_;
  std::vector<std::uint32_t> codewords_;
  std::vector<Token> ordered_;  // by (length, symbol)
  std::array<std::uint64_t, longest_code + 1> first_{};
  std::array<std::uint32_t, longest_code + 1> counts_{}, starts_{};
};

}  // namespace tandem::coders
