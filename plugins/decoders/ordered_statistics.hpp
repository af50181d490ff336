#pragma once

#include <memory>

#include "reduced_code.hpp"

inline constexpr std::size_t most_order = 16;

/// Decodes one frame after another to the best codeword among those that flip at most `order` of the most reliable
/// independent bits. Holds the memory of one frame: for one thread.
class OrderedStatistics {
 public:
  virtual ~OrderedStatistics() = default;
  /// n LLRs in, n and k bits out, a bit a byte. Returns the number of stages: 0 when the hard decision is a codeword, 1
  /// when the re-encoded reliable bits settled it, 1 + w when patterns of weight w were tried.
  virtual std::uint32_t decode(const float* llr, std::uint8_t* codeword, std::uint8_t* information) = 0;
};

/// `code` must outlive the result.
std::unique_ptr<OrderedStatistics> ordered_statistics(const ReducedCode& code, std::size_t order);
