#include "container.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <tandem/error.hpp>

#include "crc32c.hpp"
#include "host/bytes.hpp"

namespace tandem::archive {
namespace {

using host::ByteReader, host::ByteWriter;

// A record ends before the bytes that there are.
struct Short {};

// Descriptions are JSON on one line, in which no byte below 32 stands: 1 stands for a hash, whose 32 bytes follow, 2 and what comes
// behind it for these phrases. Part of the format.
constexpr std::uint8_t hash_follows = 1, first_phrase = 2;
constexpr std::size_t hash_bytes = 32;
constexpr std::string_view phrases[] = {R"({"name":")",  R"("tokenizer":{")", R"("model":{")",     R"("coder":{")",  R"("files":{")",
                                        R"("exactness":"portable")", R"(@1.0.0":{)",   R"("weights":"model:)", R"("max_tokens":)", R"("memory":)",
                                        R"("data:)",     R"("model:)",        R"("text":")",       R"(":{")",        R"("}})",
                                        R"(}}})",        R"(}},)",            R"(}})",             R"(":")",         R"(",")",
                                        R"(},)",         R"(":)",             R"(,")"};

int digit_of(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

void put_shortened(std::string_view text, Bytes& out) {
  while (!text.empty()) {
    const std::string_view digits = text.substr(0, 2 * hash_bytes);
    if (digits.size() == 2 * hash_bytes && std::ranges::all_of(digits, [](char c) { return digit_of(c) >= 0; })) {
      out.push_back(hash_follows);
      for (std::size_t i = 0; i < digits.size(); i += 2) out.push_back(static_cast<std::uint8_t>(digit_of(digits[i]) << 4 | digit_of(digits[i + 1])));
      text.remove_prefix(digits.size());
    } else if (const auto* phrase = std::ranges::find_if(phrases, [&](std::string_view p) { return text.starts_with(p); }); phrase != std::end(phrases)) {
      out.push_back(static_cast<std::uint8_t>(first_phrase + (phrase - phrases)));
      text.remove_prefix(phrase->size());
    } else {
      out.push_back(static_cast<std::uint8_t>(text[0]));
      text.remove_prefix(1);
    }
  }
}

[[noreturn]] void damaged() { throw Error("is damaged"); }
[[noreturn]] void too_short() { throw Short(); }

void put(Bytes& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint32_t get(std::span<const std::uint8_t> bytes) {
  return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[3]} << 24;
}

Bytes checked(Bytes bytes, std::uint32_t salt) {
  put(bytes, crc32c(bytes, salt));
  return bytes;
}

ByteWriter marked(char kind) {
  ByteWriter out;
  for (const auto byte : mark) out.u8(byte);
  out.u8(static_cast<std::uint8_t>(kind));
  return out;
}

Bytes titled(char kind, const Bytes& body, std::uint32_t salt) {
  ByteWriter out = marked(kind);
  out.bytes(body);
  return checked(out.take(), salt);
}

Info info_of(ByteReader in) {
  Info out;
  const std::uint64_t mode = in.varint();
  out.seconds = in.zigzag();
  const std::uint32_t nanoseconds = get(in.raw(4));
  if (mode > 0777 || nanoseconds >= 1'000'000'000 || !in.empty()) damaged();
  out.mode = static_cast<std::uint32_t>(mode);
  out.nanoseconds = nanoseconds;
  return out;
}

Description description_of(ByteReader in) {
  Description out;
  std::ranges::copy(in.raw(out.fingerprint.size()), out.fingerprint.begin());
  while (!in.empty()) {
    const std::uint8_t byte = in.u8();
    if (byte == hash_follows) {
      for (const std::uint8_t part : in.raw(hash_bytes)) out.text += {"0123456789abcdef"[part >> 4], "0123456789abcdef"[part & 15]};
    } else if (byte >= first_phrase && byte < first_phrase + std::size(phrases)) {
      out.text += phrases[byte - first_phrase];
    } else {
      out.text += static_cast<char>(byte);
    }
  }
  return out;
}

// A body that may be long.
void read_body(std::uint8_t kind, ByteReader& in, Record& out) {
  const std::uint64_t length = in.varint();
  if (length > largest_body) damaged();
  const ByteReader body(in.raw(length), damaged);
  out.kind = kind == 'I' ? Record::Kind::info : Record::Kind::method;
  if (kind == 'I')
    out.info = info_of(body);
  else
    out.description = description_of(body);
}

void read_block(std::uint8_t kind, ByteReader& in, BlockHead& block) {
  block.stored = kind == 'S';
  block.index = in.varint();
  block.size = in.varint();
  block.length = block.stored ? block.size : in.varint();
  block.check = get(in.raw(4));
}

void read(std::span<const std::uint8_t> bytes, std::optional<std::uint32_t> salt, Record& out) {
  const std::size_t seen = std::min(bytes.size(), mark.size());
  if (!std::ranges::equal(bytes.first(seen), std::span(mark).first(seen))) damaged();
  ByteReader in(bytes, too_short);
  in.raw(mark.size());
  const std::uint8_t kind = in.u8();
  if (kind == 'I' || kind == 'M') {
    if (!salt) damaged();
    read_body(kind, in, out);
  } else if (kind == 'C' || kind == 'S') {
    out.kind = Record::Kind::block;
    read_block(kind, in, out.block);
  } else if (kind == 'E') {
    out.kind = Record::Kind::end;
    out.end.blocks = in.varint();
    out.end.check = get(in.raw(4));
  } else {
    damaged();
  }
  const bool first = out.kind == Record::Kind::block && out.block.index == 0;
  if (!salt && !first) damaged();
  const std::size_t size = bytes.size() - in.rest().size();
  if (get(in.raw(4)) != crc32c(bytes.first(size), salt.value_or(out.block.check))) damaged();
  out.bytes = size + 4;
  const BlockHead& block = out.block;
  if (out.kind == Record::Kind::block && (block.size == 0 || block.size > largest_block || (!block.stored && block.length >= block.size))) damaged();
}

}  // namespace

Bytes start_bytes(std::uint32_t salt) {
  Bytes out(magic.begin(), magic.end());
  out.push_back(version);
  put(out, salt);
  out.push_back(static_cast<std::uint8_t>(crc32c(out)));
  return out;
}

Bytes to_bytes(const Info& info, std::uint32_t salt) {
  ByteWriter body;
  body.varint(info.mode);
  body.zigzag(info.seconds);
  Bytes bytes = body.take();
  put(bytes, info.nanoseconds);  // always as long: the size of a container is not to depend on the hour
  return titled('I', bytes, salt);
}

Bytes to_bytes(const Description& description, std::uint32_t salt) {
  Bytes body(description.fingerprint.begin(), description.fingerprint.end());
  put_shortened(description.text, body);
  return titled('M', body, salt);
}

Bytes to_bytes(const BlockHead& head, std::uint32_t salt) {
  ByteWriter out = marked(head.stored ? 'S' : 'C');
  out.varint(head.index);
  out.varint(head.size);
  if (!head.stored) out.varint(head.length);
  Bytes bytes = out.take();
  put(bytes, head.check);
  return checked(std::move(bytes), salt);
}

Bytes to_bytes(const End& end, std::uint32_t salt) {
  ByteWriter out = marked('E');
  out.varint(end.blocks);
  Bytes bytes = out.take();
  put(bytes, end.check);
  return checked(std::move(bytes), salt);
}

std::uint32_t with_check(std::uint32_t before, std::uint32_t check) {
  Bytes bytes;
  put(bytes, check);
  return crc32c(bytes, before);
}

std::uint32_t read_start(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < start_size || !std::ranges::equal(bytes.first(magic.size()), magic)) throw Error("was not written by tandem compress");
  if (bytes[magic.size()] != version) throw Error("is of version " + std::to_string(bytes[magic.size()]) + ", which is not known here");
  if (bytes[start_size - 1] != (crc32c(bytes.first(start_size - 1)) & 0xff)) throw Error("is damaged at its start");
  return get(bytes.subspan(magic.size() + 1));
}

std::optional<Record> read_record(std::span<const std::uint8_t> bytes, std::optional<std::uint32_t> salt) {
  if (bytes.empty()) return std::nullopt;
  Record out;
  try {
    read(bytes, salt, out);
  } catch (const Short&) {
    // No head is so long, and no body.
    const bool body = bytes.size() > mark.size() && (bytes[mark.size()] == 'I' || bytes[mark.size()] == 'M');
    if (bytes.size() >= (body ? largest_body + longest_head : longest_head)) damaged();
    return std::nullopt;
  }
  return out;
}

}  // namespace tandem::archive
