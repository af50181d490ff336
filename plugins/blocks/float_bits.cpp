// Every real value as the bits of a number format, the highest first.
#include <algorithm>
#include <cmath>

#include "value_words.hpp"

namespace {
using namespace tandem;

// Sign, exponent and fraction as IEEE 754 lays them out: magnitudes are ordered like the words below the sign.
struct Format {
  int exponent_bits, fraction_bits;

  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  std::uint32_t largest() const { return (((1u << exponent_bits) - 1) << fraction_bits) - 1; }

  // To nearest, ties to even; a carry moves on into the exponent as it should.
  std::uint32_t word(double magnitude) const {
    const int exponent = std::max(magnitude > 0 ? std::ilogb(magnitude) : 1 - bias(), 1 - bias());
    if (exponent > bias()) return largest();
    const auto units = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, fraction_bits - exponent)));
    return (static_cast<std::uint32_t>(exponent + bias() - 1) << fraction_bits) + units;
  }
  double magnitude(std::uint32_t word) const {
    const std::uint32_t exponent = word >> fraction_bits, fraction = word & ((1u << fraction_bits) - 1);
    const std::uint32_t units = exponent == 0 ? fraction : fraction | 1u << fraction_bits;
    return std::ldexp(units, static_cast<int>(std::max(exponent, 1u)) - bias() - fraction_bits);
  }
};

class FloatBits final : public blocks::ValueWords {
  void fields(Fields& f) override {
    f("format", format_, "f32")
        .choices({"f32", "f16", "bf16", "fixed"})
        .doc("f32, f16: IEEE 754 binary32, binary16; bf16: the upper half of binary32; fixed: two's complement");
    f("bits", bits_, std::size_t{8}).range(2, 32).unit("bits").doc("of a value where format is fixed");
    f("clip", clip_, 16.0)
        .range(1e-6, 1e6)
        .doc("largest magnitude: larger values are sent as it; what is received beyond it, or as no number, becomes 0; of fixed, the range");
    f.source("IEEE 754-2019, sections 3.4 and 3.6; what a wrong bit of it does: Proakis, Salehi, section 6.3");
    f.example(R"({"format": "f16"})");
  }

  void ready(const Environment&) override {
    const bool is_fixed = format_ == "fixed";
    if (format_ == "f16") ieee_ = {5, 10};
    if (format_ == "bf16") ieee_ = {8, 7};
    if (!is_fixed) bits_ = static_cast<std::size_t>(1 + ieee_.exponent_bits + ieee_.fraction_bits);
    sign_ = 1u << (bits_ - 1);
    if (is_fixed) {
      fixed_ = true;
      largest_ = sign_ - 1;
      step_ = clip_ / largest_;
      return;
    }
    largest_ = std::min(ieee_.word(clip_), ieee_.largest());
    if (ieee_.magnitude(largest_) > clip_) --largest_;
  }

  std::size_t word_bits() const override { return bits_; }

  std::uint32_t word_of(float value) const override {
    const bool negative = std::signbit(value);
    const double magnitude = std::isnan(value) ? 0.0 : std::min(std::abs(static_cast<double>(value)), clip_);
    if (!fixed_) return std::min(ieee_.word(magnitude), largest_) | (negative ? sign_ : 0);
    const auto steps = std::min(static_cast<std::uint32_t>(std::nearbyint(magnitude / step_)), largest_);
    return (negative ? 0 - steps : steps) & (sign_ | largest_);
  }

  float value_of(std::uint32_t word) const override {
    const bool negative = word & sign_;
    if (fixed_) {
      // The one word that no value has, the most negative, is taken for its neighbour.
      const std::uint32_t steps = std::min(negative ? (0 - word) & (sign_ | largest_) : word, largest_);
      return static_cast<float>(negative ? -(step_ * steps) : step_ * steps);
    }
    const std::uint32_t rest = word & ~sign_;
    if (rest > largest_) return 0;
    const auto magnitude = static_cast<float>(ieee_.magnitude(rest));
    return negative ? -magnitude : magnitude;
  }

  std::string format_ = "f32";
  std::size_t bits_ = 8;
  double clip_ = 16;
  Format ieee_{8, 23};
  bool fixed_ = false;
  std::uint32_t sign_ = 0, largest_ = 0;  // the sign bit, and the largest word below it that is a value
  double step_ = 1;
};

}  // namespace
TANDEM_PLUGIN(FloatBits, Block, "float-bits", "1.0.0", "every real value as the bits of a number format")
