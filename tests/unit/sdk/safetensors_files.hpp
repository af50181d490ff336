#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <tandem/error.hpp>
#include <tandem/safetensors.hpp>
#include <vector>

// Safetensors files made by hand, damaged ones, and what must hold for each that the reader accepts.
namespace tandem::test {

inline std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string out(sizeof length, '\0');
  std::memcpy(out.data(), &length, sizeof length);
  return out + rest;
}
inline std::string safetensors(const std::string& header, const std::string& data = {}) {
  return with_length(header.size(), header + data);
}
inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::remove(path);  // some file systems wait for the disk when a file is overwritten
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  if (!out) throw Error("cannot be written", path.string());
}

// Every type, a scalar, an empty tensor, gaps in nothing, names in no order, values at an odd offset.
inline std::vector<std::string> intact_files() {
  const std::string all =
      R"({"__metadata__":{"format":"pt","card":"\u00e9\n"}, "flags":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]},
"half":{"shape":[2,2],"dtype":"F16","data_offsets":[3,11]},"brain":{"dtype":"BF16","shape":[2],"data_offsets":[11,15]},
"w":{"dtype":"F32","shape":[2,1,2],"data_offsets":[15,31]},"double":{"dtype":"F64","shape":[],"data_offsets":[31,39]},
"empty":{"dtype":"F32","shape":[0,7],"data_offsets":[39,39]},"a":{"dtype":"U8","shape":[1],"data_offsets":[39,40]},
"b":{"dtype":"I8","shape":[1],"data_offsets":[40,41]},"c":{"dtype":"F8_E5M2","shape":[1],"data_offsets":[41,42]},
"d":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[42,43]},"e":{"dtype":"I16","shape":[1],"data_offsets":[43,45]},
"f":{"dtype":"U16","shape":[1],"data_offsets":[45,47]},"g":{"dtype":"I32","shape":[1],"data_offsets":[47,51]},
"h":{"dtype":"U32","shape":[1],"data_offsets":[51,55]},"i":{"dtype":"I64","shape":[1],"data_offsets":[55,63]},
"j":{"dtype":"U64","shape":[1],"data_offsets":[63,71]}}     )";
  std::string data = {1, 0, 1};
  const auto put = [&data](auto value) { data.append(reinterpret_cast<const char*>(&value), sizeof value); };
  for (const int half : {0x3c00, 0xc100, 0x0001, 0x7bff})
    put(static_cast<std::uint16_t>(half));                                          // 1, -2.5, 2^-24, 65504
  for (const int brain : {0x3fc0, 0xff7f}) put(static_cast<std::uint16_t>(brain));  // 1.5, least finite
  for (const float value : {1.0f, -0.0f, 1e-45f, 3.4028235e38f}) put(value);
  put(0.1);
  for (int i = 0; i < 32; ++i) data += static_cast<char>(i * 8 + 5);
  return {
      safetensors(all, data), safetensors(R"({"x":{"dtype":"F16","shape":[5],"data_offsets":[0,10]}})", "0123456789"),
      safetensors(
          R"({"p":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"q":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
          "abcdefgh"),
      safetensors("{}")};
}

// Flips, cuts, repeats and edits; the length before the header sometimes follows the edit.
inline std::string damaged(const std::string& file, std::mt19937_64& random) {
  static const std::vector<std::string> morsels = {"{",
                                                   "}",
                                                   "[",
                                                   "]",
                                                   ",",
                                                   ":",
                                                   "\"",
                                                   "\\",
                                                   "\\u0000",
                                                   "\\ud800",
                                                   "null",
                                                   "-1",
                                                   "1e9",
                                                   "1.0",
                                                   "0",
                                                   "00",
                                                   "1",
                                                   "9007199254740992",
                                                   "9007199254740993",
                                                   "18446744073709551616",
                                                   "[[[[",
                                                   "{\"a\":{\"a\":{\"a\":",
                                                   "\xff",
                                                   "\xc0\x80",
                                                   std::string(1, '\0'),
                                                   "..",
                                                   " ",
                                                   "\n",
                                                   "F16",
                                                   "F32",
                                                   "F64",
                                                   "BOOL",
                                                   "\"shape\":[0]",
                                                   "\"dtype\":\"U8\",",
                                                   "\"data_offsets\":[0,0]",
                                                   "__metadata__",
                                                   "\"z\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"};
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  std::string header = file.substr(sizeof length, length), data = file.substr(sizeof length + length);
  const auto below = [&random](std::size_t size) { return size ? static_cast<std::size_t>(random() % size) : 0; };
  for (auto changes = 1 + below(3); changes > 0; --changes) {
    const std::size_t at = below(header.size() + 1), count = std::min(below(30), header.size() - at);
    switch (below(12)) {
      case 0:
        if (at < header.size()) header[at] = static_cast<char>(random());
        break;
      case 1:
        if (at < header.size()) header[at] = static_cast<char>(header[at] ^ (1 << below(8)));
        break;
      case 2:
        header.erase(at, count);
        break;
      case 3:
        header.insert(below(header.size() + 1), header.substr(at, count));
        break;
      case 4:
        header.insert(at, morsels[below(morsels.size())]);
        break;
      case 5:
      case 6:  // another digit
        if (const auto digit = header.find_first_of("0123456789", at); digit != std::string::npos)
          header[digit] = static_cast<char>('0' + below(10));
        break;
      case 7:  // another type
        if (const auto type = header.find("F32", at); type != std::string::npos)
          header.replace(type, 3, below(2) ? "I32" : "F64");
        break;
      case 8:
        data.resize(below(data.size() + 1));
        break;
      case 9:
        data.append(below(20), static_cast<char>(random()));
        break;
      case 10:
        if (!data.empty()) data[below(data.size())] = static_cast<char>(random());
        break;
      default:
        if (!data.empty()) {
          char& byte = data[below(data.size())];
          byte = static_cast<char>(byte ^ (1 << below(8)));
        }
        break;
    }
  }
  const bool follows = below(8) != 0;
  std::string out = follows ? safetensors(header, data) : with_length(length, header + data);
  if (below(12) == 0) out.resize(below(out.size() + 1));
  if (below(24) == 0) out[below(8)] = static_cast<char>(random());
  return out;
}

// Reads the file and all that can be read as floats; throws std::logic_error when what was accepted is not sound. The
// independent witness of the table is nlohmann/json.
inline void read_all(const std::filesystem::path& path, const std::string& bytes) {
  const auto require = [](bool good, const char* what) {
    if (!good) throw std::logic_error(std::string("accepted, but ") + what);
  };
  const Safetensors file(path.string());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  const auto table = nlohmann::json::parse(bytes.substr(sizeof length, length));
  require(table.size() == file.tensors().size() + table.contains("__metadata__"), "the table has other entries");
  std::size_t total = 0;
  for (const auto& tensor : file.tensors()) {
    const auto& entry = table.at(tensor.name);
    require(entry.size() == 3 && entry.at("shape") == nlohmann::json(tensor.shape), "the table has another shape");
    const std::size_t begin = entry.at("data_offsets").at(0), end = entry.at("data_offsets").at(1);
    require(end <= bytes.size() - sizeof length - length && end - begin == tensor.bytes.size(), "the range is outside");
    require(std::memcmp(tensor.bytes.data(), bytes.data() + sizeof length + length + begin, end - begin) == 0,
            "the bytes differ");
    total += tensor.bytes.size();
    const bool floating = tensor.type == Safetensors::Type::f16 || tensor.type == Safetensors::Type::bf16 ||
                          tensor.type == Safetensors::Type::f32 || tensor.type == Safetensors::Type::f64;
    try {
      const auto values = file.floats(tensor.name, tensor.shape);
      require(floating && values.size() == tensor.elements(), "a tensor has other values");
      require(std::ranges::all_of(values, [](float value) { return std::isfinite(value); }), "a value is not finite");
    } catch (const Error& e) {
      const std::string message = e.what();
      require(message.starts_with(path.string() + ": tensor ") &&
                  message.find(floating ? "is not a finite float" : "not floating-point") != std::string::npos,
              "its values are refused for no reason");
    }
  }
  require(sizeof length + length + total == bytes.size(), "bytes belong to no tensor");
  if (table.contains("__metadata__"))
    require(table["__metadata__"].size() == file.metadata().size(), "the metadata differ");
}

}  // namespace tandem::test
