#include "container.hpp"

#include <algorithm>
#include <tandem/error.hpp>

#include "crc32c.hpp"
#include "host/bytes.hpp"

namespace tandem::archive {
namespace {

using host::ByteReader, host::ByteWriter;

// A record ends before the bytes that there are.
struct Short {};

[[noreturn]] void damaged() { throw Error("is damaged"); }
[[noreturn]] void too_short() { throw Short(); }

void put(Bytes& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint32_t get(std::span<const std::uint8_t> bytes) {
  return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[3]} << 24;
}

Bytes checked(Bytes bytes) {
  put(bytes, crc32c(bytes));
  return bytes;
}

Bytes titled(char kind, Bytes body) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(kind));
  out.bytes(body);
  return checked(out.take());
}

ByteWriter marked(char kind) {
  ByteWriter out;
  for (const auto byte : mark) out.u8(byte);
  out.u8(static_cast<std::uint8_t>(kind));
  return out;
}

Info info_of(ByteReader in) {
  Info out;
  const std::uint64_t mode = in.varint();
  out.seconds = in.zigzag();
  const std::uint64_t nanoseconds = in.varint();
  if (mode > 0777 || nanoseconds >= 1'000'000'000 || !in.empty()) damaged();
  out.mode = static_cast<std::uint32_t>(mode);
  out.nanoseconds = static_cast<std::uint32_t>(nanoseconds);
  return out;
}

Description description_of(ByteReader in) {
  Description out;
  std::ranges::copy(in.raw(out.fingerprint.size()), out.fingerprint.begin());
  out.text.assign(in.rest().begin(), in.rest().end());
  return out;
}

void read_titled(std::span<const std::uint8_t> bytes, Record& out) {
  ByteReader in(bytes.subspan(1), too_short);
  const std::uint64_t length = in.varint();
  if (length > largest_body) damaged();
  const auto body = in.raw(length);
  const std::size_t size = bytes.size() - in.rest().size();
  if (get(in.raw(4)) != crc32c(bytes.first(size))) damaged();
  out.bytes = size + 4;
  out.kind = bytes[0] == 'I' ? Record::Kind::info : Record::Kind::method;
  if (out.kind == Record::Kind::info)
    out.info = info_of(ByteReader(body, damaged));
  else
    out.description = description_of(ByteReader(body, damaged));
}

void read_marked(std::span<const std::uint8_t> bytes, Record& out) {
  if (!std::ranges::equal(bytes.first(std::min(bytes.size(), mark.size())), std::span(mark).first(std::min(bytes.size(), mark.size())))) damaged();
  ByteReader in(bytes, too_short);
  in.raw(mark.size());
  const std::uint8_t kind = in.u8();
  if (kind == 'E') {
    out.kind = Record::Kind::end;
    out.end.blocks = in.varint();
    out.end.size = in.varint();
    out.end.check = get(in.raw(4));
  } else if (kind == 'C' || kind == 'S') {
    out.kind = Record::Kind::block;
    out.block.stored = kind == 'S';
    out.block.index = in.varint();
    out.block.size = in.varint();
    out.block.length = in.varint();
    out.block.check = get(in.raw(4));
  } else {
    damaged();
  }
  const std::size_t size = bytes.size() - in.rest().size();
  if (get(in.raw(4)) != crc32c(bytes.first(size))) damaged();
  out.bytes = size + 4;
  const BlockHead& block = out.block;
  if (out.kind == Record::Kind::block &&
      (block.size == 0 || block.size > largest_block || (block.stored ? block.length != block.size : block.length >= block.size)))
    damaged();
}

}  // namespace

Bytes start_bytes() {
  Bytes out(magic.begin(), magic.end());
  out.push_back(version);
  return out;
}

Bytes to_bytes(const Info& info) {
  ByteWriter body;
  body.varint(info.mode);
  body.zigzag(info.seconds);
  body.varint(info.nanoseconds);
  return titled('I', body.take());
}

Bytes to_bytes(const Description& description) {
  Bytes body(description.fingerprint.begin(), description.fingerprint.end());
  body.insert(body.end(), description.text.begin(), description.text.end());
  return titled('M', std::move(body));
}

Bytes to_bytes(const BlockHead& head) {
  ByteWriter out = marked(head.stored ? 'S' : 'C');
  out.varint(head.index);
  out.varint(head.size);
  out.varint(head.length);
  Bytes bytes = out.take();
  put(bytes, head.check);
  return checked(std::move(bytes));
}

Bytes to_bytes(const End& end) {
  ByteWriter out = marked('E');
  out.varint(end.blocks);
  out.varint(end.size);
  Bytes bytes = out.take();
  put(bytes, end.check);
  return checked(std::move(bytes));
}

std::uint32_t with_check(std::uint32_t before, std::uint32_t check) {
  Bytes bytes;
  put(bytes, check);
  return crc32c(bytes, before);
}

std::optional<Record> read_record(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return std::nullopt;
  Record out;
  try {
    if (bytes[0] == 'I' || bytes[0] == 'M')
      read_titled(bytes, out);
    else
      read_marked(bytes, out);
  } catch (const Short&) {
    return std::nullopt;
  }
  return out;
}

}  // namespace tandem::archive
