// Included once for each SIMD target.
#if defined(TANDEM_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_LANES_INL
#undef TANDEM_LANES_INL
#else
#define TANDEM_LANES_INL
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace message_passing::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Real = HWY_FULL(float);
using Vector = hn::Vec<Real>;
using Mask = hn::Mask<Real>;
constexpr Real real{};
constexpr std::size_t lanes = hn::MaxLanes(real);
using LaneBits = std::uint16_t;  // a bit a lane
constexpr unsigned all_lanes = (1u << lanes) - 1;

HWY_INLINE Vector load(const float* from) { return hn::Load(real, from); }
HWY_INLINE void store(Vector value, float* to) { hn::Store(value, real, to); }
HWY_INLINE Vector constant(float value) { return hn::Set(real, value); }
HWY_INLINE Mask mask_of(unsigned bits) {
  const auto bytes = static_cast<LaneBits>(bits);
  std::uint8_t memory[8] = {};
  std::memcpy(memory, &bytes, sizeof bytes);
  return hn::LoadMaskBits(real, memory);
}
/// Bit l is set where lane l is negative.
HWY_INLINE LaneBits negative_lanes(Vector value) {
  std::uint8_t memory[8] = {};
  hn::StoreMaskBits(real, hn::Lt(value, hn::Zero(real)), memory);
  LaneBits bits;
  std::memcpy(&bits, memory, sizeof bits);
  return bits;
}

/// Four values from v on of rows 0, 4, 8, ...
template <class Tag>
HWY_INLINE hn::Vec<Tag> gather_blocks(Tag tag, const float* const* row, std::size_t v) {
  constexpr hn::FixedTag<float, 4> four;
  if constexpr (hn::MaxLanes(tag) == 8) {
    return hn::Combine(tag, hn::LoadU(four, row[4] + v), hn::LoadU(four, row[0] + v));
  } else {
    constexpr hn::Half<Tag> half;
    return hn::Combine(tag, gather_blocks(half, row + 8, v), gather_blocks(half, row, v));
  }
}

/// Columns v .. v + 3 of as many rows as there are lanes, a vector a column: blocks of four rows side by side, each 4 x
/// 4 block turned in place.
HWY_INLINE std::array<Vector, 4> transpose(const float* const* row, std::size_t v) {
  const auto a = gather_blocks(real, row, v), b = gather_blocks(real, row + 1, v);
  const auto c = gather_blocks(real, row + 2, v), d = gather_blocks(real, row + 3, v);
  const auto ac_low = hn::InterleaveLower(real, a, c), ac_high = hn::InterleaveUpper(real, a, c);
  const auto bd_low = hn::InterleaveLower(real, b, d), bd_high = hn::InterleaveUpper(real, b, d);
  return {hn::InterleaveLower(real, ac_low, bd_low), hn::InterleaveUpper(real, ac_low, bd_low),
          hn::InterleaveLower(real, ac_high, bd_high), hn::InterleaveUpper(real, ac_high, bd_high)};
}

/// The bits of one lane, a byte each.
HWY_INLINE void spread(const LaneBits* from, unsigned lane, std::size_t count, std::uint8_t* to) {
  constexpr hn::FixedTag<LaneBits, 16> wide;
  constexpr hn::RebindToSigned<decltype(wide)> integer{};
  constexpr hn::Rebind<std::uint8_t, decltype(wide)> narrow{};
  const auto block = [&](std::size_t i) HWY_ATTR {
    const auto bits = hn::And(hn::ShiftRightSame(hn::LoadU(wide, from + i), static_cast<int>(lane)), hn::Set(wide, 1));
    hn::StoreU(hn::DemoteTo(narrow, hn::BitCast(integer, bits)), narrow, to + i);
  };
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) block(i);
  if (i == count) return;
  if (count >= 16) return block(count - 16);
  for (; i < count; ++i) to[i] = static_cast<std::uint8_t>((from[i] >> lane) & 1);
}

}  // namespace message_passing::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
