#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace tandem::archive {

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor's own instruction: every x86-64 with AVX2 has it.
inline std::uint32_t crc32c(std::span<const std::uint8_t> bytes, std::uint32_t before = 0) {
  std::uint64_t crc = ~before;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  for (; at < bytes.size(); ++at) crc = __builtin_ia32_crc32qi(static_cast<std::uint32_t>(crc), bytes[at]);
  return ~static_cast<std::uint32_t>(crc);
}

}  // namespace tandem::archive
