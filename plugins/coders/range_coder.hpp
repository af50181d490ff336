#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

/// The 64-bit range coder. State: `low` and `range`, at first 0 and 2^64 - 1. A symbol owns the part
/// [cumulative, cumulative + frequency) of [0, 2^total_bits), total_bits <= 30, and frequency is at least 1:
///
///     r = range >> total_bits;  low += r * cumulative;  range = r * frequency;
///     while range < 2^56: a byte leaves at the top of low, both move up by 8 bits
///
/// Carries run back into the bytes that have left. A symbol costs less than log2(1 + 2^-26) bits more than ideal.
namespace tandem::coders {

inline std::uint64_t load_big_endian(const std::uint8_t* place) {
  std::uint64_t value;
  std::memcpy(&value, place, sizeof value);
  return __builtin_bswap64(value);
}
inline void store_big_endian(std::uint8_t* place, std::uint64_t value) {
  value = __builtin_bswap64(value);
  std::memcpy(place, &value, sizeof value);
}

/// A string of bits, eight a byte, the first at the top; what is behind `size` in the last byte is 0.
struct PackedBits final {
  std::vector<std::uint8_t> bytes;
  std::uint64_t size = 0;

  /// Writes a bit a byte; `out` has `size` values.
  void unpack(std::span<std::uint8_t> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = bytes[i / 8] >> (7 - i % 8) & 1;
  }
};

/// Packs bits that come a bit a byte; only the lowest bit of each byte counts. Reuses the memory of `out`.
inline void pack(std::span<const std::uint8_t> bits, std::vector<std::uint8_t>& out) {
  out.assign((bits.size() + 7) / 8, 0);
  const std::size_t whole = bits.size() / 8;
  for (std::size_t i = 0; i < whole; ++i) {
    std::uint64_t eight;
    std::memcpy(&eight, bits.data() + 8 * i, sizeof eight);
    // The product puts bit 0 of byte j at position 63 - j; no two terms meet, so nothing carries.
    out[i] = static_cast<std::uint8_t>(((eight & 0x0101010101010101u) * 0x8040201008040201u) >> 56);
  }
  for (std::size_t i = 8 * whole; i < bits.size(); ++i)
    out[whole] = static_cast<std::uint8_t>(out[whole] | (bits[i] & 1) << (7 - i % 8));
}

class RangeEncoder final {
 public:
  void encode(std::uint32_t cumulative, std::uint32_t frequency, int total_bits) {
    // Behind the last symbol nothing moves up, as that symbol needs no more of the decoder than its 64 bits.
    shift();
    const std::uint64_t r = range_ >> total_bits;
    const std::uint64_t offset = r * cumulative;
    low_ += offset;
    if (low_ < offset) [[unlikely]]
      carry();
    // Codes between r * 2^total_bits and the range decode to the topmost symbol; see `reach`.
    const bool topmost = std::uint64_t{cumulative} + frequency == std::uint64_t{1} << total_bits;
    beyond_ = topmost ? beyond_ + (range_ - (r << total_bits)) : 0;
    range_ = r * frequency;
  }

  /// The shortest ending that needs zeros behind it: the fewest bytes that name a point of [low, low + range).
  std::vector<std::uint8_t> finish_bytes() {
    shift();
    for (int count = 0;; ++count) {
      const auto [value, over] = round_up(8 * count);
      if (value - low_ < range_) return finish(value, over, 8 * count).bytes;
    }
  }

  /// The shortest ending that needs nothing behind it: whatever follows these bits, they decode to the same symbols.
  PackedBits finish_bits() {
    const Wide limit = Wide{low_} + reach();
    for (int count = 0;; ++count) {
      const auto [value, over] = round_up(count);
      const Wide first = (Wide{over} << 64) + value;
      if (first + (Wide{1} << (64 - count)) <= limit || count == 64) return finish(value, over, count);
    }
  }

 private:
  using Wide = unsigned __int128;

  // Codes in [low, low + reach) decode to what was encoded. More than the range when the last symbols were topmost
  // ones, as a decoder takes what lies above all symbols for the topmost.
  Wide reach() const { return Wide{range_} + beyond_; }

  // The least multiple of 2^(64 - count) that is not below low, and whether it is 2^64 more than the value returned.
  std::pair<std::uint64_t, bool> round_up(int count) const {
    if (count == 64) return {low_, false};
    if (count == 0) return {0, low_ != 0};
    const std::uint64_t below = (std::uint64_t{1} << (64 - count)) - 1;
    return {(low_ + below) & ~below, low_ > ~below};
  }

  void carry() {
    std::size_t i = size_;
    while (bytes_[--i] == 0xFF) bytes_[i] = 0;
    ++bytes_[i];
  }

  // Moves bytes out until the range is at least 2^56. Without a branch, as nobody can predict how many they are.
  void shift() {
    const int bits = std::countl_zero(range_) & ~7;
    if (beyond_ != 0) [[unlikely]] {
      // Codes further from low than this leave the decoder's 64 bits.
      if (bits != 0 && beyond_ > (std::uint64_t{1} << (64 - bits)) - range_)
        beyond_ = (std::uint64_t{1} << (64 - bits)) - range_;
      beyond_ <<= bits;
    }
    if (size_ + 8 > bytes_.size()) [[unlikely]]
      bytes_.resize(2 * bytes_.size() + 64);
    store_big_endian(bytes_.data() + size_, low_);
    size_ += static_cast<std::size_t>(bits / 8);
    low_ <<= bits;
    range_ <<= bits;
  }

  PackedBits finish(std::uint64_t value, bool over, int bits) {
    if (over) carry();
    bytes_.resize(size_ + 8);
    store_big_endian(bytes_.data() + size_, value);
    const std::uint64_t total = 8 * static_cast<std::uint64_t>(size_) + static_cast<std::uint64_t>(bits);
    bytes_.resize((total + 7) / 8);
    return {std::move(bytes_), total};
  }

  std::uint64_t low_ = 0, range_ = ~std::uint64_t{0}, beyond_ = 1;
  std::vector<std::uint8_t> bytes_;
  std::size_t size_ = 0;
};

/// Reads bytes that must outlive it, and zeros behind them. Any bytes are legal: damage gives other symbols, no error.
class RangeDecoder final {
 public:
  explicit RangeDecoder(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
    for (int i = 0; i < 8; ++i) offset_ = offset_ << 8 | next();
  }

  /// Where in [0, 2^total_bits) the next symbol lies.
  std::uint32_t target(int total_bits) {
    r_ = range_ >> total_bits;
    const std::uint64_t t = offset_ / r_, last = (std::uint64_t{1} << total_bits) - 1;
    return static_cast<std::uint32_t>(t < last ? t : last);
  }
  /// Moves past the symbol that holds the target just asked for.
  void consume(std::uint32_t cumulative, std::uint32_t frequency) {
    offset_ -= r_ * cumulative;
    range_ = r_ * frequency;
    const int bits = std::countl_zero(range_) & ~7;
    range_ <<= bits;
    if (position_ + 8 <= bytes_.size()) [[likely]] {
      offset_ = offset_ << bits | load_big_endian(bytes_.data() + position_) >> 1 >> (63 - bits);
      position_ += static_cast<std::size_t>(bits / 8);
    } else {
      for (int i = 0; i < bits; i += 8) offset_ = offset_ << 8 | next();
    }
  }

  /// Bytes read so far, zeros behind the end among them.
  std::uint64_t consumed() const { return position_; }

 private:
  std::uint8_t next() {
    const std::uint8_t byte = position_ < bytes_.size() ? bytes_[position_] : 0;
    ++position_;
    return byte;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  std::uint64_t offset_ = 0, range_ = ~std::uint64_t{0}, r_ = 1;
};

}  // namespace tandem::coders
