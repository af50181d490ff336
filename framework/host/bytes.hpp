#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::host {

/// Appends numbers to bytes: doubles by their bits, varints of 7 bits a byte, low ones first.
class ByteWriter {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void f64(double value) { raw(&value, sizeof value); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) u8(static_cast<std::uint8_t>(value | 0x80));
    u8(static_cast<std::uint8_t>(value));
  }
  /// Small numbers of either sign as small varints.
  void zigzag(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void bytes(std::span<const std::uint8_t> value) {
    varint(value.size());
    raw(value.data(), value.size());
  }
  void text(std::string_view value) {
    varint(value.size());
    raw(value.data(), value.size());
  }
  std::size_t size() const { return bytes_.size(); }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  void raw(const void* from, std::size_t count) {
    const auto* first = static_cast<const std::uint8_t*>(from);
    bytes_.insert(bytes_.end(), first, first + count);
  }
  std::vector<std::uint8_t> bytes_;
};

/// Reads what ByteWriter wrote. Calls `damaged`, which throws, where bytes are missing or no number is written so.
class ByteReader {
 public:
  ByteReader(std::span<const std::uint8_t> bytes, void (*damaged)()) : bytes_(bytes), damaged_(damaged) {}

  bool empty() const { return bytes_.empty(); }
  std::span<const std::uint8_t> rest() const { return bytes_; }
  std::span<const std::uint8_t> raw(std::uint64_t count) {
    if (count > bytes_.size()) damaged_();
    const auto out = bytes_.first(static_cast<std::size_t>(count));
    bytes_ = bytes_.subspan(static_cast<std::size_t>(count));
    return out;
  }
  std::uint8_t u8() { return raw(1)[0]; }
  double f64() {
    double value;
    std::memcpy(&value, raw(sizeof value).data(), sizeof value);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = u8();
      if (shift == 63 && byte > 1) damaged_();
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    damaged_();
    return 0;
  }
  std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  std::vector<std::uint8_t> bytes() {
    const auto out = raw(varint());
    return {out.begin(), out.end()};
  }
  std::string text() {
    const auto out = raw(varint());
    return {out.begin(), out.end()};
  }
  /// A number of things that take at least `each` bytes: never more than are left.
  std::size_t count(std::size_t each) {
    const std::uint64_t value = varint();
    if (value > bytes_.size() / each) damaged_();
    return static_cast<std::size_t>(value);
  }

 private:
  std::span<const std::uint8_t> bytes_;
  void (*damaged_)();
};

}  // namespace tandem::host
