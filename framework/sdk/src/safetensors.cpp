#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <system_error>
#include <tandem/error.hpp>
#include <utility>

#include "safetensors_format.hpp"

namespace tandem {
namespace {
using namespace safetensors_format;
static_assert(std::endian::native == std::endian::little, "the values of the file are used as they stand");

std::string reason() { return std::generic_category().message(errno); }

// The bytes of a regular file, read-only.
class Mapping {
 public:
  explicit Mapping(const std::string& path) {
    // Without O_NONBLOCK a FIFO would wait for a writer.
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) throw Error("cannot be opened: " + reason(), path);
    try {
      map(file, path);
    } catch (...) {
      close(file);
      throw;
    }
    close(file);
  }
  ~Mapping() { munmap(data_, size_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }

 private:
  void map(int file, const std::string& path) {
    struct stat status {};
    if (fstat(file, &status) != 0) throw Error("cannot be examined: " + reason(), path);
    if (!S_ISREG(status.st_mode)) throw Error("is not a regular file", path);
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ == 0) throw Error("the file is empty", path);
    if (size_ < length_bytes)
      throw Error("the file is truncated: it has " + std::to_string(size_) + " bytes, but the header's length takes 8",
                  path);
    data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    if (data_ == MAP_FAILED) throw Error("cannot be mapped: " + reason(), path);
  }

  void* data_ = nullptr;
  std::size_t size_ = 0;
};

// The header's text; what follows is the data.
std::string_view header_text(std::span<const std::byte> file, const std::string& path) {
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), length_bytes);
  if (length == 0) throw Error("the header has no bytes", path);
  if (length > largest_header)
    throw Error("the header would have " + std::to_string(length) + " bytes, more than the " +
                    std::to_string(largest_header) + " allowed",
                path);
  if (length > file.size() - length_bytes)
    throw Error("the file is truncated: its header has " + std::to_string(length) + " bytes, the file " +
                    std::to_string(file.size()),
                path);
  return {reinterpret_cast<const char*>(file.data()) + length_bytes, length};
}

// Every entry must be where the one before it ends, and the last must end with the file.
void check_ranges(const std::vector<Entry>& entries, std::size_t data_size, const std::string& path) {
  std::vector<const Entry*> order;
  for (const auto& entry : entries) order.push_back(&entry);
  std::ranges::sort(order, {}, [](const Entry* entry) { return std::pair(entry->begin, entry->end); });
  std::size_t at = 0;
  for (const Entry* const next : order) {
    const Entry& entry = *next;
    const auto fail = [&](const std::string& message) { throw Error(message, at_tensor(path, entry.name)); };
    const std::string range = "data_offsets " + shown(std::vector{entry.begin, entry.end});
    if (entry.end < entry.begin) fail(range + " end before they begin");
    std::size_t size = 0;
    if (!multiply(entry.shape, size) || __builtin_mul_overflow(size, size_of(entry.type), &size))
      fail("the shape " + shown(entry.shape) + " has too many elements");
    if (entry.end - entry.begin != size)
      fail(range + " span " + std::to_string(entry.end - entry.begin) + " bytes, but " +
           std::string(name_of(entry.type)) + " of shape " + shown(entry.shape) + " takes " + std::to_string(size));
    if (entry.end > data_size)
      fail(range + " reach past the end of the data, which has " + std::to_string(data_size) +
           " bytes; the file is truncated or damaged");
    if (entry.begin < at) fail(range + " overlap another tensor's");
    if (entry.begin > at) fail(range + " leave a hole of " + std::to_string(entry.begin - at) + " bytes before them");
    at = entry.end;
  }
  if (at != data_size)
    throw Error("after the last tensor " + std::to_string(data_size - at) + " bytes belong to none", path);
}

float from_f16(std::uint16_t half) {
  const std::uint32_t magnitude = half & 0x7fffu, exponent = magnitude >> 10;
  float value = 0;
  if (exponent == 0) {
    value = static_cast<float>(static_cast<std::int32_t>(magnitude)) * 0x1p-24f;
  } else {
    const std::uint32_t bias = exponent == 31 ? (255u - 31u) << 23 : (127u - 15u) << 23;
    value = std::bit_cast<float>((magnitude << 13) + bias);
  }
  return half & 0x8000u ? -value : value;
}
float from_bf16(std::uint16_t half) { return std::bit_cast<float>(std::uint32_t{half} << 16); }

template <class Stored, class Convert>
void convert(std::span<const std::byte> bytes, std::vector<float>& out, Convert&& value) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof stored, sizeof stored);
    out[i] = value(stored);
  }
}
}  // namespace

struct Safetensors::State {
  explicit State(const std::string& file) : path(file), mapping(file) {}

  const Tensor* find(std::string_view name) const {
    const auto found = std::ranges::lower_bound(tensors, name, {}, &Tensor::name);
    return found != tensors.end() && found->name == name ? &*found : nullptr;
  }

  std::string path;
  Mapping mapping;
  std::vector<Tensor> tensors;
  std::map<std::string, std::string, std::less<>> metadata;
};

std::size_t Safetensors::Tensor::elements() const {
  std::size_t product = 1;
  for (const std::size_t size : shape) product *= size;
  return product;
}

Safetensors::Safetensors(const std::string& path) : state_(std::make_unique<State>(path)) {
  const auto file = state_->mapping.bytes();
  const std::string_view text = header_text(file, path);
  Header header = parse_header(text, path);
  const auto data = file.subspan(length_bytes + text.size());
  std::ranges::sort(header.entries, {}, &Entry::name);
  const auto twice = std::ranges::adjacent_find(header.entries, {}, &Entry::name);
  if (twice != header.entries.end()) throw Error("is listed twice", at_tensor(path, twice->name));
  check_ranges(header.entries, data.size(), path);
  state_->metadata = std::move(header.metadata);
  state_->tensors.reserve(header.entries.size());
  for (auto& entry : header.entries)
    state_->tensors.push_back({std::move(entry.name), entry.type, std::move(entry.shape),
                               data.subspan(entry.begin, entry.end - entry.begin)});
}
Safetensors::~Safetensors() = default;

const std::string& Safetensors::path() const { return state_->path; }
const std::vector<Safetensors::Tensor>& Safetensors::tensors() const { return state_->tensors; }
std::size_t Safetensors::elements() const {
  std::size_t sum = 0;
  for (const Tensor& tensor : tensors()) sum += tensor.elements();
  return sum;
}
bool Safetensors::contains(std::string_view name) const { return state_->find(name) != nullptr; }
const Safetensors::Tensor& Safetensors::operator[](std::string_view name) const {
  const Tensor* tensor = state_->find(name);
  if (!tensor) throw Error("is not in the file", at_tensor(path(), name));
  return *tensor;
}

std::vector<float> Safetensors::floats(std::string_view name, std::span<const std::size_t> shape) const {
  const Tensor& tensor = (*this)[name];
  if (!std::ranges::equal(tensor.shape, shape))
    throw Error("has the shape " + shown(tensor.shape) + ", not " + shown(shape), at_tensor(path(), name));
  // A float holds every value of the other types, but not the range of a double.
  std::vector<float> out;
  const auto fill = [&]<class Stored>(Stored, auto&& value) {
    out.resize(tensor.bytes.size() / sizeof(Stored));
    convert<Stored>(tensor.bytes, out, value);
  };
  switch (tensor.type) {
    case Type::f16:
      fill(std::uint16_t{}, from_f16);
      break;
    case Type::bf16:
      fill(std::uint16_t{}, from_bf16);
      break;
    case Type::f32:
      fill(float{}, [](float value) { return value; });
      break;
    case Type::f64:
      fill(double{}, [](double value) { return static_cast<float>(value); });
      break;
    default:
      throw Error("holds " + std::string(name_of(tensor.type)) + ", not floating-point values",
                  at_tensor(path(), name));
  }
  const auto bad = std::ranges::find_if_not(out, [](float value) { return std::isfinite(value); });
  if (bad != out.end())
    throw Error("value " + std::to_string(bad - out.begin()) + " is not a finite float", at_tensor(path(), name));
  return out;
}

const std::map<std::string, std::string, std::less<>>& Safetensors::metadata() const { return state_->metadata; }
const std::string& Safetensors::metadata(std::string_view key) const {
  const auto found = state_->metadata.find(key);
  if (found == state_->metadata.end()) throw Error("__metadata__ has no " + quoted(key), path());
  return found->second;
}

}  // namespace tandem
