#include "safetensors_format.hpp"

#include <cstdint>
#include <cstring>
#include <utility>

namespace tandem::safetensors_format {
namespace {
struct TypeInfo {
  std::string_view name;
  std::size_t size;
};
constexpr TypeInfo types[] = {{"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1},
                              {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},
                              {"U32", 4},  {"F32", 4}, {"I64", 8}, {"U64", 8},     {"F64", 8}};
static_assert(std::size(types) == static_cast<std::size_t>(Safetensors::Type::f64) + 1);

// The bytes of the character that begins there; 0 when it is none (Unicode 15, table 3-7).
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xc2 && first < 0xe0   ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  return length;
}
}  // namespace

std::size_t size_of(Safetensors::Type type) { return types[static_cast<std::size_t>(type)].size; }
std::string_view name_of(Safetensors::Type type) { return types[static_cast<std::size_t>(type)].name; }

bool multiply(std::span<const std::size_t> shape, std::size_t& elements) {
  std::size_t product = 1;
  bool empty = false;
  for (const std::size_t size : shape) {
    empty = empty || size == 0;
    if (size != 0 && __builtin_mul_overflow(product, size, &product)) return false;
  }
  elements = empty ? 0 : product;
  return true;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 80;
  constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    if (i >= longest) {
      out += "...";
      break;
    }
    const std::size_t length = character_length(text.substr(i));
    const auto first = static_cast<unsigned char>(text[i]);
    if (length == 0 || first < 0x20 || first == 0x7f) {
      out += {'\\', 'x', digits[first >> 4], digits[first & 15]};
    } else {
      out += text.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return out + "\"";
}

std::string shown(std::span<const std::size_t> shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + "]";
}

std::string at_tensor(std::string_view path, std::string_view name) {
  return std::string(path) + (path.empty() ? "" : ": ") + "tensor " + quoted(name);
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    std::uint64_t eight = 0;
    if (text.size() >= sizeof eight) std::memcpy(&eight, text.data(), sizeof eight);
    if (text.size() >= sizeof eight && (eight & 0x8080808080808080u) == 0) {
      text.remove_prefix(sizeof eight);
      continue;
    }
    const std::size_t length = character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string fault_of_name(std::string_view name) {
  if (!is_utf8(name)) return "the name is not UTF-8";
  if (name.find('\0') != std::string_view::npos) return "the name holds a NUL character";
  if (name.find("..") != std::string_view::npos) return "the name holds \"..\"";
  return {};
}

}  // namespace tandem::safetensors_format
