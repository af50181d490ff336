#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tandem/safetensors.hpp>
#include <vector>

// What the reader and the writer of safetensors files share: the limits, the names of the types and the table.
namespace tandem::safetensors_format {

inline constexpr std::size_t length_bytes = 8;
inline constexpr std::size_t largest_header = 100'000'000;           // as in the format's reference reader
inline constexpr std::size_t most_entries = 1'000'000;               // tensors, and as many entries of the metadata
inline constexpr std::size_t most_dimensions = 64;                   // as in NumPy and PyTorch
inline constexpr std::size_t largest_number = std::size_t{1} << 53;  // beyond it JSON readers disagree about numbers
inline constexpr std::string_view metadata_key = "__metadata__";

std::size_t size_of(Safetensors::Type type);
std::string_view name_of(Safetensors::Type type);

/// The number of elements; false when it does not fit into std::size_t. Zeros do not hide what does not fit.
bool multiply(std::span<const std::size_t> shape, std::size_t& elements);

/// For messages: cut when long, control characters escaped.
std::string quoted(std::string_view text);
std::string shown(std::span<const std::size_t> shape);
/// The place of an error: the file, or a tensor in it.
std::string at_tensor(std::string_view path, std::string_view name);

bool is_utf8(std::string_view text);
/// Why no tensor may have that name; empty when it may.
std::string fault_of_name(std::string_view name);

struct Entry {
  std::string name;
  Safetensors::Type type = Safetensors::Type::f32;
  std::vector<std::size_t> shape;
  std::size_t begin = 0, end = 0;
};
struct Header {
  std::vector<Entry> entries;  // in the order of the file; their names may repeat
  std::map<std::string, std::string, std::less<>> metadata;
};

/// Reads the table. Only its grammar is checked, and that names and types are known ones. Throws Error.
Header parse_header(std::string_view text, const std::string& path);

}  // namespace tandem::safetensors_format
