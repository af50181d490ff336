#pragma once

#include <cstddef>
#include <cstdint>
#include <tandem/block.hpp>

namespace tandem::blocks {

/// A block that sends each real value as a word of bits, the highest first. Behind a code that pads, a row may end in words
/// of zeros that no value was; what is left of less than a word is dropped.
class ValueWords : public Block {
 public:
  Port takes() const final { return Port::features; }
  Port gives() const final { return Port::bits; }

  Batch forward(Batch in) const final {
    Batch out{.port = Port::bits, .bytes = {}, .tokens = {}, .reals = {}, .trusted = std::move(in.trusted)};
    const std::size_t width = word_bits();
    out.bytes.reserve(in.reals.size() * width);
    for (std::size_t row = 0; row < in.reals.rows(); ++row) {
      const auto values = std::as_const(in.reals)[row];
      auto* to = out.bytes.append(values.size() * width).data();
      for (const float value : values) {
        const std::uint32_t word = word_of(value);
        for (std::size_t bit = width; bit-- > 0;) *to++ = word >> bit & 1;
      }
    }
    return out;
  }

  Batch backward(Batch in) const final {
    Batch out{.port = Port::features, .bytes = {}, .tokens = {}, .reals = {}, .trusted = std::move(in.trusted)};
    out.trusted.resize(in.bytes.rows(), 1);
    const std::size_t width = word_bits();
    out.reals.reserve(in.bytes.size() / width);
    for (std::size_t row = 0; row < in.bytes.rows(); ++row) {
      const auto* from = std::as_const(in.bytes)[row].data();
      for (float& value : out.reals.append(in.bytes.row_length(row) / width)) {
        std::uint32_t word = 0;
        for (std::size_t bit = 0; bit < width; ++bit) word = word << 1 | *from++;
        value = value_of(word);
      }
    }
    return out;
  }

  Exactness exactness() const override { return Exactness::portable; }

 protected:
  virtual std::size_t word_bits() const = 0;  ///< 1 .. 32
  /// Of any value, also one that is not finite.
  virtual std::uint32_t word_of(float value) const = 0;
  /// Finite, whatever the word.
  virtual float value_of(std::uint32_t word) const = 0;
};

/// The reflected binary code (Gray 1953): neighbours differ in one bit.
inline std::uint32_t to_gray(std::uint32_t number) { return number ^ number >> 1; }
/// Undoes to_gray.
inline std::uint32_t from_gray(std::uint32_t label) {
  for (int shift = 1; shift < 32; shift *= 2) label ^= label >> shift;
  return label;
}

}  // namespace tandem::blocks
