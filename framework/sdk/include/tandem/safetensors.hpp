#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tandem/export.hpp>
#include <vector>

namespace tandem {

/// Weights in the safetensors format (huggingface/safetensors): a JSON table of tensors, then their bytes,
/// little-endian and row-major. No code can hide in such a file. Every entry is checked before the first value is read:
/// ranges inside the file, neither overlapping nor leaving holes, sizes that agree with shape and type. Refused too:
/// keys given twice or unknown, more than 64 dimensions, 1,000,000 tensors or 100 MB of table, numbers above 2^53, and
/// names that are not UTF-8 or hold ".." or NUL. Mapped, not copied: whoever shortens the file in place while it is
/// open ends the process (SIGBUS); one that is replaced by renaming, as SafetensorsWriter does, stays what it was.
/// Immutable and thread-safe. Errors name the file and the tensor.
class TANDEM_API Safetensors final {
 public:
  // clang-format off
  /// Of the values, as the format names them in capitals.
  enum class Type : std::uint8_t {
    boolean, u8, i8, f8_e5m2, f8_e4m3, i16, u16, f16, bf16, i32, u32, f32, i64, u64, f64
  };
  // clang-format on

  struct Tensor final {
    std::string name;
    Type type = Type::f32;
    std::vector<std::size_t> shape;    ///< {} for a scalar
    std::span<const std::byte> bytes;  ///< may be unaligned
    std::size_t elements() const;      ///< the product of the shape
  };

  /// Throws Error for a file that is missing, not a regular one, truncated or malformed.
  explicit Safetensors(const std::string& path);
  ~Safetensors();
  Safetensors(const Safetensors&) = delete;
  Safetensors& operator=(const Safetensors&) = delete;

  /// As it was given.
  const std::string& path() const;
  /// By name.
  const std::vector<Tensor>& tensors() const;
  /// Whether there is such a tensor.
  bool contains(std::string_view name) const;
  /// Values of all tensors together: what a file can fill at most, whatever sizes its notes claim.
  std::size_t elements() const;
  /// Throws Error when there is no such tensor.
  const Tensor& operator[](std::string_view name) const;
  /// The values of a floating-point tensor (f16, bf16, f32, f64) as floats: exact, but f64 is rounded to nearest.
  /// Throws Error when it is missing, has another shape, another kind of type, or holds a value that is not finite as a
  /// float.
  std::vector<float> floats(std::string_view name, std::span<const std::size_t> shape) const;
  /// The same, with the shape in braces.
  std::vector<float> floats(std::string_view name, std::initializer_list<std::size_t> shape) const {
    return floats(name, std::span<const std::size_t>(shape.begin(), shape.size()));
  }

  /// The strings under __metadata__.
  const std::map<std::string, std::string, std::less<>>& metadata() const;
  /// Throws Error when there is no such key.
  const std::string& metadata(std::string_view key) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes such a file. Its data begins at a multiple of 64 bytes; in it larger types come first, and those of one size
/// in the order in which they were added, as then every tensor is aligned to its type although the format allows no
/// gaps. The same calls give the same bytes. Not thread-safe.
class TANDEM_API SafetensorsWriter final {
 public:
  SafetensorsWriter();
  ~SafetensorsWriter();

  /// Replaces the value of a key given before. Throws Error for what is not UTF-8.
  void metadata(std::string_view key, std::string_view value);
  /// `type` is f32, f16 (rounded to nearest, ties to even), f64, or i8 for whole numbers. Throws Error for a name that is
  /// given twice or that no file may hold, a shape that does not fit the values, or a value that `type` has not.
  void add(std::string_view name, std::span<const std::size_t> shape, std::span<const float> values,
           Safetensors::Type type = Safetensors::Type::f32);
  /// The same, with the shape in braces.
  void add(std::string_view name, std::initializer_list<std::size_t> shape, std::span<const float> values,
           Safetensors::Type type = Safetensors::Type::f32) {
    add(name, std::span<const std::size_t>(shape.begin(), shape.size()), values, type);
  }
  /// Writes a temporary file beside `path` (its name ends in .new), syncs it, renames it and syncs the folder: a kill
  /// or a loss of power leaves the old file or the new one, whole. Throws Error when that fails.
  void write(const std::string& path) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tandem
