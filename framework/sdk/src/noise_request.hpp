#pragma once

#include <cstddef>
#include <cstdint>
#include <tandem/ragged.hpp>

namespace tandem {

/// Two bits of the counter: values of different kinds never share bits.
enum class NoiseKind : std::uint32_t { uniforms, normals, bits };

/// What every block of one call has in common.
struct NoiseRequest {
  std::uint32_t keys[20];  ///< two a round
  std::uint32_t purpose = 0;
};

/// Where values go, back to back; row r is counted as (first + r) / group.
template <class T>
struct NoiseRows {
  T* values;
  std::size_t size, rows;
  std::size_t shared;       ///< the length of every row, or Ragged<T>::varying
  const Ragged<T>* ragged;  ///< knows the lengths when they vary
  std::uint64_t first, group;

  std::size_t length(std::size_t row) const { return shared == Ragged<T>::varying ? ragged->row_length(row) : shared; }
  std::uint64_t index(std::size_t row) const { return group == 1 ? first + row : (first + row) / group; }
};

/// Addresses of blocks: block number within the row, and the row's index behind `base`.
struct NoiseChunk {
  static constexpr std::size_t size = 512;
  std::uint64_t base = 0;
  alignas(64) std::uint32_t block[size], index[size];
};

}  // namespace tandem
