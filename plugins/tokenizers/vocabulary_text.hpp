#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <tandem/error.hpp>
#include <tandem/fields.hpp>

namespace tandem::tokenizers {

/// The content of a training text.
inline std::string read_text(const File& text) {
  std::ifstream in(text.path, std::ios::binary);
  if (!in) throw FieldError("text", "cannot be read: " + (text.reference.empty() ? text.path : text.reference));
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Calls visit(item) for each item of a training text: its lines without their ends, or all of it.
template <class Visit>
void each_item(std::string_view content, const std::string& cut, Visit&& visit) {
  if (cut == "whole") return visit(content);
  while (!content.empty()) {
    const std::size_t end = content.find('\n');
    visit(content.substr(0, end));
    content = end == std::string_view::npos ? std::string_view{} : content.substr(end + 1);
  }
}

/// A digest of what fixes the meaning of ids: 128 bits of FNV-1a over the parts, each behind its length.
class Fingerprint final {
 public:
  explicit Fingerprint(std::string_view name) : text_(name) { add(name); }
  void add(std::string_view part) {
    for (std::size_t size = part.size(), i = 0; i < 8; ++i, size >>= 8) add_byte(static_cast<std::uint8_t>(size));
    for (const char c : part) add_byte(static_cast<std::uint8_t>(c));
  }
  std::string text() const {
    std::string out = text_ + ":";
    for (const std::uint64_t half : hash_)
      for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[half >> shift & 15];
    return out;
  }

 private:
  void add_byte(std::uint8_t byte) {
    for (auto& half : hash_) half = (half ^ byte) * 1099511628211u;
    hash_[1] ^= hash_[1] >> 29;  // makes the second half a function of its own
  }
  std::string text_;
  std::uint64_t hash_[2] = {14695981039346656037u, 0x9e3779b97f4a7c15u};
};

}  // namespace tandem::tokenizers
