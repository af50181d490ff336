// Every real value as the number of the nearest of some levels.
#include <algorithm>
#include <bit>
#include <tandem/safetensors.hpp>

#include "value_words.hpp"

namespace {
using namespace tandem;

constexpr std::size_t most_bits = 16;

class LloydMax final : public blocks::ValueWords {
  void fields(Fields& f) override {
    f("weights", weights_)
        .required()
        .doc("a safetensors file whose tensor `levels` holds 2, 4, 8 ... 65536 values, ascending; tandem train writes one");
    f("labels", labels_, "natural")
        .choices({"natural", "gray"})
        .doc("natural: the number of the level, from below; gray: neighbours differ in one bit");
    f.source("Max, IRE Trans. Inf. Theory 6 (1960), equations 4 and 5; Lloyd, IEEE Trans. Inf. Theory 28 (1982)");
    f.example(R"({"weights": "model:levels-amplitudes"})");
  }

  void ready(const Environment&) override {
    const Safetensors file(weights_.path);
    if (!file.contains("levels")) throw FieldError("weights", "has no tensor `levels`");
    const auto& shape = file["levels"].shape;
    if (shape.size() != 1 || shape[0] < 2 || shape[0] > (std::size_t{1} << most_bits) || !std::has_single_bit(shape[0]))
      throw FieldError("weights", "needs a row of 2, 4, 8 ... 65536 levels");
    levels_ = file.floats("levels", shape);
    for (std::size_t i = 1; i < levels_.size(); ++i)
      if (!(levels_[i] > levels_[i - 1])) throw FieldError("weights", "has levels that do not ascend, at level " + std::to_string(i));
    for (std::size_t i = 1; i < levels_.size(); ++i)
      bounds_.push_back((static_cast<double>(levels_[i - 1]) + static_cast<double>(levels_[i])) / 2);
    gray_ = labels_ == "gray";
  }

  std::size_t word_bits() const override { return static_cast<std::size_t>(std::bit_width(levels_.size() - 1)); }

  std::uint32_t word_of(float value) const override {
    const auto above = std::ranges::upper_bound(bounds_, static_cast<double>(value));
    const auto number = static_cast<std::uint32_t>(above - bounds_.begin());
    return gray_ ? blocks::to_gray(number) : number;
  }

  float value_of(std::uint32_t word) const override { return levels_[gray_ ? blocks::from_gray(word) : word]; }

  File weights_;
  std::string labels_ = "natural";
  bool gray_ = false;
  std::vector<float> levels_;
  std::vector<double> bounds_;  // a value on one belongs to the upper level
};

}  // namespace
TANDEM_PLUGIN(LloydMax, Block, "lloyd-max", "1.0.0", "every real value as the number of the nearest of some levels")
