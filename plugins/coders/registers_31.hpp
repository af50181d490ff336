#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Arithmetic coding in 31-bit registers as arXiv 2501.04285 and its code do it: Witten, Neal and Cleary's scheme, but
/// with a width of high - low + 1 for an upper end that is not included, and no 1 shifted into `high`.
namespace tandem::coders::registers_31 {

inline constexpr int precision = 31;
inline constexpr std::int64_t top = std::int64_t{1} << precision, half = top / 2, quarter = top / 4;

/// What a symbol owns of [0, 1).
struct Share final {
  double below = 0, above = 0;
};

enum class Shift : std::uint8_t { zero, one, middle };

struct Registers final {
  std::int64_t low = 0, high = top;

  std::int64_t at(double cumulative) const {
    return low + static_cast<std::int64_t>(static_cast<double>(high - low + 1) * cumulative);
  }
  // False when the share is too small for the registers, which are then of no use: nothing is left, or as many codes
  // above `top`, where no code can be, as below.
  bool narrow(const Share& share) {
    const std::int64_t above = at(share.above), below = at(share.below);
    low = below;
    high = above;
    return low < high && high - top <= top - low;
  }
  template <class Each>
  void renormalise(Each each) {
    while (high < half || low >= half) {
      const bool one = high >= half;
      move(one ? half : 0);
      each(one ? Shift::one : Shift::zero);
    }
    while (low >= quarter && high < 3 * quarter) {
      move(quarter);
      each(Shift::middle);
    }
  }

 private:
  void move(std::int64_t by) {
    low = 2 * (low - by);
    high = 2 * (high - by);
  }
};

/// Codes the symbols of a row, given what each owns.
class BitWriter final {
 public:
  bool encode(const Share& share) {
    if (!registers_.narrow(share)) return false;
    registers_.renormalise([this](Shift shift) {
      if (shift == Shift::middle)
        ++pending_;
      else
        put(shift == Shift::one);
    });
    return true;
  }
  const std::vector<std::uint8_t>& finish() {
    ++pending_;
    put(registers_.low >= quarter);
    return bits_;
  }

 private:
  void put(bool bit) {
    bits_.push_back(bit);
    bits_.insert(bits_.end(), pending_, !bit);
    pending_ = 0;
  }

  Registers registers_;
  std::size_t pending_ = 0;
  std::vector<std::uint8_t> bits_;
};

/// Follows the registers of the row that `bits` encode; reads `behind` behind them.
class BitReader final {
 public:
  BitReader(std::span<const std::uint8_t> bits, bool behind) : bits_(bits), behind_(behind) {
    for (int i = 0; i < precision; ++i) code_ = 2 * code_ + next();
  }
  bool at_or_above(double cumulative) const { return code_ >= registers_.at(cumulative); }
  bool consume(const Share& share) {
    if (!registers_.narrow(share)) return false;
    registers_.renormalise([this](Shift shift) {
      const std::int64_t by = shift == Shift::zero ? 0 : shift == Shift::one ? half : quarter;
      code_ = 2 * (code_ - by) + next();
    });
    return true;
  }
  // An undamaged row ends before 64 bits behind it have been read.
  bool exhausted() const { return position_ > bits_.size() + 64; }

 private:
  std::int64_t next() {
    const std::size_t position = position_++;
    return position < bits_.size() ? bits_[position] & 1 : behind_;
  }

  std::span<const std::uint8_t> bits_;
  bool behind_;
  std::size_t position_ = 0;
  std::int64_t code_ = 0;
  Registers registers_;
};

}  // namespace tandem::coders::registers_31
