#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "store.hpp"

namespace tandem::host {

/// A unit's key, sha256.
using UnitKey = std::array<std::uint8_t, 32>;
struct UnitKeyHash {
  std::size_t operator()(const UnitKey& key) const {
    std::size_t out;
    std::memcpy(&out, key.data(), sizeof out);
    return out;
  }
};

/// Throws Error unless the text is 64 lower-case hexadecimal digits.
UnitKey parse_key(const std::string& text);
std::string text_of(const UnitKey& key);

/// A unit as the file keeps it.
struct StoredUnit {
  UnitKey key;
  std::string arm, point;
  std::uint64_t first, frames;
  std::vector<std::uint8_t> payload;
};

StoredUnit to_stored(Unit unit);
/// Throws Error for bytes that to_stored cannot have made.
Unit to_unit(const std::string& key, std::string arm, std::string point, std::span<const std::uint8_t> payload);
/// Of what a row must not lose; arm and point are for people.
std::string checksum(const UnitKey& key, std::span<const std::uint8_t> payload);

}  // namespace tandem::host
