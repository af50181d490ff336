#include "columns.hpp"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <tandem/error.hpp>

#include "bytes.hpp"

namespace tandem::host {
namespace {

enum class Form : std::uint8_t { constant, sparse, integers, doubles };

// Whole doubles up to here convert to std::int64_t and back exactly, and the difference of two is one too.
constexpr double largest_integer = 0x1p61;

bool whole(double value) {
  return std::abs(value) <= largest_integer && value == std::trunc(value) && (value != 0 || !std::signbit(value));
}

[[noreturn]] void damaged() { throw Error("a column of values is damaged"); }

// The value that more than half of all have, if there is one (Boyer and Moore's vote).
std::int64_t majority(std::span<const std::int64_t> values) {
  std::int64_t candidate = values[0];
  std::size_t votes = 0;
  for (const auto value : values) {
    if (votes == 0) candidate = value;
    votes += value == candidate ? std::size_t{1} : std::size_t(-1);
  }
  return candidate;
}

// Nothing once it is as long as `limit`.
std::optional<Column> sparse(std::span<const std::int64_t> values, std::size_t limit) {
  ByteWriter out;
  const std::int64_t common = majority(values);
  out.u8(static_cast<std::uint8_t>(Form::sparse));
  out.zigzag(common);
  std::size_t next = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == common) continue;
    out.varint(i - next);
    out.zigzag(values[i] - common);
    if (out.size() >= limit) return std::nullopt;
    next = i + 1;
  }
  return out.take();
}

Column compressed(ByteWriter head, std::span<const std::uint8_t> bytes) {
  Column out = head.take();
  const std::size_t start = out.size();
  out.resize(start + ZSTD_compressBound(bytes.size()));
  const std::size_t size = ZSTD_compress(out.data() + start, out.size() - start, bytes.data(), bytes.size(), 1);
  if (ZSTD_isError(size)) throw Error(std::string("zstd fails: ") + ZSTD_getErrorName(size));
  out.resize(start + size);
  out.shrink_to_fit();
  return out;
}

unsigned width_of(std::uint64_t range) {
  unsigned width = 1;
  while (width < 64 && range >> width) width *= 2;
  return width;
}

std::size_t packed_size(std::size_t count, unsigned width) {
  return width < 8 ? (count * width + 7) / 8 : count * (width / 8);
}

// `Word` values, little-endian; narrower ones than a byte fill it from its low bits.
template <class Word>
void pack(std::span<const std::int64_t> values, std::int64_t least, std::uint8_t* out) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto word = static_cast<Word>(static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(least));
    std::memcpy(out + i * sizeof(Word), &word, sizeof(Word));
  }
}

template <class Word>
void unpack(const std::uint8_t* in, std::int64_t least, std::span<double> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    Word word;
    std::memcpy(&word, in + i * sizeof(Word), sizeof(Word));
    values[i] = static_cast<double>(static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + word));
  }
}

// Above `low`; what is too wide is packed as 0 and listed apart. Nothing when that is more than an eighth of the
// values.
std::optional<Column> dense(std::span<const std::int64_t> values, std::int64_t low, unsigned width) {
  const auto above = [low](std::int64_t value) {
    return static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(low);
  };
  std::vector<std::uint8_t> bytes(packed_size(values.size(), width), 0);
  ByteWriter exceptions;
  std::size_t next = 0, wide = 0;
  if (width == 8) pack<std::uint8_t>(values, low, bytes.data());
  if (width == 16) pack<std::uint16_t>(values, low, bytes.data());
  if (width == 32) pack<std::uint32_t>(values, low, bytes.data());
  if (width == 64) pack<std::uint64_t>(values, low, bytes.data());
  for (std::size_t i = 0; width < 8 && i < values.size(); ++i) {
    if (above(values[i]) >> width == 0) {
      bytes[i * width / 8] |= static_cast<std::uint8_t>(above(values[i]) << (i * width % 8));
      continue;
    }
    if (++wide > values.size() / 8) return std::nullopt;
    exceptions.varint(i - next);
    exceptions.varint(above(values[i]));
    next = i + 1;
  }
  ByteWriter head;
  head.u8(static_cast<std::uint8_t>(Form::integers));
  head.u8(static_cast<std::uint8_t>(width));
  head.zigzag(low);
  head.bytes(exceptions.take());
  return compressed(std::move(head), bytes);
}

Column smallest_dense(std::span<const std::int64_t> values) {
  const auto [low, high] = std::ranges::minmax(values);
  const unsigned width = width_of(static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low));
  Column best = *dense(values, low, width);
  // Several values a byte come nearer to their entropy: a Huffman code spends a whole bit at least.
  for (const unsigned narrow : {1u, 2u, 4u})
    if (narrow < width)
      if (auto other = dense(values, low, narrow); other && other->size() < best.size()) best = std::move(*other);
  return best;
}

Column dense(std::span<const double> values) {
  ByteWriter head;
  head.u8(static_cast<std::uint8_t>(Form::doubles));
  return compressed(std::move(head), {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()});
}

void decompress(std::span<const std::uint8_t> from, std::uint8_t* to, std::size_t size) {
  if (ZSTD_decompress(to, size, from.data(), from.size()) != size) damaged();
}

// Gaps between the frames that differ, each with its value.
template <class Value>
void read_changes(ByteReader& in, std::span<double> out, Value value) {
  for (std::uint64_t next = 0; !in.empty(); ++next) {
    const std::uint64_t gap = in.varint();
    if (next >= out.size() || gap >= out.size() - next) damaged();
    next += gap;
    out[next] = value();
  }
}

void read_sparse(ByteReader& in, std::span<double> out) {
  // Wrapping sums: a hostile pair gives a wrong value, never undefined behaviour.
  const auto common = static_cast<std::uint64_t>(in.zigzag());
  std::ranges::fill(out, static_cast<double>(static_cast<std::int64_t>(common)));
  read_changes(in, out, [&] {
    return static_cast<double>(static_cast<std::int64_t>(common + static_cast<std::uint64_t>(in.zigzag())));
  });
}

void read_integers(ByteReader& in, std::span<double> out) {
  const unsigned width = in.u8();
  const std::int64_t least = in.zigzag();
  if (width == 0 || width > 64 || !std::has_single_bit(width)) damaged();
  ByteReader exceptions(in.raw(in.varint()), damaged);
  std::vector<std::uint8_t> bytes(packed_size(out.size(), width));
  decompress(in.rest(), bytes.data(), bytes.size());
  if (width == 8) unpack<std::uint8_t>(bytes.data(), least, out);
  if (width == 16) unpack<std::uint16_t>(bytes.data(), least, out);
  if (width == 32) unpack<std::uint32_t>(bytes.data(), least, out);
  if (width == 64) unpack<std::uint64_t>(bytes.data(), least, out);
  const auto value = [least](std::uint64_t above) {
    return static_cast<double>(static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + above));
  };
  const std::uint64_t mask = (1u << width % 8) - 1u;
  for (std::size_t i = 0; width < 8 && i < out.size(); ++i)
    out[i] = value(bytes[i * width / 8] >> (i * width % 8) & mask);
  read_changes(exceptions, out, [&] { return value(exceptions.varint()); });
}

}  // namespace

Column encode_column(std::span<const double> values) {
  if (values.empty()) return {};
  const auto bits = [](double value) { return std::bit_cast<std::uint64_t>(value); };
  if (std::ranges::all_of(values, [&, first = bits(values[0])](double value) { return bits(value) == first; })) {
    ByteWriter out;
    out.u8(static_cast<std::uint8_t>(Form::constant));
    out.f64(values[0]);
    return out.take();
  }
  if (!std::ranges::all_of(values, whole)) return dense(values);
  const auto integers = std::make_unique_for_overwrite<std::int64_t[]>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) integers[i] = static_cast<std::int64_t>(values[i]);
  const std::span<const std::int64_t> view(integers.get(), values.size());
  // So few changes that packing all frames first would only cost time.
  if (auto rare = sparse(view, values.size() / 128)) return std::move(*rare);
  Column best = smallest_dense(view);
  if (auto other = sparse(view, best.size())) return std::move(*other);
  return best;
}

std::vector<double> decode_column(std::span<const std::uint8_t> column, std::uint64_t frames) {
  if (frames == 0 && column.empty()) return {};
  if (frames == 0 || column.empty()) damaged();
  std::vector<double> out(frames);
  ByteReader in(column, damaged);
  switch (static_cast<Form>(in.u8())) {
    case Form::constant:
      std::ranges::fill(out, in.f64());
      if (!in.empty()) damaged();
      break;
    case Form::sparse:
      read_sparse(in, out);
      break;
    case Form::integers:
      read_integers(in, out);
      break;
    case Form::doubles:
      decompress(in.rest(), reinterpret_cast<std::uint8_t*>(out.data()), out.size() * sizeof(double));
      break;
    default:
      damaged();
  }
  return out;
}

}  // namespace tandem::host
