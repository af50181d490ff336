#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <set>
#include <system_error>
#include <tandem/error.hpp>
#include <utility>

#include "safetensors_format.hpp"

namespace tandem {
namespace {
using namespace safetensors_format;

std::string reason() { return std::generic_category().message(errno); }

// Rounds to nearest, ties to even. A magnitude from 65520 on becomes infinite.
std::uint16_t to_f16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
  // The bits cut off, rounded; a carry moves on into the exponent as it should.
  const auto rounded = [](std::uint32_t significand, std::uint32_t cut) {
    return (significand + (1u << (cut - 1)) - 1 + (significand >> cut & 1u)) >> cut;
  };
  std::uint32_t half = 0;
  if (magnitude >= 0x47800000u) {  // 65536
    half = 0x7c00;
  } else if (magnitude >= 0x38800000u) {  // 2^-14
    half = rounded(magnitude - (112u << 23), 13);
  } else if (magnitude >= 0x33000000u) {  // 2^-25: subnormal in halves of 2^-24
    half = rounded((magnitude & 0x7fffffu) | 0x800000u, 126 - (magnitude >> 23));
  }
  return static_cast<std::uint16_t>(sign | half);
}

// Appends a JSON string; the text is UTF-8.
void append_json(std::string& out, std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  const auto special = [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; };
  out += '"';
  for (auto at = text.begin(); at != text.end();) {
    const auto next = std::find_if(at, text.end(), special);
    out.append(at, next);
    at = next;
    if (at == text.end()) break;
    if (static_cast<unsigned char>(*at) < 0x20) {
      out += {'\\', 'u', '0', '0', digits[*at >> 4], digits[*at & 15]};
    } else {
      out += {'\\', *at};
    }
    ++at;
  }
  out += '"';
}

// An open file or folder.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

// A new file beside `path`, with a name that nobody uses.
std::pair<int, std::string> create_beside(const std::string& path) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    std::string name = path + "." + std::to_string(getpid()) + "." + std::to_string(attempt) + ".new";
    const int file = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0) return {file, std::move(name)};
    if (errno != EEXIST) break;
  }
  throw Error("cannot be written: " + reason(), path);
}

void write_all(int file, std::string_view bytes, const std::string& path) {
  constexpr std::size_t most = std::size_t{1} << 30;
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), std::min(bytes.size(), most));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw Error("cannot be written: " + reason(), path, "is the disk full?");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void replace(const std::string& path, std::span<const std::string_view> parts) {
  auto [number, temporary] = create_beside(path);
  Descriptor file(number);
  try {
    for (const auto part : parts) write_all(file.number(), part, path);
    if (fsync(file.number()) != 0 || !file.close())
      throw Error("cannot be written: " + reason(), path, "is the disk full?");
    if (rename(temporary.c_str(), path.c_str()) != 0) throw Error("cannot be replaced: " + reason(), path);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  // Only now does the new name survive a loss of power. Some file systems cannot do it and say EINVAL.
  const auto parent = std::filesystem::path(path).parent_path();
  const Descriptor folder(open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() < 0 || (fsync(folder.number()) != 0 && errno != EINVAL))
    throw Error("its folder cannot be synced: " + reason(), path);
}
}  // namespace

struct SafetensorsWriter::State {
  struct Tensor {
    std::string name;
    Safetensors::Type type;
    std::vector<std::size_t> shape;
    std::string bytes;
  };

  // Larger types first: then every tensor is aligned to its type, with no padding between, which the format forbids.
  std::vector<const Tensor*> in_file_order() const {
    std::vector<const Tensor*> order;
    for (const auto& tensor : tensors) order.push_back(&tensor);
    std::ranges::stable_sort(order, std::greater{}, [](const Tensor* tensor) { return size_of(tensor->type); });
    return order;
  }

  // The length and the table, padded so that the data begins at a multiple of 64 bytes.
  std::string head(std::span<const Tensor* const> order) const {
    std::string out(length_bytes, '\0');
    const char* separator = "{";
    const auto key = [&](std::string_view name) {
      out += std::exchange(separator, ",");
      append_json(out, name);
      out += ':';
    };
    if (!metadata.empty()) {
      key(metadata_key);
      separator = "{";
      for (const auto& [name, value] : metadata) {
        key(name);
        append_json(out, value);
      }
      out += "}";
    }
    std::size_t begin = 0;
    for (const Tensor* tensor : order) {
      key(tensor->name);
      out += "{\"dtype\":\"" + std::string(name_of(tensor->type)) + "\",\"shape\":[";
      for (std::size_t i = 0; i < tensor->shape.size(); ++i) out += (i ? "," : "") + std::to_string(tensor->shape[i]);
      const std::size_t end = begin + tensor->bytes.size();
      out += "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
      begin = end;
    }
    out += *separator == '{' ? "{}" : "}";
    out.resize((out.size() + 63) / 64 * 64, ' ');
    const std::uint64_t length = out.size() - length_bytes;
    std::memcpy(out.data(), &length, length_bytes);
    return out;
  }

  std::vector<Tensor> tensors;
  std::set<std::string, std::less<>> names;
  std::map<std::string, std::string, std::less<>> metadata;
};

SafetensorsWriter::SafetensorsWriter() : state_(std::make_unique<State>()) {}
SafetensorsWriter::~SafetensorsWriter() = default;

void SafetensorsWriter::metadata(std::string_view key, std::string_view value) {
  if (!is_utf8(key) || !is_utf8(value)) throw Error("__metadata__ holds UTF-8 only", quoted(key));
  if (state_->metadata.size() == most_entries && !state_->metadata.contains(key))
    throw Error("there would be more than " + std::to_string(most_entries) + " entries in __metadata__", quoted(key));
  state_->metadata.insert_or_assign(std::string(key), std::string(value));
}

void SafetensorsWriter::add(std::string_view name, std::span<const std::size_t> shape, std::span<const float> values,
                            Safetensors::Type type) {
  const auto fail = [&](const std::string& message) { throw Error(message, at_tensor({}, name)); };
  if (const std::string fault = fault_of_name(name); !fault.empty()) fail(fault);
  if (name == metadata_key) fail("the name is the format's own");
  if (state_->names.contains(name)) fail("is added twice");
  if (state_->names.size() == most_entries)
    fail("there would be more than " + std::to_string(most_entries) + " tensors");
  if (shape.size() > most_dimensions) fail("has more than " + std::to_string(most_dimensions) + " dimensions");
  for (const std::size_t size : shape)
    if (size > largest_number) fail("the shape " + shown(shape) + " holds a number above 2^53");
  std::size_t elements = 0;
  if (!multiply(shape, elements) || elements != values.size())
    fail("the shape " + shown(shape) + " does not fit " + std::to_string(values.size()) + " values");
  std::string bytes;
  const auto fill = [&](auto&& convert) {
    using Stored = decltype(convert(0.0f));
    bytes.resize(values.size() * sizeof(Stored));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Stored stored = convert(values[i]);
      std::memcpy(bytes.data() + i * sizeof stored, &stored, sizeof stored);
      bool finite = std::isfinite(values[i]);
      if constexpr (sizeof stored == 2) finite = finite && (stored & 0x7c00u) != 0x7c00u;
      if (!finite) fail("value " + std::to_string(i) + " is not finite in " + std::string(name_of(type)));
    }
  };
  switch (type) {
    case Safetensors::Type::f16:
      fill(to_f16);
      break;
    case Safetensors::Type::f32:
      fill([](float value) { return value; });
      break;
    case Safetensors::Type::f64:
      fill([](float value) { return static_cast<double>(value); });
      break;
    case Safetensors::Type::i8:
      for (std::size_t i = 0; i < values.size(); ++i)
        if (!(values[i] >= -128 && values[i] <= 127 && values[i] == std::trunc(values[i])))
          fail("value " + std::to_string(i) + " is no whole number of I8");
      fill([](float value) { return static_cast<std::int8_t>(value); });
      break;
    default:
      fail(std::string(name_of(type)) + " cannot be written, only F16, F32, F64 and I8");
  }
  state_->tensors.push_back({std::string(name), type, {shape.begin(), shape.end()}, std::move(bytes)});
  state_->names.emplace(name);
}

void SafetensorsWriter::write(const std::string& path) const {
  const auto order = state_->in_file_order();
  const std::string head = state_->head(order);
  if (head.size() - length_bytes > largest_header)
    throw Error("the header would be longer than " + std::to_string(largest_header) + " bytes", path);
  std::vector<std::string_view> parts = {head};
  for (const auto* tensor : order) parts.emplace_back(tensor->bytes);
  replace(path, parts);
}

}  // namespace tandem
