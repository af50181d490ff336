#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// What a compressed file is made of. Numbers are varints of 7 bits a byte, low ones first, unless said otherwise; checks are
/// CRC-32C, 4 bytes, little-endian.
///
///     start   magic (8 bytes), version (1 byte), salt (4 bytes): the check of the first block's content; the lowest byte of a check
///     info    mark (3 bytes), 'I', length, body, check                 once, where there was a file: mode, time
///     method  mark, 'M', length, body, check                           once, in front of the first coded block
///     block   mark, 'C', index, size, length, check of the content, check; then the bytes: a coded block
///             mark, 'S', index, size, check of the content, check; then the bytes: a stored one
///     end     mark, 'E', blocks, check of the blocks' checks, check
///
/// The last check of a record is over the salt and the record: what a container holds that is one itself is not taken for
/// its own. A block is coded or stored, whichever is smaller, and tells alone what it is: after damage the next mark is looked
/// for. Where the start is damaged, the first block tells the salt.
namespace tandem::archive {

using Bytes = std::vector<std::uint8_t>;

inline constexpr std::array<std::uint8_t, 8> magic = {0x89, 'T', 'N', 'D', 'M', '\r', '\n', 0x1a};
inline constexpr std::uint8_t version = 1;
inline constexpr std::array<std::uint8_t, 3> mark = {0xf1, 0xb7, 0x9e};
inline constexpr std::size_t start_size = magic.size() + 1 + 4 + 1;
/// Of a block's content.
inline constexpr std::uint64_t largest_block = std::uint64_t{1} << 26;
/// Of the body of info or method.
inline constexpr std::uint64_t largest_body = std::uint64_t{1} << 20;
/// No head of a block or an end is longer.
inline constexpr std::size_t longest_head = 64;

/// What a file was besides its bytes.
struct Info {
  std::uint32_t mode = 0;      ///< permissions, 9 bits
  std::int64_t seconds = 0;    ///< of the last change, since 1970
  std::uint32_t nanoseconds = 0;
};

/// How blocks were coded.
struct Description {
  std::string text;         ///< the method as JSON
  std::array<std::uint8_t, 16> fingerprint{};  ///< of everything that decides what a block decodes to
};

struct BlockHead {
  bool stored = false;
  std::uint64_t index = 0, size = 0, length = 0;  ///< of the block, its content, its bytes in the file
  std::uint32_t check = 0;                        ///< of the content
};

struct End {
  std::uint64_t blocks = 0;
  std::uint32_t check = 0;  ///< over the blocks' checks, each as 4 bytes
};

Bytes start_bytes(std::uint32_t salt);
Bytes to_bytes(const Info& info, std::uint32_t salt);
Bytes to_bytes(const Description& description, std::uint32_t salt);
Bytes to_bytes(const BlockHead& head, std::uint32_t salt);
Bytes to_bytes(const End& end, std::uint32_t salt);
/// What End::check is after one block more.
std::uint32_t with_check(std::uint32_t before, std::uint32_t check);

/// A record that was read, and how many bytes it took; a block's content follows it.
struct Record {
  enum class Kind : std::uint8_t { info, method, block, end } kind = Kind::end;
  std::size_t bytes = 0;
  Info info;
  Description description;
  BlockHead block;
  End end;
};
/// The salt of a start of `start_size` bytes. Throws Error for anything else.
std::uint32_t read_start(std::span<const std::uint8_t> bytes);
/// The record at the beginning of `bytes`; none where more bytes are needed to tell. Throws Error for anything else. Without a salt
/// only the head of the first block is known for certain, and nothing else is taken.
std::optional<Record> read_record(std::span<const std::uint8_t> bytes, std::optional<std::uint32_t> salt);

}  // namespace tandem::archive
