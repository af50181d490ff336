#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tandem::test {

/// Philox 4x32-10 one block at a time, as its paper writes it: what the vectorised noise is compared with.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0], p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += 0x9E3779B9;
    k[1] += 0xBB67AE85;
  }
  return c;
}

inline std::uint64_t finish(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

/// An address of tandem::Noise as noise.hpp documents it, and the words found there.
struct Address {
  std::uint64_t seed;
  std::string_view node;
  std::uint64_t frame;
  std::uint32_t purpose = 0;
  std::uint64_t group = 1;

  std::array<std::uint32_t, 4> block(std::uint32_t kind, std::uint32_t number) const {
    std::uint64_t hash = 0xCBF29CE484222325;
    for (const char c : node) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    std::uint64_t key = finish(finish(seed + 0x9E3779B97F4A7C15) ^ hash);
    if (group != 1) key = finish(key + 0x9E3779B97F4A7C15 * group);
    const std::uint64_t index = frame / group;
    return philox(
        {kind << 30 | number, purpose, static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32)},
        {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
  }
};

}  // namespace tandem::test
