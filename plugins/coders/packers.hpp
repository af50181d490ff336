#pragma once

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <bzlib.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <tandem/error.hpp>
#include <vector>

/// General compressors, each by its own library, a string of bytes at a time. Unpacking damaged bytes gives what came out
/// before the damage; none gives more than `most` bytes.
namespace tandem::coders {

using ByteString = std::vector<std::uint8_t>;

/// What deflate is wrapped in: window bits as zlib wants them.
inline constexpr int zlib_wrap = 15, gzip_wrap = 31;

inline ByteString pack_deflate(std::span<const std::uint8_t> bytes, int wrap) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, wrap, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw Error("zlib has no memory");
  ByteString out(deflateBound(&stream, bytes.size()));
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw Error("zlib failed");
  return out;
}

inline ByteString unpack_deflate(std::span<const std::uint8_t> bytes, int wrap, std::size_t most) {
  z_stream stream{};
  if (inflateInit2(&stream, wrap) != Z_OK) throw Error("zlib has no memory");
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  ByteString out;
  for (int result = Z_OK; result == Z_OK && out.size() < most;) {
    const std::size_t had = out.size();
    out.resize(std::min(most, had + 65'536));
    stream.next_out = out.data() + had;
    stream.avail_out = static_cast<uInt>(out.size() - had);
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (result == Z_OK && out.size() == had && stream.avail_in == 0) break;
  }
  inflateEnd(&stream);
  return out;
}

inline ByteString pack_bzip2(std::span<const std::uint8_t> bytes) {
  auto size = static_cast<unsigned>(bytes.size() + bytes.size() / 100 + 600);
  ByteString out(size);
  const int result = BZ2_bzBuffToBuffCompress(reinterpret_cast<char*>(out.data()), &size, reinterpret_cast<char*>(const_cast<std::uint8_t*>(bytes.data())),
                                              static_cast<unsigned>(bytes.size()), 9, 0, 0);
  if (result != BZ_OK) throw Error("bzip2 failed");
  out.resize(size);
  return out;
}

inline ByteString unpack_bzip2(std::span<const std::uint8_t> bytes, std::size_t most) {
  bz_stream stream{};
  if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) throw Error("bzip2 has no memory");
  stream.next_in = reinterpret_cast<char*>(const_cast<std::uint8_t*>(bytes.data()));
  stream.avail_in = static_cast<unsigned>(bytes.size());
  ByteString out;
  for (int result = BZ_OK; result == BZ_OK && out.size() < most;) {
    const std::size_t had = out.size();
    out.resize(std::min(most, had + 65'536));
    stream.next_out = reinterpret_cast<char*>(out.data() + had);
    stream.avail_out = static_cast<unsigned>(out.size() - had);
    result = BZ2_bzDecompress(&stream);
    out.resize(out.size() - stream.avail_out);
    if (result == BZ_OK && out.size() == had && stream.avail_in == 0) break;
  }
  BZ2_bzDecompressEnd(&stream);
  return out;
}

inline ByteString pack_brotli(std::span<const std::uint8_t> bytes) {
  std::size_t size = std::max<std::size_t>(BrotliEncoderMaxCompressedSize(bytes.size()), 64);
  ByteString out(size);
  if (!BrotliEncoderCompress(BROTLI_MAX_QUALITY, BROTLI_MAX_WINDOW_BITS, BROTLI_MODE_GENERIC, bytes.size(), bytes.data(), &size, out.data()))
    throw Error("brotli failed");
  out.resize(size);
  return out;
}

inline ByteString unpack_brotli(std::span<const std::uint8_t> bytes, std::size_t most) {
  auto* const state = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  if (!state) throw Error("brotli has no memory");
  const std::uint8_t* in = bytes.data();
  std::size_t left = bytes.size();
  ByteString out;
  for (auto result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT; result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT && out.size() < most;) {
    const std::size_t had = out.size();
    out.resize(std::min(most, had + 65'536));
    std::uint8_t* next = out.data() + had;
    std::size_t room = out.size() - had;
    result = BrotliDecoderDecompressStream(state, &left, &in, &room, &next, nullptr);
    out.resize(out.size() - room);
  }
  BrotliDecoderDestroyInstance(state);
  return out;
}

}  // namespace tandem::coders
