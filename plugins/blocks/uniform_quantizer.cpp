// Every real value as the number of one of equal steps.
#include <algorithm>
#include <cmath>

#include "value_words.hpp"

namespace {
using namespace tandem;

class UniformQuantizer final : public blocks::ValueWords {
  void fields(Fields& f) override {
    f("bits", bits_, std::size_t{4}).range(1, 16).unit("bits").doc("of a value; 1 sends the sign");
    f("range", range_, 2.0)
        .range(1e-6, 1e6)
        .doc("values from -range to range are cut into 2^bits steps, and come out as a step's middle: +-1 of 1 bit and range 2");
    f("labels", labels_, "natural")
        .choices({"natural", "gray"})
        .doc("natural: the number of the step, from below; gray: neighbours differ in one bit");
    f.source("Max, Quantizing for minimum distortion, IRE Trans. Inf. Theory 6 (1960), section on equal spacing; midrise");
    f.example(R"({"bits": 4, "range": 2})");
  }

  void ready(const Environment&) override {
    last_ = static_cast<std::int32_t>((1u << bits_) - 1);
    step_ = 2 * range_ / (last_ + 1.0);
    gray_ = labels_ == "gray";
  }

  std::size_t word_bits() const override { return bits_; }

  std::uint32_t word_of(float value) const override {
    const double at = std::floor((static_cast<double>(value) + range_) / step_);
    const auto number = static_cast<std::uint32_t>(at > 0 ? std::min(at, static_cast<double>(last_)) : 0.0);
    return gray_ ? blocks::to_gray(number) : number;
  }

  float value_of(std::uint32_t word) const override {
    const std::uint32_t number = gray_ ? blocks::from_gray(word) : word;
    return static_cast<float>((2.0 * number - last_) * (step_ / 2));
  }

  std::size_t bits_ = 4;
  double range_ = 2, step_ = 1;
  std::string labels_ = "natural";
  std::int32_t last_ = 15;
  bool gray_ = false;
};

}  // namespace
TANDEM_PLUGIN(UniformQuantizer, Block, "uniform-quantizer", "1.0.0", "every real value as the number of one of equal steps")
