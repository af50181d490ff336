#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "noise.cpp"
#include <algorithm>
#include <cstring>
#include <string>
#include <tandem/error.hpp>
#include <tandem/noise.hpp>

#include "noise_request.hpp"
#include "simd.hpp"

// clang-format off: simd.hpp comes first
#include "math-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace tandem::HWY_NAMESPACE {

using Words = hn::ScalableTag<std::uint32_t>;
using Word = hn::Vec<Words>;
using Pairs = hn::Repartition<std::uint64_t, Words>;  // a 32-bit word in the low half of each 64-bit lane
using Floats = hn::RebindToFloat<Words>;

/// Philox 4x32-10 on one counter a 64-bit lane. Only the low halves count: what the high halves hold is ignored.
HWY_INLINE void philox(const std::uint32_t (&keys)[20], Word& c0, Word& c1, Word& c2, Word& c3) {
  const Words d;
  const Word m0 = hn::Set(d, 0xD2511F53u), m1 = hn::Set(d, 0xCD9E8D57u);
  for (int round = 0; round < 10; ++round) {
    const auto p0 = hn::MulEven(c0, m0), p1 = hn::MulEven(c2, m1);
    const Word high0 = hn::BitCast(d, hn::ShiftRight<32>(p0)), high1 = hn::BitCast(d, hn::ShiftRight<32>(p1));
    c0 = hn::Xor3(high1, c1, hn::Set(d, keys[2 * round]));
    c2 = hn::Xor3(high0, c3, hn::Set(d, keys[2 * round + 1]));
    c1 = hn::BitCast(d, p1);
    c3 = hn::BitCast(d, p0);
  }
}

/// Standard normal values from words: radius sqrt(-2 ln((a + 1/2) 2^-32)), angle 2 pi b 2^-32.
HWY_INLINE void box_muller(Word a, Word b, Word& first, Word& second) {
  const Words d;
  const Floats df;
  const hn::RebindToSigned<Words> di;
  // (a + 1/2) 2^-32, rounded once: both halves of the word are exact as floats. Near 1 the distance from 1 is what
  // counts, and that too is rounded only once.
  const auto high = hn::ConvertTo(df, hn::BitCast(di, hn::ShiftRight<16>(a)));
  const auto low_word = hn::ConvertTo(df, hn::BitCast(di, hn::And(a, hn::Set(d, 0xffffu))));
  const auto low = hn::MulAdd(low_word, hn::Set(df, 0x1p-32f), hn::Set(df, 0x1p-33f));
  auto exponent = high, f = high;
  split(df, hn::MulAdd(high, hn::Set(df, 0x1p-16f), low), exponent, f);
  const auto from_one = hn::Add(hn::MulSub(high, hn::Set(df, 0x1p-16f), hn::Set(df, 1.0f)), low);
  f = hn::IfThenElse(hn::Eq(exponent, hn::Zero(df)), from_one, f);
  const auto radius = hn::Sqrt(hn::Mul(hn::Set(df, -2.0f), quick_log(df, exponent, f)));
  // The top bits of the angle are the quadrant, exactly; the rest is a signed fraction of it.
  const Word quadrant = hn::ShiftRight<30>(hn::Add(b, hn::Set(d, 0x20000000u)));
  const auto fraction = hn::BitCast(di, hn::Sub(b, hn::ShiftLeft<30>(quadrant)));
  const auto angle = hn::Mul(hn::ConvertTo(df, fraction), hn::Set(df, 0x1.921fb6p-30f));
  auto sine = angle, cosine = angle;
  turn(df, angle, hn::Zero(df), hn::BitCast(di, quadrant), sine, cosine);
  first = hn::BitCast(d, hn::Mul(radius, cosine));
  second = hn::BitCast(d, hn::Mul(radius, sine));
}

HWY_INLINE Word uniform(Word bits) {
  const Words d;
  const Floats df;
  const auto whole = hn::ConvertTo(df, hn::BitCast(hn::RebindToSigned<Words>(), hn::ShiftRight<9>(bits)));
  return hn::BitCast(d, hn::MulAdd(whole, hn::Set(df, 0x1p-23f), hn::Set(df, 0x1p-24f)));
}

/// Four words a block, block after block, from the addresses of a chunk.
template <NoiseKind kind>
HWY_INLINE void generate(const NoiseRequest& request, const NoiseChunk& chunk, std::size_t blocks, std::uint32_t* out) {
  const Words d;
  const Pairs pairs;
  const std::size_t lanes = hn::Lanes(d);
  // Interleaving words at the end puts the block of lane 4 i + j into place (lanes / 4) j + i.
  alignas(64) std::uint32_t places[16];
  for (std::size_t lane = 0; lane < lanes; ++lane)
    places[lane] = static_cast<std::uint32_t>(lanes / 4 * (lane % 4) + lane / 4);
  const auto order = hn::SetTableIndices(d, places);
  const Word kind_bits = hn::Set(d, static_cast<std::uint32_t>(kind) << 30);
  const Word purpose = hn::Set(d, request.purpose);
  const auto base = hn::Set(pairs, chunk.base);
  for (std::size_t i = 0; i < blocks; i += lanes) {
    const Word block = hn::Or(hn::TableLookupLanes(hn::Load(d, chunk.block + i), order), kind_bits);
    const auto index = hn::BitCast(pairs, hn::TableLookupLanes(hn::Load(d, chunk.index + i), order));
    const auto even = hn::Add(base, hn::And(index, hn::Set(pairs, 0xffffffffu)));
    const auto odd = hn::Add(base, hn::ShiftRight<32>(index));
    Word a0 = block, a1 = purpose, a2 = hn::BitCast(d, even), a3 = hn::BitCast(d, hn::ShiftRight<32>(even));
    Word b0 = hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(pairs, block))), b1 = purpose;
    Word b2 = hn::BitCast(d, odd), b3 = hn::BitCast(d, hn::ShiftRight<32>(odd));
    philox(request.keys, a0, a1, a2, a3);
    philox(request.keys, b0, b1, b2, b3);
    const auto both = [&](Word a, Word b)
                          HWY_ATTR { return hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(hn::BitCast(pairs, b))), a); };
    Word w0 = both(a0, b0), w1 = both(a1, b1), w2 = both(a2, b2), w3 = both(a3, b3);
    if constexpr (kind == NoiseKind::normals) {
      box_muller(w0, w1, w0, w1);
      box_muller(w2, w3, w2, w3);
    } else if constexpr (kind == NoiseKind::uniforms) {
      w0 = uniform(w0);
      w1 = uniform(w1);
      w2 = uniform(w2);
      w3 = uniform(w3);
    }
    const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, w0, w1));
    const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, w0, w1));
    const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, w2, w3));
    const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, w2, w3));
    std::uint32_t* const to = out + 4 * i;
    hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
    hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + lanes);
    hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * lanes);
    hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * lanes);
  }
}

/// Copies `count` values; may write up to `room` values when that saves a partial vector.
HWY_INLINE void deliver(const std::uint32_t* words, std::size_t count, std::size_t room, float* out) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const float* const values = reinterpret_cast<const float*>(words);
  std::size_t i = 0;
  for (; i < count && i + lanes <= room; i += lanes) hn::StoreU(hn::LoadU(d, values + i), d, out + i);
  if (i < count) std::memcpy(out + i, values + i, (count - i) * sizeof(float));
}

/// Spreads bits over bytes: bit i of the words becomes byte i.
HWY_INLINE void deliver(const std::uint32_t* words, std::size_t count, std::size_t room, std::uint8_t* out) {
  const hn::ScalableTag<std::uint8_t> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto* const packed = reinterpret_cast<const std::uint8_t*>(words);
  alignas(64) std::uint8_t sources[64], masks[64];
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    sources[lane] = static_cast<std::uint8_t>(lane / 8);
    masks[lane] = static_cast<std::uint8_t>(1u << (lane % 8));
  }
  const auto source = hn::Load(d, sources), mask = hn::Load(d, masks), one = hn::Set(d, std::uint8_t{1});
  for (std::size_t i = 0; i < count; i += lanes) {
    const auto bytes = hn::LoadDup128(d, packed + i / 8);
    const auto bits = hn::Min(hn::And(hn::TableLookupBytes(bytes, source), mask), one);
    if (i + lanes <= room) {
      hn::StoreU(bits, d, out + i);
    } else {
      alignas(64) std::uint8_t last[64];
      hn::Store(bits, d, last);
      std::memcpy(out + i, last, std::min(count - i, lanes));
    }
  }
}

template <NoiseKind kind, class T>
HWY_INLINE void fill(const NoiseRequest& request, NoiseRows<T> rows) {
  constexpr std::size_t values_a_block = kind == NoiseKind::bits ? 128 : 4;
  NoiseChunk chunk;
  alignas(64) std::uint32_t words[4 * NoiseChunk::size + 16];  // 16 more, as bits are read 16 bytes at a time
  T* out = rows.values;
  std::size_t room = rows.size, row = 0, done = 0;  // `done` blocks of `row` were handed out
  while (row < rows.rows) {
    // Collects the addresses of the next blocks, whatever row they belong to.
    const std::size_t first_row = row, first_done = done;
    chunk.base = rows.index(row);
    std::size_t blocks = 0;
    while (row < rows.rows && blocks < NoiseChunk::size) {
      const std::uint64_t index = rows.index(row) - chunk.base;
      const std::size_t all = (rows.length(row) + values_a_block - 1) / values_a_block;
      const std::size_t now = std::min(all - done, NoiseChunk::size - blocks);
      if (index > 0xffffffffu) break;
      for (std::size_t i = 0; i < now; ++i) {
        chunk.block[blocks + i] = static_cast<std::uint32_t>(done + i);
        chunk.index[blocks + i] = static_cast<std::uint32_t>(index);
      }
      blocks += now;
      done += now;
      if (done < all) break;
      done = 0;
      ++row;
    }
    for (std::size_t i = blocks; i % 16 != 0; ++i) chunk.block[i] = chunk.index[i] = 0;
    generate<kind>(request, chunk, blocks, words);
    // Hands the values out to the same rows, in order: what is written beyond a row's end is written again.
    const std::uint32_t* from = words;
    for (std::size_t r = first_row, skipped = first_done; from != words + 4 * blocks; ++r, skipped = 0) {
      const std::size_t left = words + 4 * blocks - from;
      const std::size_t count = std::min(rows.length(r) - skipped * values_a_block, left / 4 * values_a_block);
      deliver(from, count, room, out);
      from += (count + values_a_block - 1) / values_a_block * 4;
      out += count;
      room -= count;
    }
  }
}

void fill_uniforms(const NoiseRequest& request, const NoiseRows<float>& rows) {
  fill<NoiseKind::uniforms>(request, rows);
}
void fill_normals(const NoiseRequest& request, const NoiseRows<float>& rows) {
  fill<NoiseKind::normals>(request, rows);
}
void fill_bits(const NoiseRequest& request, const NoiseRows<std::uint8_t>& rows) {
  fill<NoiseKind::bits>(request, rows);
}

}  // namespace tandem::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
namespace {

HWY_EXPORT(fill_uniforms);
HWY_EXPORT(fill_normals);
HWY_EXPORT(fill_bits);

// The finisher of splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

NoiseRequest request(std::uint64_t key, std::uint64_t group, std::uint32_t purpose) {
  // Groups count from 0 as frames do: a key of their own keeps them apart.
  if (group != 1) key = mixed(key + 0x9E3779B97F4A7C15u * group);
  NoiseRequest made;
  made.purpose = purpose;
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    made.keys[2 * round] = k0;
    made.keys[2 * round + 1] = k1;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return made;
}

template <class T>
NoiseRows<T> one_row(std::span<T> out, std::uint64_t frame, std::uint64_t group) {
  // 2^30 blocks a row: two bits of the counter's block word are the kind.
  if (out.size() > std::size_t{1} << 32) throw Error("a row of noise holds at most 2^32 values");
  return {.values = out.data(),
          .size = out.size(),
          .rows = 1,
          .shared = out.size(),
          .ragged = nullptr,
          .first = frame,
          .group = group};
}

template <class T>
NoiseRows<T> all_rows(Ragged<T>& rows, std::uint64_t frame, std::uint64_t group) {
  if (rows.size() > std::size_t{1} << 32)
    for (std::size_t r = 0; r < rows.rows(); ++r) one_row(rows[r], frame, group);
  return {.values = rows.values().data(),
          .size = rows.size(),
          .rows = rows.rows(),
          .shared = rows.row_length(),
          .ragged = &rows,
          .first = frame,
          .group = group};
}

}  // namespace

Noise::Noise(std::uint64_t seed, std::string_view node, std::uint64_t first) noexcept : first_(first) {
  std::uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a
  for (const char c : node) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  key_ = mixed(mixed(seed + 0x9E3779B97F4A7C15u) ^ hash);
}

void Noise::uniforms(std::size_t row, std::span<float> out) const {
  HWY_DYNAMIC_DISPATCH(fill_uniforms)(request(key_, group_, purpose_), one_row(out, first_ + row, group_));
}
void Noise::normals(std::size_t row, std::span<float> out) const {
  HWY_DYNAMIC_DISPATCH(fill_normals)(request(key_, group_, purpose_), one_row(out, first_ + row, group_));
}
void Noise::bits(std::size_t row, std::span<std::uint8_t> out) const {
  HWY_DYNAMIC_DISPATCH(fill_bits)(request(key_, group_, purpose_), one_row(out, first_ + row, group_));
}

void Noise::uniforms(Ragged<float>& rows) const {
  HWY_DYNAMIC_DISPATCH(fill_uniforms)(request(key_, group_, purpose_), all_rows(rows, first_, group_));
}
void Noise::normals(Ragged<float>& rows) const {
  HWY_DYNAMIC_DISPATCH(fill_normals)(request(key_, group_, purpose_), all_rows(rows, first_, group_));
}
void Noise::bits(Ragged<std::uint8_t>& rows) const {
  HWY_DYNAMIC_DISPATCH(fill_bits)(request(key_, group_, purpose_), all_rows(rows, first_, group_));
}

Noise Noise::stream(std::uint32_t purpose) const noexcept {
  Noise other = *this;
  other.purpose_ = purpose;
  return other;
}
Noise Noise::group(std::size_t size) const noexcept {
  Noise other = *this;
  other.group_ = std::max<std::size_t>(size, 1);
  return other;
}

}  // namespace tandem
#endif
