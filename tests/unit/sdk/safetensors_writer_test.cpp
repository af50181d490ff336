#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <tandem/error.hpp>
#include <tandem/safetensors.hpp>

#include "support/process.hpp"
#include "support/support.hpp"

namespace tandem {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using Type = Safetensors::Type;
constexpr float infinity = std::numeric_limits<float>::infinity();

std::string message(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.what();
  }
  return "accepted";
}

class SafetensorsWriterTest : public testing::Test {
 protected:
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
  }

  test::TemporaryFolder folder_;
  std::string path_ = (folder_.path() / "weights.safetensors").string();
};

TEST_F(SafetensorsWriterTest, WritesWhatIsRead) {
  SafetensorsWriter writer;
  std::mt19937_64 random(1);
  std::vector<float> values(60);
  for (auto& value : values) value = std::ldexp(static_cast<float>(random() % 2000) - 1000, -9);  // exact in F16 too
  writer.add("half", {3, 4, 5}, values, Type::f16);
  writer.add("odd", {3}, std::span(values).first(3), Type::f16);
  writer.add("single", {60}, values);
  writer.add("double", {2, 30}, values, Type::f64);
  writer.add("scalar \"\\\n\xc3\xa9", {}, std::span(values).first(1));
  writer.add("none", {4, 0}, {});
  const std::vector<float> extremes = {std::numeric_limits<float>::max(), -std::numeric_limits<float>::min(),
                                       std::numeric_limits<float>::denorm_min(), -0.0f};
  writer.add("extremes", {4}, extremes);
  writer.metadata("steps", "1");
  writer.metadata("steps", "20\x01");
  writer.write(path_);
  const Safetensors file(path_);
  EXPECT_EQ(file.tensors().size(), 7u);
  EXPECT_EQ(file.floats("half", {3, 4, 5}), values);
  EXPECT_EQ(file.floats("single", {60}), values);
  EXPECT_EQ(file.floats("double", {2, 30}), values);
  EXPECT_EQ(file["half"].type, Type::f16);
  EXPECT_EQ(file["single"].type, Type::f32);
  EXPECT_EQ(file["double"].type, Type::f64);
  EXPECT_THAT(file.floats("scalar \"\\\n\xc3\xa9", {}), ElementsAre(values[0]));
  EXPECT_THAT(file.floats("none", {4, 0}), ElementsAre());
  const auto back = file.floats("extremes", {4});
  EXPECT_EQ(std::memcmp(back.data(), extremes.data(), sizeof(float) * 4), 0);
  EXPECT_EQ(file.metadata().size(), 1u);
  EXPECT_EQ(file.metadata("steps"), "20\x01");
  for (const auto& tensor : file.tensors()) {
    const std::size_t size = tensor.type == Type::f64 ? 8 : tensor.type == Type::f32 ? 4 : 2;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % size, 0u) << tensor.name;
  }
  EXPECT_EQ(files(), 1u);
}

TEST_F(SafetensorsWriterTest, FollowsTheFormat) {
  // The format's example shape, from the bytes up: length, table, padding to 64 bytes, little-endian values.
  SafetensorsWriter writer;
  writer.add("attn.0", {1, 2, 3}, std::vector<float>{0, 1, 2, 3, 4, 5});
  writer.write(path_);
  std::string expected("\x78\0\0\0\0\0\0\0", 8);
  expected += R"({"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}})";
  expected.resize(128, ' ');
  expected += std::string("\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40\0\0\xa0\x40", 24);
  EXPECT_EQ(test::read_file(path_), expected);

  // Another reader of JSON agrees about a table with everything in it.
  SafetensorsWriter full;
  full.metadata("b", "\"\\\t\x7f\xe2\x82\xac");
  full.metadata("a", "");
  full.add("h", {1}, std::vector<float>{1}, Type::f16);
  full.add("x/\n", {2}, std::vector<float>{1, 2});
  full.add("d", {1, 1}, std::vector<float>{1}, Type::f64);
  full.add("y", {}, std::vector<float>{1});
  full.write(path_);
  const std::string bytes = test::read_file(path_);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ((length + 8) % 64, 0u);
  EXPECT_EQ(bytes.size(), 8 + length + 8 + 12 + 2);
  EXPECT_EQ(nlohmann::json::parse(bytes.substr(8, length)),
            nlohmann::json::parse(R"({"__metadata__":{"a":"","b":"\"\\\t\u007f\u20ac"},
    "d":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"x/\n":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},
    "y":{"dtype":"F32","shape":[],"data_offsets":[16,20]},"h":{"dtype":"F16","shape":[1],"data_offsets":[20,22]}})"));
  full.write(path_);
  EXPECT_EQ(test::read_file(path_), bytes);

  SafetensorsWriter().write(path_);
  EXPECT_EQ(test::read_file(path_), std::string("\x38\0\0\0\0\0\0\0{}", 10) + std::string(54, ' '));
  EXPECT_TRUE(Safetensors(path_).tensors().empty());
  SafetensorsWriter only;
  only.metadata("format", "pt");
  only.write(path_);
  EXPECT_EQ(Safetensors(path_).metadata("format"), "pt");
}

// All finite halves from 0 up, by the definition of the format (IEEE 754, 3.4).
std::vector<double> halves() {
  std::vector<double> out;
  for (int bits = 0; bits < 0x7c00; ++bits) {
    const int exponent = bits >> 10, fraction = bits & 1023;
    out.push_back(exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
  }
  return out;
}

TEST_F(SafetensorsWriterTest, RoundsHalvesToNearestEven) {
  const auto all = halves();
  std::vector<float> given;
  std::vector<double> expected;
  const auto expect = [&](double from, double to) {
    for (const double sign : {1.0, -1.0}) {
      ASSERT_EQ(static_cast<double>(static_cast<float>(from)), from);
      given.push_back(static_cast<float>(sign * from));
      expected.push_back(sign * to);
    }
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double next = i + 1 < all.size() ? all[i + 1] : 65536, middle = (all[i] + next) / 2;
    expect(all[i], all[i]);
    expect(std::nextafter(static_cast<float>(middle), 0.0f), all[i]);
    if (i + 1 == all.size()) break;  // from the middle on it is out of range
    expect(middle, i % 2 == 0 ? all[i] : next);
    expect(std::nextafter(static_cast<float>(middle), 1e9f), next);
    expect(std::nextafter(static_cast<float>(next), 0.0f), next);
  }
  expect(std::numeric_limits<float>::denorm_min(), 0);
  expect(std::numeric_limits<float>::min(), 0);
  SafetensorsWriter writer;
  writer.add("w", {given.size()}, given, Type::f16);
  writer.write(path_);
  const auto values = Safetensors(path_).floats("w", {given.size()});
  for (std::size_t i = 0; i < given.size(); ++i) {
    ASSERT_EQ(values[i], expected[i]) << given[i];
    ASSERT_EQ(std::signbit(values[i]), std::signbit(given[i])) << given[i];
  }
  for (const float value : {65520.0f, 65536.0f, 1e30f, infinity, std::nanf("")})
    for (const float sign : {1.0f, -1.0f})
      EXPECT_EQ(message([&] {
                  writer.add("v", {2}, std::vector{0.0f, sign * value}, Type::f16);
                }),
                "tensor \"v\": value 1 is not finite in F16")
          << value;
}

TEST_F(SafetensorsWriterTest, RefusesWhatNoFileMayHold) {
  SafetensorsWriter writer;
  const std::vector<float> two = {1, 2};
  writer.add("w", {2}, two);
  EXPECT_EQ(message([&] { writer.add("w", {2}, two); }), "tensor \"w\": is added twice");
  EXPECT_EQ(message([&] { writer.add("v", {3}, two); }), "tensor \"v\": the shape [3] does not fit 2 values");
  EXPECT_EQ(message([&] { writer.add("v", {}, two); }), "tensor \"v\": the shape [] does not fit 2 values");
  EXPECT_THAT(message([&] {
                writer.add("v", {std::size_t{1} << 33, std::size_t{1} << 31, 2}, two);
              }),
              HasSubstr("does not fit 2 values"));
  EXPECT_THAT(message([&] { writer.add("v", {0, ~std::size_t{0}}, {}); }), HasSubstr("holds a number above 2^53"));
  EXPECT_EQ(message([&] { writer.add("v", std::vector<std::size_t>(65, 1), std::span(two).first(1)); }),
            "tensor \"v\": has more than 64 dimensions");
  EXPECT_EQ(message([&] { writer.add("v", {2}, two, Type::bf16); }),
            "tensor \"v\": BF16 cannot be written, only F16, F32, F64 and I8");
  for (const float value : {0.5f, 128.0f, -129.0f, std::nanf("")})
    EXPECT_EQ(message([&] { writer.add("v", {2}, std::vector{-128.0f, value}, Type::i8); }), "tensor \"v\": value 1 is no whole number of I8");
  for (const auto& [type, name] : {std::pair(Type::f32, "F32"), std::pair(Type::f64, "F64")})
    for (const float value : {infinity, -infinity, std::nanf("")})
      EXPECT_EQ(message([&] {
                  writer.add("v", {2}, std::vector{0.0f, value}, type);
                }),
                std::string("tensor \"v\": value 1 is not finite in ") + name);
  EXPECT_EQ(message([&] { writer.add("__metadata__", {2}, two); }),
            "tensor \"__metadata__\": the name is the format's own");
  EXPECT_EQ(message([&] { writer.add("a/../b", {2}, two); }), "tensor \"a/../b\": the name holds \"..\"");
  EXPECT_EQ(message([&] { writer.add(std::string_view("a\0b", 3), {2}, two); }),
            "tensor \"a\\x00b\": the name holds a NUL character");
  EXPECT_EQ(message([&] { writer.add("\xff", {2}, two); }), "tensor \"\\xff\": the name is not UTF-8");
  EXPECT_THAT(message([&] { writer.metadata("a", "\xff"); }), HasSubstr("UTF-8"));
  EXPECT_THAT(message([&] { writer.metadata("\xff", "a"); }), HasSubstr("UTF-8"));
  // What was refused left nothing behind.
  writer.write(path_);
  const Safetensors file(path_);
  EXPECT_EQ(file.tensors().size(), 1u);
  EXPECT_EQ(file.floats("w", {2}), two);
}

TEST_F(SafetensorsWriterTest, RefusesHeadersThatAreTooLong) {
  SafetensorsWriter writer;
  writer.metadata("text", std::string(100'000'000, 'x'));
  EXPECT_EQ(message([&] { writer.write(path_); }), path_ + ": the header would be longer than 100000000 bytes");
  EXPECT_EQ(files(), 0u);
}

TEST_F(SafetensorsWriterTest, ReplacesFilesWhole) {
  SafetensorsWriter first, second;
  first.add("w", {1}, std::vector<float>{1});
  second.add("w", {1}, std::vector<float>{2});
  first.write(path_);
  const Safetensors open(path_);
  second.write(path_);
  EXPECT_THAT(open.floats("w", {1}), ElementsAre(1));
  EXPECT_THAT(Safetensors(path_).floats("w", {1}), ElementsAre(2));

  const std::string nowhere = (folder_.path() / "missing" / "w").string();
  EXPECT_EQ(message([&] { first.write(nowhere); }), nowhere + ": cannot be written: No such file or directory");
  const std::string folder = (folder_.path() / "folder").string();
  std::filesystem::create_directory(folder);
  EXPECT_EQ(message([&] { first.write(folder); }), folder + ": cannot be replaced: Is a directory");
  EXPECT_EQ(files(), 2u);
}

TEST_F(SafetensorsWriterTest, KeepsTheOldFileWhenTheNewOneCannotBeWritten) {
  SafetensorsWriter small, large;
  small.add("w", {1}, std::vector<float>{1});
  small.write(path_);
  large.add("w", {100'000}, std::vector<float>(100'000, 2));
  const auto limited = [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {65536, 65536};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::_Exit(message([&] { large.write(path_); }) == path_ + ": cannot be written: File too large (is the disk full?)"
                   ? 0
                   : 1);
  };
  EXPECT_EXIT(limited(), testing::ExitedWithCode(0), "");
  EXPECT_EQ(files(), 1u);
  EXPECT_THAT(Safetensors(path_).floats("w", {1}), ElementsAre(1));
}

TEST_F(SafetensorsWriterTest, WritersOfOneFileDoNotMix) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([this, i] {
      SafetensorsWriter writer;
      writer.add("w", {1000}, std::vector<float>(1000, static_cast<float>(i)));
      for (int round = 0; round < 5; ++round) writer.write(path_);
    });
  for (auto& writer : writers) writer.join();
  const auto values = Safetensors(path_).floats("w", {1000});
  EXPECT_EQ(values, std::vector<float>(1000, values[0]));
  EXPECT_EQ(files(), 1u);
}

}  // namespace
}  // namespace tandem
