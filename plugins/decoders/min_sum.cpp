// Min-sum decoding, normalised and offset.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "min_sum.cpp"
#include "simd.hpp"
//
#include "message_passing-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace message_passing::HWY_NAMESPACE {

struct MinSumRule final {
  // No LLR is clipped that a receiver can produce: the rule does not depend on the scale. Infinity becomes finite.
  static constexpr float largest_llr = 1e18f, largest_message = 1e30f;

  static constexpr std::size_t vectors_per_edge = 1;  // of scratch memory, for checks of uncommon weight

  HWY_INLINE Vector receive(Vector llr) const {
    const Vector clipped = hn::Max(hn::Min(llr, constant(largest_llr)), constant(-largest_llr));
    return hn::Add(clipped, hn::Zero(real));  // no negative zeros
  }

  HWY_INLINE Vector scaled(Vector magnitude) const {
    return hn::Max(hn::MulSub(magnitude, constant(normalize), constant(offset)), hn::Zero(real));
  }

  template <std::size_t degree, bool layered>
  HWY_INLINE void check(const std::uint32_t* HWY_RESTRICT variables, std::size_t weight, float* HWY_RESTRICT total,
                        Messages messages, std::size_t edge) const {
    Vector smallest = constant(largest_message), second = smallest, sign = hn::Zero(real);
    Vector kept[degree != 0 ? degree : 1];
    const auto visit = [&](std::size_t i) HWY_ATTR {
      const Vector q = hn::Sub(load(total + variables[i] * lanes), messages[edge + i]);
      const Vector magnitude = hn::Abs(q);
      second = hn::Min(second, hn::Max(smallest, magnitude));
      smallest = hn::Min(smallest, magnitude);
      sign = hn::Xor(sign, q);
      if constexpr (degree != 0)
        kept[i] = q;
      else
        store(q, memory + i * lanes);
    };
    if constexpr (degree != 0) {
      HWY_UNROLL(16)
      for (std::size_t i = 0; i < degree; ++i) visit(i);
    } else {
      for (std::size_t i = 0; i < weight; ++i) visit(i);
    }
    const Vector to_most = scaled(smallest), to_smallest = scaled(second), sign_bit = hn::SignBit(real);
    const auto answer = [&](std::size_t i, Vector q) HWY_ATTR {
      const Vector magnitude = hn::IfThenElse(hn::Eq(hn::Abs(q), smallest), to_smallest, to_most);
      const Vector message = hn::Or(magnitude, hn::And(hn::Xor(sign, q), sign_bit));
      messages.set(edge + i, message);
      if constexpr (layered) store(hn::Add(q, message), total + variables[i] * lanes);
    };
    if constexpr (degree != 0) {
      HWY_UNROLL(16)
      for (std::size_t i = 0; i < degree; ++i) answer(i, kept[i]);
    } else {
      for (std::size_t i = 0; i < weight; ++i) answer(i, load(memory + i * lanes));
    }
  }

  float normalize, offset;
  float* HWY_RESTRICT memory = nullptr;
};

void run_min_sum(const Job& job, float normalize, float offset) {
  Engine<MinSumRule>(job, {.normalize = normalize, .offset = offset}).run();
}

}  // namespace message_passing::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace message_passing {
HWY_EXPORT(run_min_sum);

class MinSum final : public MessagePassing {
  void fields(tandem::Fields& f) override {
    MessagePassing::fields(f);
    f("normalize", normalize_, 0.75)
        .range(0.01, 1)
        .doc("factor on the magnitude of check messages; 1 for plain min-sum");
    f("offset", offset_, 0.0)
        .range(0, 100)
        .doc("taken off the magnitude of check messages, not below 0; in units of LLR");
    f.source(
        "J. Chen and M. P. C. Fossorier, \"Near optimum universal belief propagation based decoding of LDPC codes\", "
        "IEEE Trans. Commun. 50(3), 2002; offset: J. Chen et al., IEEE Trans. Commun. 53(8), 2005");
    f.example(R"({"iterations": 50, "schedule": "layered", "normalize": 0.75})");
  }
  void run(const Job& job) const override {
    HWY_DYNAMIC_DISPATCH(run_min_sum)(job, static_cast<float>(normalize_), static_cast<float>(offset_));
  }

  double normalize_ = 0.75, offset_ = 0;
};

}  // namespace message_passing
TANDEM_PLUGIN(message_passing::MinSum, tandem::Decoder, "min-sum", "1.0.0", "min-sum decoding, normalised and offset")
#endif
