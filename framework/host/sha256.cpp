#include "sha256.hpp"

#include <sha2.h>

#include <array>
#include <fstream>
#include <tandem/error.hpp>
#include <vector>

namespace tandem::host {
namespace {

class Hash {
 public:
  Hash() { SHA256Init(&context_); }
  void add(const void* bytes, std::size_t count) {
    SHA256Update(&context_, static_cast<const std::uint8_t*>(bytes), count);
  }
  std::string hex() {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
    SHA256Final(digest.data(), &context_);
    std::string out;
    for (const auto byte : digest) {
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    }
    return out;
  }

 private:
  SHA2_CTX context_;
};

}  // namespace

std::string sha256(std::string_view text) {
  Hash hash;
  hash.add(text.data(), text.size());
  return hash.hex();
}

std::string sha256(std::span<const std::uint8_t> bytes) {
  Hash hash;
  hash.add(bytes.data(), bytes.size());
  return hash.hex();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (!std::filesystem::exists(status)) throw Error("does not exist", path.string());
  if (std::filesystem::is_directory(status)) throw Error("is a folder, not a file", path.string());
  std::ifstream in(path, std::ios::binary);
  std::vector<char> piece(1 << 16);
  Hash hash;
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    hash.add(piece.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad() || !in.eof()) throw Error("cannot be read", path.string());
  return hash.hex();
}

}  // namespace tandem::host
