#pragma once

#include <cstdint>
#include <tandem/code.hpp>
#include <vector>

/// A generator matrix of a linear code in reduced form: row r is the only one with a bit at basis[r].
struct ReducedCode final {
  /// Throws Error when the code has more than `most_bits` or its generator not full rank.
  explicit ReducedCode(const tandem::Code& code);
  static constexpr std::size_t most_bits = 4096;

  /// The k information bits of a codeword, `words` words in, a bit a byte out.
  void information(const std::uint64_t* codeword, std::uint8_t* out) const;

  std::size_t n, k, words;           ///< words of 64 bits that hold n bits
  std::size_t stride;                ///< rows, rounded up to a multiple of 4; rows from k on are zero
  std::vector<std::uint64_t> rows;   ///< [word][stride]
  std::vector<std::uint16_t> basis;  ///< of each row, its position
  std::size_t distance;              ///< no codeword but 0 is lighter: the minimum distance, or less

 private:
  std::vector<std::uint32_t> positions_;  // where the information stands; else:
  std::vector<std::uint64_t> masks_;      // of each information bit, the bits that add up to it, [k][words]
};
